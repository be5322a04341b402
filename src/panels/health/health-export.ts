import { FEED_STATES } from '@/market/feed-state.ts';
import { bucketEnd } from '@/market/histogram.ts';
import type { HealthState } from '@/store/health-store.ts';
import type { FeedRow } from './feed-rows.ts';

const iso = (time: number): string => new Date(time).toISOString();

/** Everything the panel knows as one JSON text: times in ISO 8601 UTC, spans in ms. Nothing of the user is in it. */
export function reportText(rows: readonly FeedRow[], state: HealthState, now: number): string {
  const report = {
    product: 'Depthwire',
    version: __APP_VERSION__,
    made: iso(now),
    recorded: state.at === 0 ? null : { from: iso(state.since), to: iso(state.at) },
    feeds: rows.map(feedOf),
    venues: state.venues,
    worker: { stages: state.stages },
    page: state.page,
    log: state.log.map(({ at, lastAt, subject, severity, text, times }) => ({
      at: iso(at),
      lastAt: iso(lastAt),
      subject: subject ?? 'all',
      severity,
      text,
      times,
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function feedOf({ id, venue, simulated, local, record, view }: FeedRow) {
  return {
    id,
    venue,
    simulated,
    local,
    status: record?.status ?? null,
    counters: record?.counters ?? null,
    trades: record?.trades ?? null,
    rates: view && {
      messagesPerSecond: view.messagesPerSecond,
      bytesPerSecond: view.bytesPerSecond,
      peakMessages: view.peakMessages,
    },
    lag: view?.lag ?? null,
    lagHistogram: [...(view?.lagCounts ?? [])].flatMap((count, bucket) =>
      count === 0 ? [] : [{ toMs: bucketEnd(bucket), count }],
    ),
    clockOffsetMs: view?.clockOffsetMs ?? null,
    clockErrorMs: view?.clockErrorMs ?? null,
    resyncs: Object.fromEntries(view?.resyncs ?? []),
    rejects: Object.fromEntries(view?.rejects ?? []),
    audits: view && { agreed: view.auditsAgreed, compared: view.auditsCompared },
    gaps: (view?.gaps ?? []).map((gap) => ({ ...gap, at: iso(gap.at) })),
    states: view && Object.fromEntries(Object.entries(view.lines).map(([channel, line]) => [channel, statesOf(line)])),
  };
}

type Line = NonNullable<FeedRow['view']>['lines']['book'];

const statesOf = ({ times, states }: Line) =>
  [...times].map((time, index) => ({ from: iso(time), state: FEED_STATES[states[index]] ?? 'unknown' }));
