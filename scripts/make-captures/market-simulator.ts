/** How a simulated symbol trades and is spelled. */
export interface SimulatedSymbol {
  readonly symbol: string;
  /** Decimals of the price step and of the size step, and how many the venue spells. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly spelledPrice: number;
  readonly spelledSize: number;
  /** First mid price, in price steps. */
  readonly mid: number;
  /** Typical size of a level, in size steps. */
  readonly typical: number;
  readonly levels: number;
  /** Book events in an average second. */
  readonly pace: number;
}

export interface SimulatedTrade {
  readonly price: number;
  readonly size: number;
  readonly buyerIsMaker: boolean;
}

/** One thing that happened: levels changed, and maybe a trade that changed them. */
export interface MarketEvent {
  readonly side: 'bid' | 'ask';
  readonly price: number;
  readonly trade: SimulatedTrade | null;
}

/**
 * A small order book that lives by itself: quotes come, change and go near the best price, takers eat into it, and
 * the price wanders. All integers, all from one seed. It is never crossed and never empty on a side.
 */
export class MarketSimulator {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  readonly #symbol: SimulatedSymbol;
  readonly #random: () => number;
  #lean = 0;

  constructor(symbol: SimulatedSymbol, random: () => number) {
    this.#symbol = symbol;
    this.#random = random;
    for (let index = 0; index < symbol.levels; index++) {
      this.bids.set(symbol.mid - 1 - this.#far(index), this.#size());
      this.asks.set(symbol.mid + 1 + this.#far(index), this.#size());
    }
  }

  bestBid(): number {
    return Math.max(...this.bids.keys());
  }

  bestAsk(): number {
    return Math.min(...this.asks.keys());
  }

  /** What one event did to the book; a taker may touch several levels and make several trades. */
  step(): MarketEvent[] {
    this.#lean = this.#lean * 0.97 + (this.#random() - 0.5) * 0.2;
    const what = this.#random();
    if (what < 0.2) return this.#take();
    if (what < 0.65) return [this.#quote()];
    return [this.#cancel()];
  }

  #take(): MarketEvent[] {
    const buyer = this.#random() < 0.5 + this.#lean;
    const side = buyer ? 'ask' : 'bid';
    const book = buyer ? this.asks : this.bids;
    let left = Math.ceil(this.#size() * (this.#random() < 0.15 ? 3 : 0.4));
    const events: MarketEvent[] = [];
    while (left > 0 && book.size > 5) {
      const price = buyer ? this.bestAsk() : this.bestBid();
      const there = book.get(price) ?? 0;
      const size = Math.min(left, there);
      put(book, price, there - size);
      left -= size;
      events.push({ side, price, trade: { price, size, buyerIsMaker: !buyer } });
    }
    return events.length > 0 ? events : [this.#quote()];
  }

  #quote(): MarketEvent {
    const side = this.#random() < 0.5 - this.#lean / 2 ? 'ask' : 'bid';
    const [bid, ask] = [this.bestBid(), this.bestAsk()];
    const inside = ask - bid > 1 && this.#random() < 0.5;
    const away = Math.floor(this.#random() ** 3 * this.#symbol.levels);
    const price = side === 'bid' ? (inside ? bid + 1 : bid - away) : inside ? ask - 1 : ask + away;
    put(side === 'bid' ? this.bids : this.asks, Math.max(1, price), this.#size());
    return { side, price: Math.max(1, price), trade: null };
  }

  #cancel(): MarketEvent {
    const side = this.#random() < 0.5 ? 'ask' : 'bid';
    const book = side === 'ask' ? this.asks : this.bids;
    const prices = [...book.keys()].sort((a, b) => (side === 'ask' ? a - b : b - a));
    const price = prices[Math.floor(this.#random() ** 2 * prices.length)];
    if (book.size > this.#symbol.levels * 0.95) put(book, price, 0);
    else put(book, price, this.#size());
    return { side, price, trade: null };
  }

  #far(index: number): number {
    return index + Math.floor(this.#random() * (1 + index / 8));
  }

  #size(): number {
    return Math.max(1, Math.round(this.#symbol.typical * -Math.log(1 - this.#random())));
  }
}

function put(book: Map<number, number>, price: number, size: number): void {
  if (size <= 0) book.delete(price);
  else book.set(price, size);
}
