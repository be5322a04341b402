import { afterEach, describe, expect, test } from 'vitest';
import type { Capture } from '../capture-file';
import { parseChaos } from './chaos-spec';
import { ReplayMarket } from './replay-market';
import { readRecording } from './replay-recording';
import { BookKeeper, crossings } from './testing/book-keeper';
import { Listener, until } from './testing/harness';
import { PlainDialect, type PlainMessage, SYMBOL } from './testing/plain-dialect';
import { RecordingScript } from './testing/script';
import { type ServerSettings, VenueServer } from './venue-server';

const START = 1_000;
let running: VenueServer | null = null;

afterEach(async () => {
  await running?.close();
  running = null;
});

/** A book of two levels a side, then twenty diffs; ids count from 1000 by threes, or are times in microseconds. */
function recording(sequence: 'ids' | 'time', byRequest = false): Capture {
  const script = new RecordingScript('wss://plain.example');
  const bids = [['10.0', '1'] as const, ['9.5', '2'] as const];
  const asks = [['10.5', '1'] as const, ['11.0', '2'] as const];
  const idOf = (count: number): number => (sequence === 'ids' ? START + 3 * count : script.now * 1000);
  let previous = 0;
  const diff = (count: number): PlainMessage => {
    const id = idOf(count);
    const sides =
      count % 2 === 0
        ? { bids: [['10.0', `${count}`] as const], asks: [] }
        : { bids: [], asks: [['10.5', `${count}`] as const] };
    const message = { kind: 'diff', time: script.now, id, previous, ...sides } as const;
    previous = id;
    return message;
  };
  // By request, two diffs are older than the book that is handed out.
  if (byRequest) script.hear(diff(-2)).hear(diff(-1));
  const snapshot = { kind: 'snapshot', time: script.now, id: idOf(0), bids, asks };
  previous = snapshot.id;
  if (byRequest) script.answer('https://plain.example/book', snapshot).wait(100);
  else script.hear(snapshot);
  for (let count = 1; count <= 20; count++) script.hear(diff(count));
  return script.capture('plain.jsonl');
}

interface Options extends Partial<ServerSettings> {
  readonly chaos?: string;
  readonly byRequest?: boolean;
}

async function serve(
  sequence: 'ids' | 'time',
  { chaos = '', byRequest = false, ...settings }: Options = {},
): Promise<VenueServer> {
  const dialect = new PlainDialect(sequence, byRequest ? 'request' : 'subscription');
  const market = new ReplayMarket(dialect, readRecording(dialect, [recording(sequence, byRequest)]));
  const standard = { speed: 'max', loop: false, clock: 'recorded', latencyMs: 0, history: 10, cors: true } as const;
  running = new VenueServer(market, { ...standard, snapshotWaitMs: 3_000, limits: true, ...settings });
  await running.listen(0);
  running.chaos.add(parseChaos(chaos));
  return running;
}

/** Holds a book by its ids: diffs not newer than it are dropped, one that does not continue it is a gap. */
class PlainClient {
  readonly book = new BookKeeper();
  id = Number.NaN;
  gaps = 0;
  stale = 0;
  readonly #listener: Listener;
  readonly #chained: boolean;
  #read = 0;

  constructor(listener: Listener, chained: boolean) {
    this.#listener = listener;
    this.#chained = chained;
  }

  static async open(server: VenueServer, chained = true): Promise<PlainClient> {
    const listener = await Listener.open(`ws://127.0.0.1:${server.port}/`);
    listener.send('subscribe');
    return new PlainClient(listener, chained);
  }

  async request(server: VenueServer): Promise<this> {
    const answer = await fetch(`http://127.0.0.1:${server.port}/book`);
    this.#take((await answer.json()) as PlainMessage);
    return this;
  }

