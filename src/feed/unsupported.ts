import type { Fault } from '@/market/fault.ts';
import type { ChannelStatus } from '@/market/feed-state.ts';
import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import { venueName } from '@/market/venue-name.ts';
import type { InstrumentFrame } from '@/protocol/frame.ts';

/** An instrument of a venue whose adapter could not be fetched. */
export interface Unsupported {
  readonly id: InstrumentId;
  readonly venue: VenueId;
  readonly symbol: string;
  /** Its venue was pointed at this machine. */
  readonly local: boolean;
  readonly since: Millis;
}

/** What is told of such an instrument, once: refused in every channel, with the reason, and nothing to show. */
export function unsupportedFrame({ id, venue, symbol, local, since }: Unsupported): InstrumentFrame {
  const fault: Fault = {
    kind: 'unsupported-venue',
    venue,
    instrument: id,
    detail: 'its adapter could not be fetched',
    at: since,
  };
  const refused: ChannelStatus = {
    state: 'rejected',
    since,
    lastAt: 0,
    lagMs: null,
    proof: 'unverified',
    provenAt: 0,
    fault,
    attempt: 0,
    retryAt: 0,
  };
  return {
    id,
    status: { book: refused, trades: refused, candles: refused, ticker: refused },
    counters: {
      messages: 0,
      bytes: 0,
      rejected: 0,
      offGrid: 0,
      gaps: 0,
      resyncs: 0,
      reconnects: 0,
      checksums: 0,
      checksumFailures: 0,
      quotesAgreed: 0,
      quotesCompared: 0,
      diffs: 0,
      candleDifferences: 0,
    },
    trades: { received: 0, duplicates: 0, missing: 0, buyVolume: 0, sellVolume: 0 },
    lastTrade: null,
    info: {
      id,
      venue,
      symbol,
      venueName: venueName(venue),
      kind: 'spot',
      base: symbol,
      quote: '',
      contract: null,
      priceStep: '1',
      sizeStep: '1',
      sizeUnit: '',
      grid: { priceDecimals: 0, lotDecimals: 0, epoch: 0 },
      simulated: false,
      local,
    },
  };
}
