import { createStore } from 'zustand/vanilla';
import type { GapSpan } from '@/market/candle.ts';
import { CHANNELS, type Channel, type ChannelStatus } from '@/market/feed-state.ts';
import type { Grid, InstrumentId, InstrumentInfo, VenueId } from '@/market/instrument.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { LastTrade } from '@/market/trade.ts';
import type { BookFrame, Counters, Frame, InstrumentFrame, TickerFrame, TradeTotals } from '@/protocol/frame.ts';
import type { BackfillReply } from '@/protocol/reply.ts';
import { CandleSeries } from './candle-series.ts';
import { PrintLog } from './print-log.ts';
import { type GridStep, gridStep, rescaleBook, rescaleTicker } from './rescale.ts';

/** A series as last changed: a new wrapper each time, round one store written in place. */
export interface SeriesView {
  readonly series: CandleSeries;
}

/** The prints as last changed. */
export interface PrintsView {
  readonly log: PrintLog;
}

/** What is known of one instrument. A part is replaced only when it changed, so identity is the change test. */
export interface InstrumentRecord {
  readonly id: InstrumentId;
  readonly info: InstrumentInfo | null;
  readonly status: Readonly<Record<Channel, ChannelStatus>>;
  readonly counters: Counters;
  readonly trades: TradeTotals;
  readonly lastTrade: LastTrade | null;
  readonly book: BookFrame | null;
  readonly prints: PrintsView;
  readonly candles: Readonly<Partial<Record<Interval, SeriesView>>>;
  readonly ticker: TickerFrame | null;
  readonly gaps: readonly GapSpan[];
  /** Which worker it came from: counts and print numbers of two workers do not go together. */
  readonly worker: number;
  /** Its pictures are still those of the former worker: the present one has not described the instrument yet. */
  readonly isCarried: boolean;
}

export interface MarketState {
  readonly instruments: ReadonlyMap<InstrumentId, InstrumentRecord>;
  /** Number of the last frame applied. */
  readonly frame: number;
  /** Workers begun since the page was opened, less one. */
  readonly worker: number;
}

/** What the page knows of the market: frames applied, nothing derived. Read by painters, never by React renders. */
export const marketStore = createStore<MarketState>()(() => ({ instruments: new Map(), frame: 0, worker: 0 }));

/** The record of one instrument, if anything is known of it. */
export const recordOf = (id: InstrumentId): InstrumentRecord | undefined => marketStore.getState().instruments.get(id);

/** Apply one frame: one new map, one new record per instrument in it, one notification. */
export function applyFrame(frame: Frame): void {
  const { instruments: held, worker } = marketStore.getState();
  const instruments = new Map(held);
  for (const part of frame.instruments) instruments.set(part.id, merge(instruments.get(part.id), part, worker));
  marketStore.setState({ instruments, frame: frame.seq });
}

/**
 * The worker was replaced. What it said last stays on screen, marked as being rebuilt, until its successor has spoken
 * of the instrument; counts and prints then begin anew with the successor's.
 */
export function beginWorker(now: Millis): void {
  const { instruments: held, worker } = marketStore.getState();
  const instruments = new Map([...held].map(([id, record]) => [id, { ...record, status: interrupted(record, now) }]));
  marketStore.setState({ instruments, worker: worker + 1 });
}

function interrupted({ id, status }: InstrumentRecord, now: Millis): InstrumentRecord['status'] {
  const venue = id.slice(0, id.indexOf(':')) as VenueId;
  const fault = {
    kind: 'worker-stopped',
    venue,
    instrument: id,
    detail: 'The data engine was restarted.',
    at: now,
  } as const;
  const one = (channel: Channel): ChannelStatus => ({
    ...status[channel],
    state: 'resyncing',
    since: now,
    fault,
    retryAt: 0,
  });
  return Object.fromEntries(CHANNELS.map((channel) => [channel, one(channel)])) as Record<Channel, ChannelStatus>;
}

/** Put an older page of candles in front of its series. */
export function applyBackfill(reply: BackfillReply): void {
  const record = recordOf(reply.instrument);
  const view = record?.candles[reply.interval];
  if (!record || !view || record.info?.grid.epoch !== reply.epoch) return;
  view.series.prepend(reply.candles, reply.atStart);
  replace({ ...record, candles: { ...record.candles, [reply.interval]: { series: view.series } } });
}

/** Forget instruments that nobody wants any more. */
export function retainInstruments(wanted: ReadonlySet<InstrumentId>): void {
  const held = marketStore.getState().instruments;
  const kept = new Map([...held].filter(([id]) => wanted.has(id)));
  if (kept.size !== held.size) marketStore.setState({ instruments: kept });
}

function replace(record: InstrumentRecord): void {
  const instruments = new Map(marketStore.getState().instruments);
  instruments.set(record.id, record);
  marketStore.setState({ instruments });
}

function merge(before: InstrumentRecord | undefined, part: InstrumentFrame, worker: number): InstrumentRecord {
  const old = before && (before.worker !== worker || before.isCarried) ? carry(before, part, worker) : before;
  const prints = old?.prints ?? { log: new PrintLog() };
  const step = gridStep(old?.info?.grid, part.info?.grid);
  const candles: Partial<Record<Interval, SeriesView>> = old ? { ...old.candles } : {};
  if (step) refine(prints, candles, step);
  for (const touched of part.candles ?? []) {
    const series = candles[touched.interval]?.series ?? new CandleSeries();
    if (touched.reset) series.reset(touched.candles, touched.history);
    else series.put(touched.candles);
    series.history = touched.history;
    candles[touched.interval] = { series };
  }
  if (part.prints) prints.log.add(part.prints);
  return {
    id: part.id,
    info: part.info ?? old?.info ?? null,
    status: part.status,
    counters: part.counters,
    trades: part.trades,
    lastTrade: part.lastTrade,
    book: part.book ?? rescaleBook(old?.book ?? null, step),
    prints: part.prints || step ? { log: prints.log } : prints,
    candles: part.candles || step ? candles : (old?.candles ?? candles),
    ticker: part.ticker ?? rescaleTicker(old?.ticker ?? null, step),
    gaps: part.gaps ?? old?.gaps ?? [],
    worker,
    isCarried: old?.isCarried ?? false,
  };
}

function refine(prints: PrintsView, candles: Partial<Record<Interval, SeriesView>>, step: GridStep): void {
  prints.log.rescale(step.price, step.lot);
  for (const [interval, view] of Object.entries(candles) as [Interval, SeriesView][]) {
    view.series.rescale(step.price, step.lot);
    candles[interval] = { series: view.series };
  }
}

/**
 * What a new worker's frame goes on from: its own counted things, and the pictures of the former worker until it has
 * said what grid it counts on; from then on only if that is the same one.
 */
function carry(before: InstrumentRecord, part: InstrumentFrame, worker: number): InstrumentRecord {
  const isFirst = before.worker !== worker;
  const counted = isFirst ? { prints: { log: new PrintLog() }, gaps: [] } : {};
  const old = { ...before, ...counted, worker, isCarried: part.info === undefined };
  const isSameGrid = part.info === undefined || isSame(part.info.grid, before.info?.grid);
  return isSameGrid ? old : { ...old, info: null, book: null, ticker: null, candles: {} };
}

const isSame = (a: Grid, b: Grid | undefined): boolean =>
  a.priceDecimals === b?.priceDecimals && a.lotDecimals === b.lotDecimals && a.epoch === b.epoch;
