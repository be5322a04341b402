import { expect } from 'vitest';
import { ConformanceDesk } from './desk';
import type { Profile } from './profile';

type Case = (profile: Profile) => Promise<void>;

/** A desk whose first symbol is live and will be looked at from now on. */
async function opened(profile: Profile): Promise<{ desk: ConformanceDesk; symbol: string }> {
  const desk = new ConformanceDesk(profile);
  const [symbol] = profile.symbols;
  await desk.open([symbol]);
  // A first message of each kind is behind us, so that what follows is compared with one.
  desk.nudge(symbol);
  await desk.pass(100);
  desk.forgetStates(symbol);
  return { desk, symbol };
}

/** The book held is the market's, and has been all along. */
async function stayedLive(desk: ConformanceDesk, symbol: string): Promise<void> {
  await desk.pass(100);
  expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
  expect(desk.states(symbol).filter((state) => state !== 'live')).toEqual([]);
  expect(desk.part(symbol).counters).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0, checksumFailures: 0 });
}

/** The book was given up and is the market's again. */
async function rebuilt(desk: ConformanceDesk, symbol: string, kinds: readonly string[]): Promise<void> {
  await desk.pass(30);
  expect(desk.states(symbol)).toContain('resyncing');
  await desk.untilLive([symbol]);
  await desk.pass(100);
  expect(
    desk.faults(symbol).some((kind) => kinds.includes(kind)),
    desk.faults(symbol).join(),
  ).toBe(true);
  expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
  expect(desk.part(symbol).counters.resyncs).toBe(1);
}

const restart: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const text = profile.restart?.(desk.market(symbol)) ?? '';
  desk.sendBook(symbol, text);
  expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
  for (let i = 0; i < 3; i++) desk.nudge(symbol);
  await stayedLive(desk, symbol);
};

/** Ids fall back and nothing says so. Where an older id is a repetition, ten new events in a row show otherwise. */
const renumbered: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const market = desk.market(symbol);
  market.id = 4;
  for (let i = 0; i < 12; i++) {
    desk.nudge(symbol);
    await desk.pass(100);
  }
  await rebuilt(desk, symbol, ['sequence-gap']);
};

const repeatedBook: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const market = desk.market(symbol);
  market.replace([
    ['b', '98', '1'],
    ['a', '103', '2'],
  ]);
  desk.sendBook(symbol, profile.book(market) ?? '');
  expect(desk.digest(symbol)).toBe('b|98|1\na|103|2\n');
  desk.nudge(symbol);
  await desk.pass(100);
  expect(desk.digest(symbol)).toBe(market.state.digest);
  expect(desk.part(symbol).counters).toMatchObject({ gaps: 0, resyncs: 0 });
};

const gap: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  desk.market(symbol).change([['b', '100.5', '9']]);
  desk.change(symbol, [['a', '101', '8']]);
  // In the same message: no frame can have left in between.
  expect(desk.digest(symbol)).toBeNull();
  await rebuilt(desk, symbol, ['sequence-gap', 'checksum-mismatch']);
};

const contradiction: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const market = desk.market(symbol);
  for (let i = 0; i < 3; i++) {
    const said = profile.state?.(market, false);
    desk.nudge(symbol);
    const after = profile.state?.(market, false);
    if (said) desk.server.send(said.name, said.text);
    if (after) desk.server.send(after.name, after.text);
    await desk.pass(600);
  }
  expect(desk.part(symbol).counters.resyncs).toBe(0);
  expect(desk.part(symbol).counters.quotesAgreed).toBeGreaterThan(0);
  for (let i = 0; i < 4 && desk.part(symbol).counters.resyncs === 0; i++) {
    desk.nudge(symbol);
    const wrong = profile.state?.(market, true);
    if (wrong) desk.server.send(wrong.name, wrong.text);
    await desk.pass(600);
  }
  await rebuilt(desk, symbol, ['audit-mismatch', 'quote-mismatch']);
};

const checksumRight: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const before = desk.part(symbol).counters.checksums;
  desk.change(symbol, [['b', '100.5', '9']], 'right');
  desk.change(symbol, [['b', '100.5', '0']], 'right');
  await stayedLive(desk, symbol);
  expect(desk.part(symbol).counters.checksums).toBe(before + 2);
  expect(desk.part(symbol).status.book.proof).toBe('checksum');
  expect(desk.part(symbol).book?.checksum).toMatch(/^-?\d+$/);
};

const checksumWrong: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  desk.change(symbol, [['b', '100.5', '9']], 'wrong');
  expect(desk.digest(symbol)).toBeNull();
  await rebuilt(desk, symbol, ['checksum-mismatch']);
  expect(desk.part(symbol).counters.checksumFailures).toBe(1);
};

const checksumAbsent: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  desk.change(symbol, [['b', '100.5', '9']], 'absent');
  if (profile.make().sequenced) {
    await stayedLive(desk, symbol);
    expect(desk.part(symbol).status.book.proof).toBe('sequence');
    return;
  }
  // Every message has to have one: without it nothing could say that none was lost.
  expect(desk.digest(symbol)).toBeNull();
  await rebuilt(desk, symbol, ['malformed-message']);
  expect(desk.part(symbol).counters).toMatchObject({ rejected: 1, checksumFailures: 0 });
};

