import type { CatalogueEntry, InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Interval, Millis } from '@/market/time.ts';
import type { DigestReply, Reply } from '@/protocol/reply.ts';

/** Requests to the feed that panels may make. Each settles: a result, or a rejection with a sentence. */
export interface FeedPort {
  /** Fetch candles older than `before`; they arrive in the market store. */
  backfill(instrument: InstrumentId, interval: Interval, before: Millis, limit: number): Promise<void>;
  /** Fetch prints numbered below `before` from what the worker keeps. */
  prints(instrument: InstrumentId, before: number, limit: number): Promise<Extract<Reply, { kind: 'printed' }>>;
  catalogue(venue: VenueId): Promise<readonly CatalogueEntry[]>;
  digest(instrument: InstrumentId): Promise<DigestReply>;
  /** Try a refused or waiting subscription again now. */
  retry(instrument: InstrumentId): void;
}

let port: FeedPort | null = null;

/** Install the port; `app` does it once. */
export function setFeedPort(value: FeedPort | null): void {
  port = value;
}

/**
 * The port to the feed.
 * @throws Error before `app` has installed it
 */
export function feedPort(): FeedPort {
  if (!port) throw new Error('The feed is not running.');
  return port;
}
