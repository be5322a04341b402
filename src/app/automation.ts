import type { BookColumns } from '@/market/book.ts';
import { bboOf } from '@/market/book.ts';
import { formatTrimmed } from '@/market/decimal.ts';
import { CHANNELS, type Channel, type FeedState, isCurrent, type Proof } from '@/market/feed-state.ts';
import type { Grid, InstrumentId } from '@/market/instrument.ts';
import { formatLotsSum } from '@/market/quantity.ts';
import type { Interval } from '@/market/time.ts';
import type { Aggressor } from '@/market/trade.ts';
import type { Counters } from '@/protocol/frame.ts';
import type { CandleSeries } from '@/store/candle-series.ts';
import { deskStore } from '@/store/desk-store.ts';
import type { FeedPort } from '@/store/feed-port.ts';
import { type InstrumentRecord, marketStore, recordOf } from '@/store/market-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import type { LinkStats } from './feed-link.ts';
import { splitId } from './venues.ts';

/** The scripting surface, `window.depthwire`; docs/AUTOMATION.md is its manual. */
export interface Depthwire {
  readonly version: string;
  readonly api: 1;
  ready(): Promise<void>;
  snapshot(): Snapshot;
  on(event: 'frame' | 'state', listener: (snapshot: Snapshot) => void): () => void;
  digest(id: string): Promise<Digest>;
}

export interface Digest {
  readonly sequence: string;
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly sha256: string;
}

export interface Snapshot {
  readonly at: number;
  readonly instruments: readonly InstrumentSnapshot[];
  readonly frames: {
    readonly received: number;
    readonly painted: number;
    readonly conflatedMessages: number;
    readonly wireToPixelMs: LinkStats['wireToPixel'];
    readonly mainThreadMs: { readonly p50: number; readonly p95: number; readonly max: number };
  };
  readonly worker: { readonly busyPercent: number; readonly messagesPerSecond: number; readonly restarts: number };
}

type Level = readonly [price: string, size: string];

export interface CandleSnapshot {
  readonly t: number;
  readonly o: string;
  readonly h: string;
  readonly l: string;
  readonly c: string;
  readonly v: string;
  readonly n: number;
  readonly partial: boolean;
}

export interface Candles {
  readonly interval: Interval;
  readonly last: readonly CandleSnapshot[];
}

export interface InstrumentSnapshot {
  readonly id: InstrumentId;
  readonly venue: string;
  readonly symbol: string;
  readonly state: FeedState;
  readonly channels: Partial<Record<Channel, FeedState>>;
  readonly simulated: boolean;
  readonly local: boolean;
  readonly proof: Proof;
  readonly provenAt: number;
  readonly priceStep: string;
  readonly sizeUnit: string;
  readonly book: {
    readonly bids: readonly Level[];
    readonly asks: readonly Level[];
    readonly bidLevels: number;
    readonly askLevels: number;
    readonly sequence: string;
    readonly checksum: string;
  };
  readonly bbo: { readonly bid: string; readonly ask: string; readonly spread: string } | null;
  readonly lastTrade: {
    readonly id: string;
    readonly price: string;
    readonly size: string;
    readonly aggressor: Aggressor;
    readonly time: number;
  } | null;
  readonly trades: {
    readonly received: number;
    readonly duplicates: number;
    readonly missing: number;
    readonly buyVolume: string;
    readonly sellVolume: string;
  };
  readonly candles: Candles;
  readonly series: readonly Candles[];
  readonly counters: Omit<Counters, 'quotesAgreed' | 'quotesCompared' | 'diffs' | 'candleDifferences'>;
  readonly ageMs: number;
  readonly lagMs: number | null;
}

/** What does not change by itself between two frames. */
type Settled = Omit<InstrumentSnapshot, 'ageMs' | 'lagMs'>;

/** The link as far as scripts hear of it. */
export interface AutomationLink extends Pick<FeedPort, 'digest'> {
  stats(): LinkStats;
  onFrame(listener: (isPainted: boolean) => void): () => void;
}

const BEST_LEVELS = 20;
const LAST_CANDLES = 20;

/**
 * Build the scripting surface. Nothing is formatted until it is asked for, and then once per change of an instrument.
 * @param link   where frames and digests come from
 * @param moved  whether a venue's endpoint was moved to this machine, for as long as it has not said so itself
 */
