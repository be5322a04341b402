import type { ChannelStatus } from '@/market/feed-state.ts';
import { type InstrumentId, parseInstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import type { FeedHealthView } from '@/store/health-store.ts';
import type { InstrumentRecord } from '@/store/market-store.ts';

/** Everything a row of the feed table says of one feed. */
export interface FeedRow {
  readonly id: InstrumentId;
  readonly symbol: string;
  readonly venue: string;
  readonly simulated: boolean;
  readonly local: boolean;
  /** Of the book; null while nothing was said of it. */
  readonly status: ChannelStatus | null;
  readonly record: InstrumentRecord | undefined;
  readonly view: FeedHealthView | undefined;
}

/** The feeds of the desk in its order, each with what is known of it. */
export function feedRows(
  instruments: readonly InstrumentId[],
  recordOf: (id: InstrumentId) => InstrumentRecord | undefined,
  views: ReadonlyMap<InstrumentId, FeedHealthView>,
): FeedRow[] {
  return instruments.map((id) => {
    const record = recordOf(id);
    const view = views.get(id);
    const parsed = parseInstrumentId(id);
    return {
      id,
      symbol: parsed?.symbol ?? id,
      venue: record?.info?.venueName ?? (parsed ? venueName(parsed.venue) : ''),
      simulated: record?.info?.simulated ?? parsed?.venue === 'demo',
      local: record?.info?.local ?? view?.local ?? false,
      status: record?.status.book ?? null,
      record,
      view,
    };
  });
}

/** How many updates were proven, by what the venue offers; null where it offers nothing. */
export function checkedCount({ status, record }: FeedRow): number | null {
  if (!record || !status) return null;
  const { diffs, checksums, quotesCompared } = record.counters;
  if (status.proof === 'checksum') return checksums;
  if (status.proof === 'unverified') return null;
  return status.proof === 'audit' ? quotesCompared : diffs;
}

const PROOFS = {
  sequence: 'SEQ',
  checksum: 'CRC32',
  audit: 'AUDIT',
  snapshot: 'SNAP',
  unverified: 'unverified',
} as const;

/** What proves a feed, in codes: `SEQ + BBO`; nothing before there was something to prove. */
export function proofText({ status, record }: FeedRow): string {
  if (!status || (status.provenAt === 0 && status.proof !== 'unverified')) return '–';
  const label = PROOFS[status.proof];
  return record && record.counters.quotesCompared > 0 && status.proof !== 'unverified' ? `${label} + BBO` : label;
}
