import { createServer } from 'node:net';
import { defineConfig } from 'playwright/test';
import { findChromium } from './scripts/browser.mjs';

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

// Playwright reads this file again in every worker process, which inherits the port through the environment.
process.env.E2E_PORT ??= String(await freePort());
const origin = `http://127.0.0.1:${process.env.E2E_PORT}/`;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: process.env.CI !== undefined,
  workers: 2,
  // A shared machine may starve a test once; what fails twice is wrong. Those that needed it are listed as flaky.
  retries: process.env.CI === undefined ? 0 : 1,
  reporter: [['list']],
  snapshotPathTemplate: '{testDir}/__screens__/{arg}{ext}',
  expect: { toHaveScreenshot: { maxDiffPixelRatio: 0.01 } },
  use: {
    baseURL: origin,
    // Recording every test would cost a third of the time; one that fails is recorded when it is tried again.
    trace: 'on-first-retry',
    viewport: { width: 1280, height: 800 },
    deviceScaleFactor: 1,
    colorScheme: 'dark',
    reducedMotion: 'reduce',
    launchOptions: {
      ...(await findChromium()),
      args: [
        '--disable-lcd-text',
        '--font-render-hinting=none',
        // Knows only this machine, so that a test which forgot to move an endpoint fails instead of reaching a venue.
        '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost',
      ],
    },
  },
  projects: [
    { name: 'chromium', testIgnore: /timing\// },
    { name: 'timing', testMatch: /timing\//, workers: 1, dependencies: ['chromium'] },
  ],
  webServer: {
    command: `node scripts/start.mjs --no-build --port ${process.env.E2E_PORT}`,
    url: origin,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 2_000 },
  },
});
