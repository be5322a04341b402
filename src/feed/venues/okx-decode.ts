import { makeScratch } from './decode-scratch.ts';
import { OkxScanner } from './okx-scan.ts';
import { decodeStrict } from './okx-strict.ts';
import type { DecodeSink } from './venue.ts';

/**
 * Reads OKX's messages. Books, best prices and trades, which come by the thousand, are scanned as text; whatever is not
 * exactly as expected is read again, whole, by `decodeStrict`, whose answer stands.
 */
export class OkxDecoder {
  private readonly scanner = new OkxScanner();
  private readonly scratch = makeScratch();

  /** Read one message into the sink. Never throws on bad input: `sink.rejected` hears of it. */
  decode(text: string, sink: DecodeSink): void {
    if (!this.scanner.scan(text, sink)) decodeStrict(text, sink, this.scratch);
  }
}
