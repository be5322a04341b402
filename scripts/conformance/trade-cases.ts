import { expect } from 'vitest';
import { formatTrimmed } from '@/market/decimal.ts';
import { formatLotsSum } from '@/market/quantity.ts';
import { ConformanceDesk, START } from './desk';
import type { MarketTrade } from './market';
import type { Profile } from './profile';

type Case = (profile: Profile) => Promise<void>;

async function opened(profile: Profile): Promise<{ desk: ConformanceDesk; symbol: string }> {
  const desk = new ConformanceDesk(profile);
  const [symbol] = profile.symbols;
  await desk.open([symbol]);
  return { desk, symbol };
}

const aggressor: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  desk.sendTrades(symbol, [desk.market(symbol).trade('101', '2', true)]);
  await desk.pass(100);
  expect(desk.part(symbol).lastTrade?.aggressor).toBe('buyer');
  desk.sendTrades(symbol, [desk.market(symbol).trade('100.5', '3', false)]);
  await desk.pass(100);
  const { trades, lastTrade } = desk.part(symbol);
  const decimals = desk.info(symbol)?.grid.lotDecimals ?? 0;
  expect(lastTrade?.aggressor).toBe('seller');
  expect([formatLotsSum(trades.buyVolume, decimals), formatLotsSum(trades.sellVolume, decimals)]).toEqual(['2', '3']);
};

/** What the venue pushes first is half a minute old, and neither late nor a sign that anything is. */
const firstTrades: Case = async (profile) => {
  const desk = new ConformanceDesk(profile);
  const [symbol] = profile.symbols;
  desk.market(symbol).trade('100.7', '1', true, START - 26_000);
  await desk.open([symbol]);
  await desk.pass(500);
  expect(desk.part(symbol).trades.received).toBe(profile.firstTrades === 'counted' ? 1 : 0);
  const before = desk.part(symbol).trades.received;
  desk.sendTrades(symbol, [desk.market(symbol).trade('101', '2', true)]);
  await desk.busy([symbol], 1_000);
  expect(desk.part(symbol).trades).toMatchObject({ received: before + 1, duplicates: 0, missing: 0 });
  expect(desk.states(symbol).filter((state) => state === 'lagging' || state === 'stale')).toEqual([]);
};

const duplicate: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const trade = desk.market(symbol).trade('101', '2', true);
  for (let i = 0; i < 3; i++) desk.sendTrades(symbol, [trade]);
  await desk.pass(100);
  expect(desk.part(symbol).trades).toMatchObject({ received: 1, duplicates: 2, missing: 0 });
};

const three = (desk: ConformanceDesk, symbol: string): MarketTrade[] => {
  const made: MarketTrade[] = [];
  for (const [i, isBuy] of [true, false, true].entries()) {
    made.push(desk.market(symbol).trade('101', String(i + 1), isBuy, Math.floor(desk.clock.now()) + i));
  }
  return made;
};

/** Where ids are in order an older one can only be a repetition; where they are not, it is a trade like any other. */
const late: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const [first, second, third] = three(desk, symbol);
  await desk.pass(50);
  for (const trade of [first, third, second]) desk.sendTrades(symbol, [trade]);
  await desk.pass(100);
  const isRepetition = profile.tradeIds === 'increasing';
  expect(desk.part(symbol).trades).toMatchObject({
    received: isRepetition ? 2 : 3,
    duplicates: isRepetition ? 1 : 0,
    missing: 0,
  });
};

const lost: Case = async (profile) => {
  const { desk, symbol } = await opened(profile);
  const [first, , third] = three(desk, symbol);
  await desk.pass(50);
  desk.sendTrades(symbol, [first]);
  desk.sendTrades(symbol, [third]);
  await desk.pass(100);
  expect(desk.part(symbol).trades).toMatchObject({ received: 2, missing: 1 });
  await desk.pass(3_000);
  expect(desk.part(symbol).trades).toMatchObject({ received: 3, duplicates: 0, missing: 0 });
};

/** One bar a minute, finished ones as the venue has them, the running one without a trade too many. */
const history: Case = async (profile) => {
  const desk = new ConformanceDesk(profile);
  const [symbol] = profile.symbols;
  const market = desk.market(symbol);
  for (const [price, ago] of [
    ['99', 150_000],
    ['98', 100_000],
    ['100', 50_000],
    ['100.5', 5_000],
  ] as const)
    market.trade(price, '2', true, START - ago);
  await desk.open([symbol], ['1m']);
  for (let second = 0; second < 120; second++) {
    if (second % 5 === 0) tell(desk, symbol, second);
    desk.nudge(symbol);
    await desk.pass(1_000);
    wholeBarsAreTrue(desk, symbol);
  }
  const { grid } = desk.info(symbol) ?? { grid: { priceDecimals: 0, lotDecimals: 0 } };
  const held = desk.candles(symbol).map(({ t, o, h, l, c, v, partial }) => {
    const [open, high, low, close] = [o, h, l, c].map((ticks) => formatTrimmed(ticks, grid.priceDecimals));
    return { t, o: open, h: high, l: low, c: close, v: formatLotsSum(v, grid.lotDecimals), partial };
  });
  const bars = market.history.map(({ t, o, h, l, c, v }) => ({ t, o, h, l, c, v, partial: false }));
  expect(held.slice(0, -1)).toEqual(bars.slice(0, -1));
  expect(held).toHaveLength(bars.length);
  const running = held[held.length - 1];
  if (!running.partial) expect(running).toEqual(bars[bars.length - 1]);
};

