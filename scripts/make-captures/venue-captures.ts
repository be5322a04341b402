import type { CaptureHeader } from '../capture-file';
import { bitstampReader, deribitReader, hyperliquidReader } from './answering-readers';
import type { Line } from './binance-recorder';
import { BitstampEncoder } from './bitstamp-encoder';
import { BybitEncoder } from './bybit-encoder';
import { CoinbaseEncoder } from './coinbase-encoder';
import { DeribitEncoder } from './deribit-encoder';
import { HyperliquidEncoder } from './hyperliquid-encoder';
import { KrakenEncoder } from './kraken-encoder';
import { type Encoder, MarketRecorder } from './market-recorder';
import type { SimulatedSymbol } from './market-simulator';
import { OkxEncoder } from './okx-encoder';
import { type LineReader, venueExpected } from './venue-expected';
import { bybitReader, coinbaseReader, krakenReader, okxReader } from './venue-readers';

export interface VenueCapture {
  readonly name: string;
  readonly header: CaptureHeader;
  readonly lines: readonly Line[];
  readonly expected: unknown;
}

interface Source {
  readonly name: string;
  readonly venue: string;
  readonly why: string;
  readonly symbols: readonly SimulatedSymbol[];
  readonly diffMs: number;
  readonly firstTrade: number;
  readonly encoder: Encoder;
  readonly reader: LineReader;
}

const START = Date.UTC(2026, 2, 2, 12, 0, 35);
const LENGTH_MS = 45_000;

/** One ordinary market of each venue that numbers, checks or sends its books in its own way. */
export function venueCaptures(): VenueCapture[] {
  return sources().map(({ name, venue, why, symbols, diffMs, firstTrade, encoder, reader }) => {
    const recipe = { seed: `depthwire ${name}`, symbols, start: START, lengthMs: LENGTH_MS, diffMs, firstTrade };
    const lines = new MarketRecorder(recipe, encoder).record();
    const instruments = symbols.map((spec) => spec.symbol);
    const header = { venue, instruments, date: new Date(START).toISOString().slice(0, 10), why };
    return { name, header, lines, expected: venueExpected(lines, reader, 1) };
  });
}

// Made anew every time: an encoder remembers what it told.
function sources(): Source[] {
  return [
    {
      name: 'bybit-spot',
      venue: 'bybit',
      why: 'numbered books, best prices, trades, tickers and bars of spot',
      symbols: [
        symbol('BTCUSDT', { price: [2, 2], size: [6, 6] }, 6_425_010, 400_000, 90, 6),
        symbol('ETHUSDC', { price: [2, 2], size: [5, 5] }, 315_027, 200_000, 40, 1.5),
      ],
      diffMs: 100,
      firstTrade: 3_790,
      encoder: new BybitEncoder('spot'),
      reader: bybitReader,
    },
    {
      name: 'bybit-linear',
      venue: 'bybit-linear',
      why: 'the same of contracts, one book deeper than what is told of it, trades named without an order',
      symbols: [
        symbol('BTCUSDT', { price: [1, 2], size: [3, 3] }, 642_493, 900, 240, 6),
        symbol('ETHUSDT', { price: [2, 2], size: [2, 2] }, 315_027, 4_000, 40, 1.5),
      ],
      diffMs: 100,
      firstTrade: 1,
      encoder: new BybitEncoder('linear'),
      reader: bybitReader,
    },
    {
      name: 'okx',
      venue: 'okx',
      why: 'books with sequence ids and checksums of zero, aggregated trades, candles on their own socket',
      symbols: [
        symbol('BTC-USDT', { price: [1, 1], size: [8, 8] }, 642_493, 40_000_000, 430, 6),
        symbol('ETH-USDT-SWAP', { price: [2, 2], size: [2, 2] }, 315_027, 4_000, 40, 1.5),
        symbol('SOL-USDT', { price: [2, 2], size: [6, 6] }, 14_411, 9_000_000, 25, 0.04),
      ],
      diffMs: 100,
      firstTrade: 674_510_826,
      encoder: new OkxEncoder(),
      reader: okxReader,
    },
    {
      name: 'kraken',
      venue: 'kraken',
      why: 'checksums over wire digits, levels that fall out of the depth, trades',
      symbols: [
        symbol('BTC/USD', { price: [1, 1], size: [8, 8] }, 642_493, 40_000_000, 60, 8),
        symbol('ETH/USD', { price: [2, 2], size: [8, 8] }, 315_027, 90_000_000, 40, 2),
      ],
      diffMs: 60,
      firstTrade: 10_218_208,
      encoder: new KrakenEncoder(),
      reader: krakenReader,
    },
    {
      name: 'coinbase',
      venue: 'coinbase',
      why: 'changes without a number, matches by the side of the maker, heartbeats that tell the last trade',
      symbols: [
        symbol('BTC-USD', { price: [2, 2], size: [8, 8] }, 6_425_010, 40_000_000, 90, 6),
        symbol('ETH-EUR', { price: [2, 2], size: [8, 8] }, 285_027, 90_000_000, 40, 1.5),
      ],
      diffMs: 60,
      firstTrade: 881_613,
      encoder: new CoinbaseEncoder(),
      reader: coinbaseReader,
    },
    {
      name: 'bitstamp',
      venue: 'bitstamp',
      why: 'diffs by the microsecond around a requested book, trades of one row of ids, the top of the book',
      symbols: [
        symbol('btcusd', { price: [0, 0], size: [8, 8] }, 64_250, 40_000_000, 50, 4),
        symbol('xlmgbp', { price: [5, 5], size: [8, 8] }, 20_816, 90_000_000_000, 25, 1),
      ],
      diffMs: 200,
      firstTrade: 216_000_477,
      encoder: new BitstampEncoder(),
      reader: bitstampReader,
    },
    {
      name: 'hyperliquid',
      venue: 'hyperliquid',
      why: 'whole books of twenty levels, trades by ids in no order, the first of them older than the books',
      symbols: [
        symbol('BTC', { price: [0, 1], size: [5, 5] }, 64_250, 40_000, 45, 5),
        symbol('kPEPE', { price: [6, 6], size: [0, 1] }, 11_234, 90_000, 30, 1),
      ],
      diffMs: 540,
      firstTrade: 10_000,
      encoder: new HyperliquidEncoder(),
      reader: hyperliquidReader,
    },
    {
      name: 'deribit',
      venue: 'deribit',
      why: 'books chained by ids, trades numbered in their instrument, an inverse and a linear contract',
      symbols: [
        symbol('BTC-PERPETUAL', { price: [1, 1], size: [0, 0] }, 128_500, 900, 60, 4),
        symbol('ETH_USDC-PERPETUAL', { price: [2, 2], size: [2, 2] }, 315_027, 400, 30, 1),
      ],
      diffMs: 100,
      firstTrade: 271_252_854,
      encoder: new DeribitEncoder(),
      reader: deribitReader,
    },
  ];
}

function symbol(
  name: string,
  digits: { price: readonly [number, number]; size: readonly [number, number] },
  mid: number,
  typical: number,
  levels: number,
  pace: number,
): SimulatedSymbol {
  const [priceDecimals, spelledPrice] = digits.price;
  const [sizeDecimals, spelledSize] = digits.size;
  return { symbol: name, priceDecimals, spelledPrice, sizeDecimals, spelledSize, mid, typical, levels, pace };
}