const checksumZero: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  desk.change(symbol, [['b', '100.5', '9']], 'right');
  desk.change(symbol, [['b', '100.5', '8']], 'zero');
  await stayedLive(desk, symbol);
  expect(desk.part(symbol).status.book.proof).not.toBe('checksum');
  desk.change(symbol, [['b', '100.5', '7']], 'right');
  await stayedLive(desk, symbol);
  expect(desk.part(symbol).status.book.proof).toBe('checksum');
};

const stepChange: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  desk.change(symbol, [
    ['b', '100.5123', '0.12345678901'],
    ['a', '100.98765', '3'],
  ]);
  await stayedLive(desk, symbol);
  expect(desk.part(symbol).counters.offGrid).toBe(2);
  desk.change(symbol, [['b', '100.5123', '0']]);
  await stayedLive(desk, symbol);
};

const emptySides: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const gone = (side: 'b' | 'a'): (readonly ['b' | 'a', string, string])[] =>
    desk.market(symbol).state[side === 'b' ? 'bids' : 'asks'].map(([price]) => [side, price, '0']);
  desk.change(symbol, gone('a'));
  await stayedLive(desk, symbol);
  expect(desk.part(symbol).book).toMatchObject({ askLevels: 0 });
  desk.change(symbol, gone('b'));
  await stayedLive(desk, symbol);
  expect(desk.part(symbol).book).toMatchObject({ bidLevels: 0, askLevels: 0 });
  desk.change(symbol, [
    ['b', '100', '1'],
    ['a', '101', '1'],
  ]);
  await stayedLive(desk, symbol);
};

const contracts: Case = async (profile) => {
  const desk = new ConformanceDesk(profile);
  const { symbol, sizeUnit, contract } = profile.unit ?? { symbol: '', sizeUnit: '', contract: null };
  await desk.open([symbol]);
  desk.change(symbol, [['b', '100.5', '7']]);
  desk.sendTrades(symbol, [desk.market(symbol).trade('101', '2', true)]);
  await desk.pass(100);
  const { trades, book } = desk.part(symbol);
  const info = desk.info(symbol);
  expect(info).toMatchObject({ sizeUnit, contract });
  // Neither the ladder nor the tape converts: seven units are seven, two are two.
  const unit = 10 ** (info?.grid.lotDecimals ?? 0);
  expect(book?.top.bidLots[0]).toBe(7 * unit);
  expect(trades).toMatchObject({ buyVolume: 2 * unit, sellVolume: 0 });
};

const unknownKind: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  desk.nudge(symbol);
  await desk.pass(100);
  const before = desk.part(symbol).counters.messages;
  const unknown = desk.server.shout(profile.unknown);
  desk.nudge(symbol);
  await stayedLive(desk, symbol);
  expect(desk.part(symbol).counters.messages).toBe(before + unknown + 1);
};

/** Each spoilt message costs a rebuild, and a venue that sends nothing else is not asked for ever. */
const flood: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  for (let i = 0; i < 40 && desk.state(symbol) !== 'rejected'; i++) {
    const market = desk.market(symbol);
    desk.sendBook(symbol, profile.change(market, market.change([['b', '100', String(1 + i)]])).slice(0, -3));
    await desk.busy([symbol], 2_000, 500);
  }
  const { status, counters } = desk.part(symbol);
  expect([status.book.state, status.book.fault?.kind]).toEqual(['rejected', 'resync-limit']);
  expect(status.book.fault?.detail).toMatch(/rebuilds in ten minutes, the last for: ./);
  // Six rebuilds; the seventh reason for one is the refusal.
  expect(counters.resyncs).toBe(7);
  expect(desk.server.held).toEqual([]);
  desk.retry(symbol);
  await desk.untilLive([symbol]);
  expect(desk.digest(symbol)).toBe(desk.market(symbol).state.digest);
};

/** More than one message in a hundred, on and on for a minute: the venue speaks another language now. */
const anotherLanguage: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  for (let i = 0; i < 130; i++) {
    desk.nudge(symbol);
    if (i % 5 === 0) desk.server.shout(profile.unknown);
    await desk.pass(1_000);
  }
  expect(desk.state(symbol)).toBe('rejected');
  expect(desk.faults(symbol)).toContain('format-changed');
};

export const BOOK_CASES = {
  restart,
  renumbered,
  'repeated book': repeatedBook,
  gap,
  contradiction,
  'checksum right': checksumRight,
  'checksum wrong': checksumWrong,
  'checksum absent': checksumAbsent,
  'checksum zero': checksumZero,
  'step change': stepChange,
  'empty sides': emptySides,
  contracts,
  'unknown kind': unknownKind,
  flood,
  'another language': anotherLanguage,
} satisfies Record<string, Case>;
