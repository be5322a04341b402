import type { Grid } from '@/market/instrument.ts';
import { BinanceScanner } from './binance-scan.ts';
import { type BinanceFlavour, decodeStrict, readQuoteStrict } from './binance-strict.ts';
import { makeScratch } from './decode-scratch.ts';
import type { DecodeSink, Quote } from './venue.ts';

/**
 * Reads Binance messages. The kinds that come by the thousand are scanned as text; whatever is not exactly as expected
 * is read again, whole, by `decodeStrict`, whose answer stands.
 */
export class BinanceDecoder {
  private readonly flavour: BinanceFlavour;
  private readonly scanner: BinanceScanner;
  private readonly scratch = makeScratch();

  constructor(flavour: BinanceFlavour) {
    this.flavour = flavour;
    this.scanner = new BinanceScanner(flavour);
  }

  /** Read one message into the sink. Never throws on bad input: `sink.rejected` hears of it. */
  decode(text: string, sink: DecodeSink): void {
    if (!this.scanner.scan(text, sink)) decodeStrict(text, sink, this.flavour, this.scratch);
  }
}

/** Both dialects write best prices alike; what this one holds is scratch. */
const bestScanner = new BinanceScanner('spot');

/**
 * Read a kept best-price message on the grid that stands now.
 * @returns ticks and lots; NaN for a figure finer than the grid, which no book can equal until the grid is finer; lots
 *   of -1 for a wide size; price and size 0 for a side the venue calls empty. Null when the message is malformed.
 */
export function readBookTicker(text: string, grid: Grid): Quote | null {
  return bestScanner.scanBest(text, grid) ?? readQuoteStrict(text, grid);
}
