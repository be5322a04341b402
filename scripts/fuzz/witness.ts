import { CallLog } from '@/feed/testing/call-log.ts';
import { readBookTicker } from '@/feed/venues/binance-decode.ts';

/** Writes down what a decoder says, so that two readings of one message can be compared. */
export class Witness extends CallLog {
  constructor() {
    super({ priceDecimals: 2, lotDecimals: 5, epoch: 0 });
  }

  /** A best price is kept unread by the fast way: it is read here, so that a malformed one shows. */
  override quote(symbol: string, updateId: number, text: string): void {
    const quote = readBookTicker(text, this.grid(symbol) ?? { priceDecimals: 2, lotDecimals: 5, epoch: 0 });
    this.calls.push(quote ? ['quote', symbol, updateId, quote] : ['rejected']);
  }

  /** Words may differ, the refusal may not. */
  override rejected(): void {
    this.calls.push(['rejected']);
  }

  get isRejected(): boolean {
    return this.calls.some(([kind]) => kind === 'rejected');
  }

  /** A message is applied whole or not at all: beside a refusal nothing is told but that the grid had to be finer. */
  get isHalf(): boolean {
    return this.isRejected && this.calls.some(([kind]) => kind !== 'rejected' && kind !== 'refine');
  }

  /** The same text for equal calls, whatever the order of their fields. */
  get text(): string {
    return JSON.stringify(this.calls, canonical);
  }
}

function canonical(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