export function createAutomation(link: AutomationLink, moved: (venue: string) => boolean): Depthwire {
  const memo = new WeakMap<InstrumentRecord, { readonly key: string; readonly settled: Settled }>();

  const settledOf = (record: InstrumentRecord, interval: Interval): Settled => {
    const open = openIntervals(record.id);
    const key = [interval, ...open].join();
    const known = memo.get(record);
    if (known?.key === key) return known.settled;
    const settled = deepFreeze(settle(record, interval, open));
    memo.set(record, { key, settled });
    return settled;
  };

  const describe = (id: InstrumentId, now: number): InstrumentSnapshot => {
    const { interval } = deskStore.getState();
    const record = recordOf(id);
    if (!record) return unknown(id, interval, moved(splitId(id).venue), now);
    const { lastAt, since, lagMs } = record.status.book;
    return Object.freeze({ ...settledOf(record, interval), ageMs: Math.max(0, now - (lastAt || since)), lagMs });
  };

  const openedAt = pageNow();
  const unknown = (id: InstrumentId, interval: Interval, local: boolean, now: number): InstrumentSnapshot => ({
    ...unheard(id, interval, local),
    ageMs: now - openedAt,
    lagMs: null,
  });

  const snapshot = (): Snapshot => {
    const at = pageNow();
    const { received, painted, messages, wireToPixel, mainThread, health } = link.stats();
    const { p50, p95, max } = mainThread;
    return Object.freeze({
      at,
      instruments: Object.freeze(deskStore.getState().instruments.map((id) => describe(id, at))),
      frames: deepFreeze({
        received,
        painted,
        conflatedMessages: messages,
        wireToPixelMs: wireToPixel,
        mainThreadMs: { p50, p95, max },
      }),
      worker: Object.freeze({
        busyPercent: health?.busyPercent ?? 0,
        messagesPerSecond: health?.messagesPerSecond ?? 0,
        restarts: deskStore.getState().link.restarts,
      }),
    });
  };

  const announcer = createAnnouncer(link, snapshot);
  return Object.freeze({
    version: __APP_VERSION__,
    api: 1,
    ready,
    snapshot,
    on: announcer,
    digest: (id: string) => digest(link, id),
  });
}

async function digest(link: AutomationLink, id: string): Promise<Digest> {
  const instrument = deskStore.getState().instruments.find((open) => open === id);
  if (!instrument) throw new Error(`${id} is not open on this page.`);
  const { sequence, bidLevels, askLevels, sha256 } = await link.digest(instrument);
  return Object.freeze({ sequence, bidLevels, askLevels, sha256 });
}

/** Settles once the first instrument has a proven book, or is refused and will have none. */
function ready(): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    const check = (): void => {
      const [first] = deskStore.getState().instruments;
      const record = first && recordOf(first);
      if (!record || !isSettled(record)) return;
      for (const stop of stops) stop();
      resolve();
    };
    stops.push(marketStore.subscribe(check), deskStore.subscribe(check));
    check();
  });
}

function isSettled({ status: { book }, book: picture }: InstrumentRecord): boolean {
  return book.state === 'rejected' || book.state === 'blocked' || (picture !== null && isCurrent(book.state));
}

type Listener = (snapshot: Snapshot) => void;

/**
 * Calls listeners in a task of its own, the first after the animation frame, so that they never delay a paint. What
 * they are told is read in the frame itself: the next one may be applied before that task runs.
 */
function createAnnouncer(link: AutomationLink, snapshot: () => Snapshot): Depthwire['on'] {
  const listeners = { frame: new Set<Listener>(), state: new Set<Listener>() };
  const channel = new MessageChannel();
  const due: { readonly now: Snapshot; readonly to: readonly Listener[] }[] = [];
  let states = '';
  channel.port1.onmessage = () => {
    for (const { now, to } of due.splice(0)) tell(to, now);
  };
  link.onFrame((isPainted) => {
    if (listeners.frame.size + listeners.state.size === 0) return;
    const now = allStates();
    const to = [...(isPainted ? listeners.frame : []), ...(now === states ? [] : listeners.state)];
    states = now;
    if (to.length === 0) return;
    due.push({ now: snapshot(), to });
    channel.port2.postMessage(null);
  });
  return (event, listener) => {
    if (event !== 'frame' && event !== 'state') throw new TypeError(`There is no event ${String(event)}.`);
    if (typeof listener !== 'function') throw new TypeError('A listener is a function.');
    if (listeners.frame.size + listeners.state.size === 0) states = allStates();
    // A wrapper of its own, so that the same function given twice is called twice and stopped once each.
    const entry: Listener = (now) => listener(now);
    listeners[event].add(entry);
    return () => {
      listeners[event].delete(entry);
    };
  };
}

/** One listener that throws must not silence the others; its error is reported as any script's. */
function tell(due: readonly Listener[], now: Snapshot): void {
  for (const listener of due) {
    try {
      listener(now);
    } catch (failure) {
      reportError(failure);
    }
  }
}

function allStates(): string {
  const states: string[] = [];
  for (const id of deskStore.getState().instruments) {
    const status = recordOf(id)?.status;
    states.push(id, ...CHANNELS.map((channel) => status?.[channel].state ?? 'connecting'));
  }
  return states.join(' ');
}

const NO_COUNTERS: InstrumentSnapshot['counters'] = {
  messages: 0,
  bytes: 0,
  rejected: 0,
  offGrid: 0,
  gaps: 0,
  resyncs: 0,
  reconnects: 0,
  checksums: 0,
  checksumFailures: 0,
};
const NO_BOOK: InstrumentSnapshot['book'] = {
  bids: [],
  asks: [],
  bidLevels: 0,
  askLevels: 0,
  sequence: '',
  checksum: '',
};

