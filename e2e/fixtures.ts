import { test as base, type Page } from 'playwright/test';
import { type RunningVenue, startVenue, type VenueOptions } from '../scripts/venue/start-venue.ts';
import { Desk } from './pages/desk.ts';
import { recordSightings } from './sightings.ts';

export { expect } from 'playwright/test';

interface Guards {
  /** A test that wants the page to ask for a venue on the internet, which the resolver does not know. */
  allowsStrayHosts: boolean;
  /** A test that breaks something on purpose. */
  allowsErrors: boolean;
}

interface Fixtures {
  desk: Desk;
  /** Starts venue servers of this test's own, on free ports; they end with it. */
  serve: (options: VenueOptions) => Promise<RunningVenue>;
}

const LOOPBACK = /^(?:https?|wss?):\/\/(?:127\.0\.0\.1|localhost)[:/]|^(?:data|blob|about|demo):/;

/** What Chromium itself says of a connection that failed: every fault test makes some. */
const NETWORK_NEWS = /^WebSocket connection to '[^']*' failed|^Failed to load resource:|blocked by CORS policy/;

/** Hosts off this machine that a page or one of its workers asked for. */
export function watchHosts(page: Page): string[] {
  const stray: string[] = [];
  const look = (url: string): void => {
    if (!LOOPBACK.test(url)) stray.push(url);
  };
  page.on('request', (request) => look(request.url()));
  page.on('websocket', (socket) => look(socket.url()));
  return stray;
}

/** Everything a developer would see in red. */
function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`uncaught ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !NETWORK_NEWS.test(message.text())) errors.push(`console: ${message.text()}`);
  });
  return errors;
}

export const test = base.extend<Fixtures & Guards>({
  allowsStrayHosts: [false, { option: true }],
  allowsErrors: [false, { option: true }],

  page: async ({ page, allowsStrayHosts, allowsErrors }, use) => {
    const stray = watchHosts(page);
    const errors = watchErrors(page);
    await page.addInitScript(recordSightings);
    await use(page);
    const violations = await page
      .evaluate(() => window.violations)
      .catch((failure: Error) => (page.isClosed() ? [] : [failure.message]));
    if (!allowsErrors) errors.push(...violations.map((violation) => `policy: ${violation}`));
    if (!allowsStrayHosts && stray.length > 0) throw new Error(`The page asked for a foreign host: ${stray[0]}`);
    if (!allowsErrors && errors.length > 0) throw new Error(`The page complained: ${errors.join('; ')}`);
  },

  desk: async ({ page }, use) => use(new Desk(page)),

  serve: async ({}, use) => {
    const running: RunningVenue[] = [];
    await use(async (options) => {
      const venue = await startVenue(options);
      running.push(venue);
      return venue;
    });
    await Promise.all(running.map((venue) => venue.close()));
  },
});
