import { expect } from 'vitest';
import type { Stream } from '@/feed/venues/venue.ts';
import { ConformanceDesk } from './desk';
import type { Profile } from './profile';

type Case = (profile: Profile) => Promise<void>;

async function opened(profile: Profile, count: 1 | 2 = 1): Promise<ConformanceDesk> {
  const desk = new ConformanceDesk(profile);
  const symbols = profile.symbols.slice(0, count);
  await desk.open(symbols);
  for (const symbol of symbols) desk.forgetStates(symbol);
  return desk;
}

/** Nothing of one instrument's trouble reached the other. */
function untouched(desk: ConformanceDesk, symbol: string, mayReconnect = false): void {
  expect(desk.states(symbol).filter((state) => state !== 'live')).toEqual([]);
  expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
  expect(desk.part(symbol).counters).toMatchObject({ gaps: 0, resyncs: 0 });
  if (!mayReconnect) expect(desk.part(symbol).counters.reconnects).toBe(0);
}

const refused: Case = async (profile) => {
  const desk = await opened(profile);
  const [good, bad] = profile.symbols;
  desk.server.refused.add(bad);
  desk.want([good, bad]);
  await desk.busy([good], 10_500);
  expect(desk.state(bad)).toBe('rejected');
  const kind = desk.part(bad).status.book.fault?.kind;
  expect(profile.refusalKinds ?? ['subscribe-refused']).toContain(kind);
  expect(desk.part(bad).status.book.fault?.detail).not.toBe('');
  untouched(desk, good);
  desk.server.refused.clear();
  desk.retry(bad);
  await desk.untilLive([bad]);
  expect(desk.digest(bad)).toBe(desk.market(bad).state.digest);
};

const refusedAtOnce: Case = async (profile) => {
  const desk = new ConformanceDesk(profile);
  const [good, bad] = profile.symbols;
  desk.server.refused.add(bad);
  desk.want([good, bad]);
  await desk.busy([good], 11_000);
  expect([desk.state(good), desk.state(bad)]).toEqual(['live', 'rejected']);
  expect(desk.digest(good)).toBe(desk.market(good).state.digest);
};

/** Granted, and then no book: no spinner turns for ever, and nobody else pays for it. */
const silent: Case = async (profile) => {
  const desk = await opened(profile);
  const [good, bad] = profile.symbols;
  for (const { name } of desk.server.streamsOf(bad)) desk.server.mute.add(name);
  desk.want([good, bad]);
  await desk.busy([good], 40_000, 400);
  expect(desk.state(bad)).toBe('rejected');
  expect(desk.part(bad).status.book.fault?.kind).toBe('subscribe-unanswered');
  untouched(desk, good);
  desk.server.mute.clear();
  desk.retry(bad);
  await desk.untilLive([bad]);
};

const unanswered: Case = async (profile) => {
  const desk = await opened(profile);
  const [good, bad] = profile.symbols;
  desk.server.ackDelayMs = null;
  desk.want([good, bad]);
  await desk.busy([good], 11_000);
  expect(desk.state(bad)).toBe('rejected');
  expect(desk.part(bad).status.book.fault?.kind).toBe('subscribe-unanswered');
  // A second socket, over which nothing at all came, is rightly left for another.
  untouched(desk, good, true);
  desk.server.ackDelayMs = 1;
  desk.retry(bad);
  await desk.untilLive([bad]);
};

const lateAnswer: Case = async (profile) => {
  const desk = new ConformanceDesk(profile);
  const [symbol] = profile.symbols;
  desk.server.ackDelayMs = 3_000;
  desk.want([symbol]);
  await desk.pass(500);
  // Nobody listens yet: whoever takes the book before this must not think that it goes on from there.
  desk.change(symbol, [['b', '99.25', '6']]);
  await desk.untilLive([symbol]);
  await desk.busy([symbol], 12_000);
  expect(desk.states(symbol)).not.toContain('rejected');
  expect(desk.state(symbol)).toBe('live');
  expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
};

/** One book falls silent on a socket that goes on: it is found, asked for again, and no other loses a message. */
const deadChannel: Case = async (profile) => {
  const desk = await opened(profile, 2);
  const [dying, busy] = profile.symbols;
  await desk.busy([dying, busy], 6_000, 100);
  const name = desk.server.nameOf(dying, 'book');
  const sockets = desk.server.streamSockets.length;
  const diffs = desk.part(busy).counters.diffs;
  desk.server.mute.add(name);
  desk.server.heals = true;
  desk.change(dying, [['b', '99.25', '6']]);
  let sent = 0;
  for (let i = 0; i < 600 && !(desk.state(dying) === 'live' && desk.states(dying).length > 1); i++) {
    desk.nudge(dying);
    sent += desk.nudge(busy);
    await desk.pass(100);
  }
  expect(desk.states(dying)).toContain('stale');
  await desk.pass(100);
  expect(desk.state(dying)).toBe('live');
  expect(desk.digest(dying)).toBe(desk.market(dying).state.digest);
  expect(desk.part(busy).counters.diffs).toBe(diffs + sent);
  expect(desk.server.streamSockets).toHaveLength(sockets);
  untouched(desk, busy);
};

