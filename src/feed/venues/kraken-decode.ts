import { makeScratch } from './decode-scratch.ts';
import { KrakenMemory } from './kraken-memory.ts';
import { KrakenScanner } from './kraken-scan.ts';
import { decodeStrict } from './kraken-strict.ts';
import type { DecodeSink } from './venue.ts';

/**
 * Reads Kraken messages. Books and trades are scanned as text; whatever is not exactly as expected is read again, whole,
 * by `decodeStrict`, whose answer stands.
 */
export class KrakenDecoder {
  private readonly memory = new KrakenMemory();
  private readonly scanner = new KrakenScanner(this.memory);
  private readonly scratch = makeScratch();

  /** We ask for these streams under this number. */
  asks(id: number, names: readonly string[]): void {
    this.memory.asks(id, names);
  }

  /** Read one message into the sink. Never throws on bad input: `sink.rejected` hears of it. */
  decode(text: string, sink: DecodeSink): void {
    if (!this.scanner.scan(text, sink)) decodeStrict(text, sink, this.memory, this.scratch);
  }
}