  catchUp(): this {
    for (; this.#read < this.#listener.heard.length; this.#read++)
      this.#take(JSON.parse(this.#listener.heard[this.#read]));
    return this;
  }

  #take(message: PlainMessage): void {
    if (message.kind === 'snapshot') {
      this.book.load(message.bids, message.asks);
      this.id = message.id;
      return;
    }
    if (message.id <= this.id) {
      this.stale++;
      return;
    }
    if (this.#chained && message.previous !== this.id) this.gaps++;
    this.book.apply(message.bids, message.asks);
    this.id = message.id;
  }
}

const truth = (server: VenueServer): { sequence: string; sha256: string } => {
  const found = server.market.truth(SYMBOL);
  if (found === null) throw new Error('no such symbol');
  return found;
};

async function same(client: PlainClient, server: VenueServer): Promise<void> {
  await until('the book is the true one', () => String(client.catchUp().id) === truth(server).sequence);
  expect(client.book.digest()).toBe(truth(server).sha256);
}

describe('with ids that count', () => {
  test('a client follows from its subscription to the end, and the last id is the recorded one', async () => {
    const server = await serve('ids');
    const client = await PlainClient.open(server);
    await server.replay.whenEnded();
    await same(client, server);
    expect([client.id, client.gaps, client.book.snapshots, client.book.diffs]).toEqual([START + 60, 0, 1, 20]);
  });

  test('a hold at an id stops after it; who comes then gets nothing twice and nothing too little', async () => {
    const server = await serve('ids', { chaos: `hold@u=${START + 30}` });
    const first = await PlainClient.open(server);
    await until('held', () => server.replay.state === 'held');
    const late = await PlainClient.open(server);
    await same(late, server);
    expect(late.id).toBe(START + 30);
    server.replay.resume();
    await server.replay.whenEnded();
    for (const client of [first, late]) {
      await same(client, server);
      expect([client.gaps, client.stale]).toEqual([0, 0]);
    }
    expect(late.book.diffs).toBe(10);
  });

  test('a diff put in moves all later ids up, and its healing leaves what was recorded', async () => {
    const server = await serve('ids', { chaos: `cross@u=${START + 30}:30ms,hold@u=${START + 34}` });
    const client = await PlainClient.open(server);
    const seen = crossings(client.book);
    await until('held', () => server.replay.state === 'held');
    await until('crossed and healed', () => !client.catchUp().book.crossed && seen() > 0);
    server.replay.resume();
    await server.replay.whenEnded();
    await same(client, server);
    expect([client.id, client.gaps]).toEqual([START + 62, 0]);
    expect(client.book.best('bid')).toEqual([
      ['10.0', '20'],
      ['9.5', '2'],
    ]);
  });

  test('laps go on in one chain from one snapshot', async () => {
    const server = await serve('ids', { loop: true });
    const client = await PlainClient.open(server);
    await until('four laps', () => server.replay.lap >= 4);
    server.replay.hold();
    await same(client, server);
    expect([client.gaps, client.stale, client.book.snapshots]).toEqual([0, 0, 1]);
    expect(client.id).toBeGreaterThan(START + 4 * 60);
  });

  test('an old snapshot has an older id than what follows', async () => {
    const server = await serve('ids', { chaos: `hold@u=${START + 30}` });
    await PlainClient.open(server);
    await until('held', () => server.replay.state === 'held');
    server.chaos.add(parseChaos('stale-snapshot:1'));
    const stale = await PlainClient.open(server);
    await until('it has a book', () => stale.catchUp().book.snapshots === 1);
    expect(stale.id).toBe(START + 20);
    server.replay.resume();
    await server.replay.whenEnded();
    await until('a gap is found', () => stale.catchUp().gaps === 1);
  });
});

describe('with ids that are times and a book by request', () => {
  test('the replay waits for the request; older diffs are sent and look old', async () => {
    const server = await serve('time', { byRequest: true });
    const client = await PlainClient.open(server, false);
    await until('it waits', () => server.replay.next === 2);
    await client.catchUp().request(server);
    await server.replay.whenEnded();
    await same(client, server);
    expect(client.book.diffs - client.stale).toBeGreaterThanOrEqual(20);
  });

  test('under a clock of now ids and times move alike, whenever the book was asked for', async () => {
    const server = await serve('time', { byRequest: true, clock: 'now', speed: 20 });
    const asked = await fetch(`http://127.0.0.1:${server.port}/book`);
    const early = (await asked.json()) as PlainMessage;
    const client = await PlainClient.open(server, false);
    await client.request(server);
    expect(client.id).toBe(early.id);
    await server.replay.whenEnded();
    await same(client, server);
    // The two diffs that the book already holds.
    expect(client.stale).toBe(2);
    expect(Math.abs(client.id / 1000 - Date.now())).toBeLessThan(5_000);
  });

  test('a diff put in has an id between its neighbours', async () => {
    const server = await serve('time', { byRequest: true, chaos: 'hold@line=10' });
    const client = await PlainClient.open(server, false);
    await client.request(server);
    await until('held', () => server.replay.state === 'held');
    await same(client, server);
    const before = client.id;
    const seen = crossings(client.book);
    server.chaos.add(parseChaos('cross:20ms'));
    await until('crossed and healed', () => client.catchUp().id > before && seen() > 0 && !client.book.crossed);
    server.replay.resume();
    await server.replay.whenEnded();
    await same(client, server);
    expect(client.stale).toBe(2);
  });

  test('laps go on upwards', async () => {
    const server = await serve('time', { byRequest: true, loop: true });
    const client = await PlainClient.open(server, false);
    await client.request(server);
    await until('three laps', () => server.replay.lap >= 3);
    server.replay.hold();
    await same(client, server);
    expect(client.stale).toBe(2);
  });
});
