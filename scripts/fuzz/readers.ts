import { AskedStreams } from '@/feed/venues/asked-streams.ts';
import { BinanceDecoder } from '@/feed/venues/binance-decode.ts';
import { type BinanceFlavour, decodeStrict as binanceStrict } from '@/feed/venues/binance-strict.ts';
import { BybitDecoder } from '@/feed/venues/bybit-decode.ts';
import type { BybitCategory, BybitMemory } from '@/feed/venues/bybit-shape.ts';
import { decodeStrict as bybitStrict } from '@/feed/venues/bybit-strict.ts';
import { CoinbaseDecoder } from '@/feed/venues/coinbase-decode.ts';
import { type CoinbaseMemory, decodeStrict as coinbaseStrict } from '@/feed/venues/coinbase-strict.ts';
import { makeScratch } from '@/feed/venues/decode-scratch.ts';
import { loadVenue } from '@/feed/venues/index.ts';
import { KrakenDecoder } from '@/feed/venues/kraken-decode.ts';
import { KrakenMemory } from '@/feed/venues/kraken-memory.ts';
import { decodeStrict as krakenStrict } from '@/feed/venues/kraken-strict.ts';
import { OkxDecoder } from '@/feed/venues/okx-decode.ts';
import { decodeStrict as okxStrict } from '@/feed/venues/okx-strict.ts';
import type { DecodeSink, Venue } from '@/feed/venues/venue.ts';
import type { VenueId } from '@/market/instrument.ts';

type Decode = (text: string, sink: DecodeSink) => void;

/** How one venue's messages are read. */
export interface Reader {
  readonly decode: Decode;
  /** The careful way, where there is a fast one beside it: both must say the same. */
  readonly strict: Decode | null;
}

function binanceReader(flavour: BinanceFlavour): Reader {
  const decoder = new BinanceDecoder(flavour);
  const scratch = makeScratch();
  return {
    decode: (text, sink) => decoder.decode(text, sink),
    strict: (text, sink) => binanceStrict(text, sink, flavour, scratch),
  };
}

function bybitReader(category: BybitCategory): Reader {
  const decoder = new BybitDecoder(category);
  const memory: BybitMemory = { category, scratch: makeScratch(), days: new Map() };
  return {
    decode: (text, sink) => decoder.decode(text, sink),
    strict: (text, sink) => bybitStrict(text, sink, memory),
  };
}

function coinbaseReader(): Reader {
  const decoder = new CoinbaseDecoder();
  const scratch = makeScratch();
  const memory: CoinbaseMemory = { asked: new AskedStreams(), tickers: new Map() };
  return {
    decode: (text, sink) => decoder.decode(text, sink),
    strict: (text, sink) => coinbaseStrict(text, sink, scratch, memory),
  };
}

function krakenReader(): Reader {
  const decoder = new KrakenDecoder();
  const memory = new KrakenMemory();
  const scratch = makeScratch();
  return {
    decode: (text, sink) => decoder.decode(text, sink),
    strict: (text, sink) => krakenStrict(text, sink, memory, scratch),
  };
}

function okxReader(): Reader {
  const decoder = new OkxDecoder();
  const scratch = makeScratch();
  return {
    decode: (text, sink) => decoder.decode(text, sink),
    strict: (text, sink) => okxStrict(text, sink, scratch),
  };
}

const WITH_TWO: Partial<Record<VenueId, () => Reader>> = {
  binance: () => binanceReader('spot'),
  'binance-usdm': () => binanceReader('usdm'),
  coinbase: coinbaseReader,
  kraken: krakenReader,
  bybit: () => bybitReader('spot'),
  'bybit-linear': () => bybitReader('linear'),
  okx: okxReader,
};

/** The decoders of a venue, and the adapter that reads its answers. */
export async function readerOf(id: VenueId): Promise<{ readonly reader: Reader; readonly venue: Venue }> {
  const venue = (await loadVenue(id))();
  const reader = WITH_TWO[id]?.() ?? { decode: (text, sink) => venue.decode(text, sink), strict: null };
  return { reader, venue };
}

/** Everything an adapter makes of the body of an answer. */
export function readAnswer(venue: Venue, body: string): void {
  const grid = { priceDecimals: 2, lotDecimals: 5, epoch: 0 };
  venue.responseBody(body, 200);
  venue.responseBody(body, 429);
  venue.readListing(body, 'BTCUSDT');
  venue.readCatalogue(body);
  venue.readSnapshot(body, 1_000, grid, (priceDecimals, lotDecimals) => ({ priceDecimals, lotDecimals, epoch: 1 }));
  venue.readSnapshotId(body);
  venue.readHistory(body, '1m');
  venue.readTrades(body);
  venue.readTicker(body, grid);
  venue.readTime?.(body);
  venue.nextCatalogueRequest?.(body);
}
