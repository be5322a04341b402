import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { CHANNELS, type Channel } from '@/market/feed-state.ts';
import type { Quantiles } from '@/market/histogram.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { FeedReport, HealthReport, LogEntry, StageReport, StateLine, VenueReport } from '@/protocol/health.ts';
import { addLines, type LogLine, pageLine, workerLines } from './health-log.ts';
import { EMPTY_LINE, endUnknown, joinLines } from './state-lines.ts';

/** One feed as reported last, with everything of it that is not told every second. */
export interface FeedHealthView extends Omit<FeedReport, 'lines' | 'gaps'> {
  readonly lines: Readonly<Record<Channel, StateLine>>;
  readonly gaps: NonNullable<FeedReport['gaps']>;
}

/** What the page measured of itself. */
export interface PageHealth {
  readonly at: Millis;
  /** Our own work for a painted frame, and a frame's way: from its oldest message to here, from here to the pixels. */
  readonly mainThread: Quantiles | null;
  readonly toPage: Quantiles | null;
  readonly toPixel: Quantiles | null;
  readonly painted: number;
  /** Books that claimed to be current when they were painted, and those of them that were crossed. */
  readonly booksPainted: number;
  readonly crossedPainted: number;
  /** Heap of the page, where the browser tells it, and how it changed over the last hour at most. */
  readonly heap: { readonly bytes: number; readonly change: number; readonly overMs: number } | null;
  readonly busyPercent: number | null;
  readonly messagesPerSecond: number | null;
  readonly restarts: number;
}

export interface HealthState {
  /** Panels that show it: while there is one the worker reports. */
  readonly watchers: number;
  /** When the worker made the last report, and when it began to record; 0 before the first. */
  readonly at: Millis;
  readonly since: Millis;
  readonly feeds: ReadonlyMap<InstrumentId, FeedHealthView>;
  readonly venues: readonly VenueReport[];
  readonly stages: StageReport;
  /** Oldest first. */
  readonly log: readonly LogLine[];
  readonly page: PageHealth | null;
  /** The feed that is looked at; null: the first. */
  readonly selected: InstrumentId | null;
}

const NOTHING: Pick<HealthState, 'at' | 'since' | 'feeds' | 'venues' | 'stages'> = {
  at: 0,
  since: 0,
  feeds: new Map(),
  venues: [],
  stages: { decode: null, book: null },
};

/** What is known of the health of all feeds: replaced once a second while a panel shows it, so React may read it. */
export const healthStore = createStore<HealthState>()(() => ({
  ...NOTHING,
  watchers: 0,
  log: [],
  page: null,
  selected: null,
}));

/** Read health in React. */
export const useHealth = <T>(select: (state: HealthState) => T): T => useStore(healthStore, select);

/**
 * A panel shows health from now on.
 * @returns the function that ends it
 */
export function watchHealth(): () => void {
  healthStore.setState(({ watchers }) => ({ watchers: watchers + 1 }));
  return () => healthStore.setState(({ watchers }) => ({ watchers: watchers - 1 }));
}

/** Look at one feed. */
export const selectFeed = (selected: InstrumentId): void => healthStore.setState({ selected });

/** What the page measured, once a second. */
export const setPageHealth = (page: PageHealth): void => healthStore.setState({ page });

/** Take a report of the worker. One of a new worker goes on where the former fell silent. */
export function applyReport(report: HealthReport): void {
  healthStore.setState((state) => {
    const isNewWorker = state.since !== report.since && state.since !== 0;
    const held = isNewWorker ? endAll(state.feeds, state.at) : state.feeds;
    // What a former worker said stays until the present one has opened the feed.
    const feeds = new Map([...held].filter(([, view]) => view.since < report.since));
    for (const feed of report.feeds) feeds.set(feed.id, viewOf(feed, held.get(feed.id), report.since));
    return {
      at: report.at,
      since: report.since,
      feeds,
      venues: report.venues,
      stages: report.stages,
      log: addLines(state.log, workerLines(report.log, report.since)),
    };
  });
}

/** Write a line of the page's own into the log: what the worker cannot tell, because it was the worker. */
export function logOfPage(at: Millis, severity: LogEntry['severity'], text: string): void {
  healthStore.setState(({ log }) => ({ log: addLines(log, [pageLine(at, severity, text)]) }));
}

function viewOf(feed: FeedReport, held: FeedHealthView | undefined, workerSince: Millis): FeedHealthView {
  const isOfFormer = held !== undefined && held.since < workerSince;
  // The same worker may have opened the instrument anew: then what it said of the former opening has ended.
  const old = held?.since === feed.since ? held : undefined;
  const former = isOfFormer ? held : old && formers.get(old);
  const { lines: told, gaps: toldGaps, ...figures } = feed;
  const lines = Object.fromEntries(
    CHANNELS.map((channel) => {
      const fresh = told?.[channel];
      if (!fresh) return [channel, (old ?? former)?.lines[channel] ?? EMPTY_LINE];
      return [channel, former ? joinLines(former.lines[channel], fresh) : fresh];
    }),
  ) as Record<Channel, StateLine>;
  const gaps = toldGaps ? [...(former?.gaps ?? []), ...toldGaps] : ((old ?? former)?.gaps ?? []);
  const view: FeedHealthView = { ...figures, lines, gaps };
  if (former) formers.set(view, former);
  return view;
}

/** What former workers said of a feed: it stands before everything the present one says. */
type Former = Pick<FeedHealthView, 'lines' | 'gaps'>;
const formers = new WeakMap<FeedHealthView, Former>();

/** The worker is gone: from its last word on nothing is known, and its open gaps are nobody's to close. */
function endAll(feeds: HealthState['feeds'], at: Millis): HealthState['feeds'] {
  const end = (view: FeedHealthView): FeedHealthView => {
    const lines = Object.fromEntries(CHANNELS.map((channel) => [channel, endUnknown(view.lines[channel], at)]));
    return { ...view, lines: lines as FeedHealthView['lines'] };
  };
  return new Map([...feeds].map(([id, view]) => [id, end(view)]));
}
