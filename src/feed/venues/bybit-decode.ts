import { BybitScanner } from './bybit-scan.ts';
import type { BybitCategory, BybitMemory } from './bybit-shape.ts';
import { decodeStrict } from './bybit-strict.ts';
import { makeScratch } from './decode-scratch.ts';
import type { DecodeSink } from './venue.ts';

/**
 * Reads Bybit's messages. Books and trades, which come by the thousand, are scanned as text; whatever is not exactly as
 * expected is read again, whole, by `decodeStrict`, whose answer stands.
 */
export class BybitDecoder {
  private readonly scanner: BybitScanner;
  private readonly memory: BybitMemory;

  constructor(category: BybitCategory) {
    this.scanner = new BybitScanner(category);
    this.memory = { category, scratch: makeScratch(), days: new Map() };
  }

  /** Read one message into the sink. Never throws on bad input: `sink.rejected` hears of it. */
  decode(text: string, sink: DecodeSink): void {
    if (!this.scanner.scan(text, sink)) decodeStrict(text, sink, this.memory);
  }
}