/** Names wanted of all symbols, each once. */
function wantedNames(desk: ConformanceDesk, symbols: readonly string[], tradesSpoken = false): string[] {
  const names = symbols.flatMap((symbol) =>
    desk.server.streamsOf(symbol, tradesSpoken).map(({ name, channel }) => (channel === 'candles' ? '' : name)),
  );
  return [...new Set(names)].filter((name) => name !== '').sort();
}

/** Where a stream is served, but for candles, which nobody wants here. */
const pathOf = ({ path, channel }: Stream): string[] => (channel === 'candles' ? [] : [path]);

const reconnects: Case = async (profile) => {
  const desk = await opened(profile, 2);
  const { symbols } = profile;
  const wanted = wantedNames(desk, symbols);
  expect(desk.server.held).toEqual(wanted);
  // All symbols share the one socket of each path.
  const paths = new Set(symbols.flatMap((symbol) => desk.server.streamsOf(symbol)).flatMap(pathOf));
  expect([...desk.server.sockets].filter(({ names }) => names.size > 0)).toHaveLength(paths.size);
  const sockets = desk.server.sockets.size;
  for (let k = 0; k < 4; k++) {
    for (const symbol of symbols) desk.forgetStates(symbol);
    desk.server.hangUp([1006, 1001, 4000, 1000][k]);
    for (const symbol of symbols) desk.change(symbol, [['b', `98.${k + 1}`, '6']]);
    await desk.pass(30);
    await desk.untilLive(symbols, 60_000);
    for (const symbol of symbols) expect(desk.states(symbol)).toContain('resyncing');
    await desk.busy(symbols, 11_000, 500);
    expect(desk.server.held).toEqual(wanted);
    for (const symbol of symbols) expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
  }
  expect(desk.server.sockets.size).toBeLessThanOrEqual(sockets);
};

const closing: Case = async (profile) => {
  const desk = await opened(profile, 2);
  const { symbols } = profile;
  const wanted = wantedNames(desk, symbols, true);
  const before = desk.server.streamSockets.length;
  desk.server.shout(profile.closing ?? '');
  for (let i = 0; i < 130; i++) {
    for (const symbol of symbols) {
      desk.nudge(symbol);
      if (i % 10 === 0) desk.sendTrades(symbol, [desk.market(symbol).trade('101', '1', true)]);
    }
    await desk.pass(100);
  }
  expect(desk.server.streamSockets.length).toBeGreaterThan(before);
  expect(desk.server.held).toEqual(wanted);
  for (const symbol of symbols) {
    expect(desk.states(symbol).filter((state) => state !== 'live')).toEqual([]);
    expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
    expect(desk.part(symbol).trades).toMatchObject({ received: 13, duplicates: 0, missing: 0 });
    expect(desk.part(symbol).counters).toMatchObject({ gaps: 0, resyncs: 0 });
  }
};

const keepAlive: Case = async (profile) => {
  const desk = await opened(profile);
  const { pattern, everyMs, asked } = profile.duty ?? { pattern: /never/, everyMs: 0 };
  const said = (): number[] =>
    desk.server.streamSockets.flatMap((socket) =>
      socket.said.filter(({ text }) => pattern.test(text)).map(({ at }) => at),
    );
  if (asked !== undefined) {
    desk.server.shout(asked);
    await desk.pass(100);
    expect(said()).toHaveLength(1);
    return;
  }
  const from = desk.clock.now();
  await desk.busy([profile.symbols[0]], 3 * everyMs, 1_000);
  const times = [from, ...said().filter((at) => at > from)];
  expect(times.length).toBeGreaterThan(2);
  for (let i = 1; i < times.length; i++) expect(times[i] - times[i - 1]).toBeLessThanOrEqual(everyMs);
};

const panelClosed: Case = async (profile) => {
  const desk = await opened(profile, 2);
  const [first, second] = profile.symbols;
  desk.want([second]);
  await desk.busy([first, second], 1_000, 100);
  expect(desk.server.held).toEqual(wantedNames(desk, [second]));
  desk.want([]);
  await desk.pass(1_000);
  expect(desk.server.sockets.size).toBe(0);
};

export const CONNECTION_CASES = {
  refused,
  'refused at once': refusedAtOnce,
  silent,
  unanswered,
  'late answer': lateAnswer,
  'dead channel': deadChannel,
  reconnects,
  closing,
  'keep-alive': keepAlive,
  'panel closed': panelClosed,
} satisfies Record<string, Case>;
