import { expect, type Locator, type Page } from 'playwright/test';
import type { RunningVenue } from '../../scripts/venue/start-venue.ts';
import type { Digest, InstrumentSnapshot, Sighting, Snapshot, State } from '../surface.ts';
import { Chart } from './chart.ts';
import { Ladder } from './ladder.ts';
import { Tape } from './tape.ts';

/** The whole page, as a trader and as a script meet it. */
export class Desk {
  readonly chart: Chart;
  readonly ladder: Ladder;
  readonly tape: Tape;
  /** The one global message. */
  readonly message: Locator;
  readonly search: Locator;
  readonly shortcuts: Locator;

  constructor(readonly page: Page) {
    this.chart = new Chart(page);
    this.ladder = new Ladder(page);
    this.tape = new Tape(page);
    this.message = page.locator('header [role=status]');
    this.search = page.getByRole('dialog', { name: 'Symbol or command' });
    this.shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  }

  get panels(): readonly [Chart, Ladder, Tape] {
    return [this.chart, this.ladder, this.tape];
  }

  /** Open an address as it is written after the question mark. */
  async open(query: string): Promise<void> {
    await this.page.goto(query === '' ? './' : `./?${query}`);
  }

  async openDemo(symbol = 'BTC-USD', keys = 'seed=7'): Promise<void> {
    await this.open(`i=demo:${symbol}&${keys}`);
  }

  /** The demo with all three panels live and the market in view of the ladder. */
  async openLiveDemo(keys = 'seed=7'): Promise<void> {
    await this.openDemo('BTC-USD', keys);
    for (const panel of this.panels) await panel.expectState('live');
    await expect.poll(() => this.ladder.marketRow()).toBeGreaterThan(-1);
  }

  /** Open every instrument a venue server has. */
  async openVenue(venue: RunningVenue, keys: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.page.goto(venue.address('./', keys));
  }

  snapshot(): Promise<Snapshot> {
    return this.page.evaluate(() => window.depthwire.snapshot());
  }

  async instrument(id?: string): Promise<InstrumentSnapshot> {
    const { instruments } = await this.snapshot();
    const found = id === undefined ? instruments[0] : instruments.find((one) => one.id === id);
    if (!found) throw new Error(`${id ?? 'No instrument'} is not open; there are ${instruments.map((one) => one.id)}`);
    return found;
  }

  digest(id: string): Promise<Digest> {
    return this.page.evaluate((asked) => window.depthwire.digest(asked), id);
  }

  /** Every state seen so far, of one instrument. */
  async sightings(id: string): Promise<Sighting[]> {
    const all = await this.page.evaluate(() => window.sightings);
    return all.filter((sighting) => sighting.id === id);
  }

  /** Waits for a state of the book; generous, because deadlines are judged by sightings. */
  async expectState(state: State, id?: string, timeout = 20_000): Promise<InstrumentSnapshot> {
    const read = async (): Promise<State | 'not open'> => {
      const { instruments } = await this.snapshot();
      return (id === undefined ? instruments[0] : instruments.find((one) => one.id === id))?.state ?? 'not open';
    };
    await expect.poll(read, { timeout, message: `state of ${id ?? 'the first instrument'}` }).toBe(state);
    return this.instrument(id);
  }

  /** The page's clock now, ms since 1970. */
  now(): Promise<number> {
    return this.page.evaluate(() => performance.timeOrigin + performance.now());
  }

  /** The first sighting of a state at or after a moment. */
  async firstSeen(id: string, states: readonly State[], since: number): Promise<Sighting> {
    const find = async (): Promise<Sighting | undefined> =>
      (await this.sightings(id)).find(({ at, state }) => at >= since && states.includes(state));
    await expect
      .poll(async () => (await find()) !== undefined, { timeout: 30_000, message: `${states.join(' or ')} is seen` })
      .toBe(true);
    const found = await find();
    if (!found) throw new Error(`${states.join(' or ')} was seen and is gone`);
    return found;
  }

  /** Frames painted until now; the next picture is one with a larger number. */
  async painted(): Promise<number> {
    return (await this.snapshot()).frames.painted;
  }

  async openSearch(): Promise<void> {
    await this.page.keyboard.press('/');
    await expect(this.search).toBeVisible();
  }

  /** Choose an instrument by keyboard alone. */
  async find(text: string): Promise<void> {
    await this.openSearch();
    await this.page.keyboard.type(text);
  }

  toast(text: string | RegExp): Locator {
    return this.page.getByText(text);
  }
}
