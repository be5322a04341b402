/** Requests remembered at once: answers come within seconds, and far fewer are on their way at a time. */
const KEPT = 512;

/** What a numbered request was. */
export interface NumberedRequest {
  /** Id the feed knows it by. */
  readonly id: string;
  /** Symbol it asked about; empty when none. */
  readonly symbol: string;
}

/**
 * Numbers for requests to venues that answer under integers only. An answer carries nothing of the question but that
 * number, so what has to be known of the question is kept here.
 */
export class RequestIds {
  private readonly requests = new Map<number, NumberedRequest>();
  private readonly bySymbol = new Map<string, number>();
  private last: number;

  /** @param first  the first number given; all later ones are above it */
  constructor(first: number) {
    this.last = first - 1;
  }

  /** A new number for a request. */
  number(id: string, symbol: string): number {
    this.last++;
    this.requests.set(this.last, { id, symbol });
    for (const oldest of this.requests.keys()) {
      if (this.requests.size <= KEPT) break;
      this.requests.delete(oldest);
    }
    return this.last;
  }

  /** The number of all questions about a symbol that go another way than those that have ids. */
  numberOf(symbol: string): number {
    const held = this.bySymbol.get(symbol);
    if (held !== undefined && this.requests.has(held)) return held;
    const number = this.number('', symbol);
    if (this.bySymbol.size >= KEPT) this.bySymbol.clear();
    this.bySymbol.set(symbol, number);
    return number;
  }

  /** The request that was given this number; null when none was, or long ago. */
  find(number: number): NumberedRequest | null {
    return this.requests.get(number) ?? null;
  }
}