/** A bar that is said to be whole is the market's to the last trade, at any moment at which the trades are live. */
function wholeBarsAreTrue(desk: ConformanceDesk, symbol: string): void {
  if (desk.part(symbol).status.trades.state !== 'live') return;
  const { priceDecimals, lotDecimals } = desk.info(symbol)?.grid ?? { priceDecimals: 0, lotDecimals: 0 };
  for (const { t, o, h, l, c, v, partial } of desk.candles(symbol)) {
    if (partial) continue;
    const bar = desk.market(symbol).bars.get(t);
    const held = [...[o, h, l, c].map((ticks) => formatTrimmed(ticks, priceDecimals)), formatLotsSum(v, lotDecimals)];
    const minute = new Date(t).toISOString();
    if (bar) expect([minute, ...held]).toEqual([minute, bar.o, bar.h, bar.l, bar.c, bar.v]);
    else expect([minute, v]).toEqual([minute, 0]);
  }
}

/** Trades that nobody told us of, over the end of a minute; then the venue is there again. */
async function outage(desk: ConformanceDesk): Promise<string> {
  const [symbol] = desk.profile.symbols;
  const market = desk.market(symbol);
  market.trade('99', '2', true, START - 70_000);
  await desk.open([symbol], ['1m']);
  for (let second = 0; second < 20; second++) {
    if (second % 5 === 0) tell(desk, symbol, second);
    await desk.busy([symbol], 1_000, 500);
    wholeBarsAreTrue(desk, symbol);
  }
  desk.server.isDown = true;
  desk.server.hangUp(1006);
  for (let second = 0; second < 30; second++) {
    if (second % 4 === 0) market.trade(`9${second % 10}.5`, '2.5', true);
    await desk.pass(1_000);
  }
  desk.server.isDown = false;
  await desk.untilLive([symbol], 60_000);
  tell(desk, symbol, 1);
  await desk.pass(50);
  wholeBarsAreTrue(desk, symbol);
  return symbol;
}

const outageMended: Case = async (profile) => {
  const desk = new ConformanceDesk(profile);
  const symbol = await outage(desk);
  const { history: before } = desk.market(symbol);
  for (let second = 0; second < 80; second++) {
    if (second % 5 === 0) tell(desk, symbol, second);
    await desk.busy([symbol], 1_000, 500);
    wholeBarsAreTrue(desk, symbol);
  }
  // One trade was made before anybody listened.
  const told = desk.market(symbol).trades.length - (profile.firstTrades === 'counted' ? 0 : 1);
  expect(desk.part(symbol).trades).toMatchObject({ received: told, duplicates: 0, missing: 0 });
  const whole = new Set(desk.candles(symbol).flatMap(({ t, partial }) => (partial ? [] : [t])));
  for (const { t } of before.slice(1)) expect(whole).toContain(t);
};

const outageUnmended: Case = async (profile) => {
  const desk = new ConformanceDesk(profile);
  const [wanted] = profile.symbols;
  await desk.open([wanted]);
  desk.server.hasHttp = false;
  const symbol = await outage(desk);
  for (let second = 0; second < 20; second++) {
    await desk.busy([symbol], 1_000, 500);
    wholeBarsAreTrue(desk, symbol);
  }
};

/** A trade, and where the venue streams bars, the bar it is in and the end of the one before. */
function tell(desk: ConformanceDesk, symbol: string, second: number): void {
  const { profile } = desk;
  const market = desk.market(symbol);
  const before = market.history.at(-1);
  const trade = market.trade(`10${second % 3}.5`, '1.5', second % 2 === 0);
  const bar = market.barOf(trade);
  const send = (text: string | null): void => {
    if (text !== null) desk.server.send(desk.server.nameOf(symbol, 'candles'), text);
  };
  if (before && before.t < bar.t) send(profile.bar(market, before, true));
  desk.sendTrades(symbol, [trade]);
  send(profile.bar(market, bar, false));
}

export const TRADE_CASES = {
  aggressor,
  'first trades': firstTrades,
  'duplicate trade': duplicate,
  'late trade': late,
  'lost trades': lost,
  history,
  outage: outageMended,
  'outage unmended': outageUnmended,
} satisfies Record<string, Case>;