/** An instrument that is asked for and of which nothing has been heard yet. */
function unheard(id: InstrumentId, interval: Interval, local: boolean): Settled {
  const { venue, symbol } = splitId(id);
  return {
    id,
    venue,
    symbol,
    state: 'connecting',
    channels: Object.fromEntries(CHANNELS.map((channel) => [channel, 'connecting'])),
    simulated: venue === 'demo',
    local,
    proof: 'unverified',
    provenAt: 0,
    priceStep: '',
    sizeUnit: '',
    book: NO_BOOK,
    bbo: null,
    lastTrade: null,
    trades: { received: 0, duplicates: 0, missing: 0, buyVolume: '0', sellVolume: '0' },
    candles: { interval, last: [] },
    series: [],
    counters: NO_COUNTERS,
  };
}

/** What is subscribed of an instrument's candles; the store keeps more, which nobody brings up to date. */
function openIntervals(id: InstrumentId): ReadonlySet<Interval> {
  const { interval, needs } = deskStore.getState();
  const open = new Set<Interval>([interval]);
  for (const need of needs.values()) if (need.instrument === id) for (const one of need.candles ?? []) open.add(one);
  return open;
}

function settle(record: InstrumentRecord, interval: Interval, open: ReadonlySet<Interval>): Settled {
  const { id, info, status, counters } = record;
  const base = unheard(id, interval, info?.local ?? false);
  const named = {
    ...base,
    state: status.book.state,
    channels: Object.fromEntries(CHANNELS.map((channel) => [channel, status[channel].state])),
    proof: status.book.proof,
    provenAt: status.book.provenAt,
    counters: pick(counters),
  };
  if (!info) return named;
  const { grid } = info;
  const series = Object.entries(record.candles) as [Interval, { readonly series: CandleSeries }][];
  const candles = series
    .filter(([one]) => open.has(one))
    .map(([one, view]) => ({ interval: one, last: lastCandles(view.series, grid) }));
  return {
    ...named,
    simulated: info.simulated,
    local: info.local,
    priceStep: info.priceStep,
    sizeUnit: info.sizeUnit,
    ...describeBook(record, grid),
    lastTrade: describeLast(record, grid),
    trades: {
      received: record.trades.received,
      duplicates: record.trades.duplicates,
      missing: record.trades.missing,
      buyVolume: formatLotsSum(record.trades.buyVolume, grid.lotDecimals),
      sellVolume: formatLotsSum(record.trades.sellVolume, grid.lotDecimals),
    },
    candles: candles.find((one) => one.interval === interval) ?? base.candles,
    series: candles,
  };
}

function pick(counters: Counters): InstrumentSnapshot['counters'] {
  const { quotesAgreed: _a, quotesCompared: _c, diffs: _d, candleDifferences: _k, ...named } = counters;
  return named;
}

function describeBook({ book }: InstrumentRecord, grid: Grid): Pick<Settled, 'book' | 'bbo'> {
  if (!book) return { book: NO_BOOK, bbo: null };
  const { top, bidLevels, askLevels, sequence, checksum } = book;
  const price = (ticks: number): string => formatTrimmed(ticks, grid.priceDecimals);
  const best = bboOf(top);
  return {
    book: {
      bids: levels(top.bidTicks, top.bidLots, top.wideBids, grid),
      asks: levels(top.askTicks, top.askLots, top.wideAsks, grid),
      bidLevels,
      askLevels,
      sequence,
      checksum,
    },
    bbo: best && {
      bid: price(best.bidTicks),
      ask: price(best.askTicks),
      spread: price(best.askTicks - best.bidTicks),
    },
  };
}

function levels(ticks: Float64Array, lots: Float64Array, wide: BookColumns['wideBids'], grid: Grid): Level[] {
  const texts = new Map(wide);
  return Array.from(ticks.subarray(0, BEST_LEVELS), (tick, index) => [
    formatTrimmed(tick, grid.priceDecimals),
    formatLotsSum(lots[index] === -1 ? (texts.get(index) ?? 0) : lots[index], grid.lotDecimals),
  ]);
}

function describeLast({ lastTrade }: InstrumentRecord, grid: Grid): InstrumentSnapshot['lastTrade'] {
  if (!lastTrade) return null;
  const { id, ticks, lots, aggressor, time } = lastTrade;
  return {
    id,
    price: formatTrimmed(ticks, grid.priceDecimals),
    size: formatLotsSum(lots, grid.lotDecimals),
    aggressor,
    time,
  };
}

function lastCandles(series: CandleSeries, { priceDecimals, lotDecimals }: Grid): CandleSnapshot[] {
  const price = (ticks: number): string => formatTrimmed(ticks, priceDecimals);
  const first = Math.max(0, series.count - LAST_CANDLES);
  return Array.from({ length: series.count - first }, (_, i) => {
    const { t, o, h, l, c, v, n, partial } = series.at(first + i);
    return { t, o: price(o), h: price(h), l: price(l), c: price(c), v: formatLotsSum(v, lotDecimals), n, partial };
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
