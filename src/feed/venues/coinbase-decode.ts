import { AskedStreams } from './asked-streams.ts';
import { CoinbaseScanner } from './coinbase-scan.ts';
import { type CoinbaseMemory, decodeStrict } from './coinbase-strict.ts';
import { makeScratch } from './decode-scratch.ts';
import type { DecodeSink } from './venue.ts';

/**
 * Reads messages of the Exchange feed. Books and trades are scanned as text; whatever is not exactly as expected is read
 * again, whole, by `decodeStrict`, whose answer stands.
 */
export class CoinbaseDecoder {
  private readonly scanner = new CoinbaseScanner();
  private readonly scratch = makeScratch();
  private readonly memory: CoinbaseMemory = { asked: new AskedStreams(), tickers: new Map() };

  /** Read one message into the sink. Never throws on bad input: `sink.rejected` hears of it. */
  decode(text: string, sink: DecodeSink): void {
    if (!this.scanner.scan(text, sink)) decodeStrict(text, sink, this.scratch, this.memory);
  }

  /** A socket opened on which nothing has been asked yet. */
  opened(): void {
    this.memory.asked.opened();
  }

  /** These streams, named `channel:product`, are asked for: their first messages tell of the past. */
  subscribed(names: readonly string[]): void {
    this.memory.asked.subscribed(names);
    for (const name of names) if (name.startsWith('ticker:')) this.memory.tickers.delete(name.slice('ticker:'.length));
  }

  /** These streams are given up. */
  unsubscribed(names: readonly string[]): void {
    this.memory.asked.unsubscribed(names);
  }
}
