import type { InstrumentFrame } from '@/protocol/frame.ts';
import type { BookFeed } from './book-feed.ts';
import type { FeedSample } from './health/feed-health.ts';
import type { LagMeter } from './liveness.ts';
import type { TradeFeed } from './trade-feed.ts';

/** What of an instrument is counted. */
export interface Counted {
  readonly book: BookFeed;
  readonly trade: TradeFeed;
  readonly lag: LagMeter;
  readonly messages: number;
  readonly bytes: number;
  readonly rejected: number;
}

/** Counters for its frame. */
export function countersOf(
  { book, trade, messages, bytes, rejected }: Counted,
  reconnects: number,
): InstrumentFrame['counters'] {
  return {
    messages,
    bytes,
    rejected: rejected + book.malformedQuotes,
    offGrid: book.offGrid,
    gaps: book.gaps,
    resyncs: book.resyncs,
    reconnects,
    checksums: book.checksums,
    checksumFailures: book.checksumFailures,
    quotesAgreed: book.quotesAgreed,
    quotesCompared: book.quotesCompared,
    diffs: book.diffs,
    candleDifferences: trade.differences,
  };
}

/** Totals for the record of its health. */
export function sampleOf({ book, trade, lag, messages, bytes }: Counted): FeedSample {
  const isAudited = book.channel.proof === 'audit';
  return {
    messages,
    bytes,
    missing: trade.ledger.lost,
    offsetMs: lag.lagMs === null ? Number.NaN : lag.offsetMs(),
    offsetErrorMs: lag.offsetErrorMs(),
    auditsAgreed: isAudited ? book.quotesAgreed : 0,
    auditsCompared: isAudited ? book.quotesCompared : 0,
  };
}
