import { BookKeeper } from './book-keeper';
import { Listener } from './harness';

type Fields = Record<string, unknown>;
type Levels = [string, string][];

interface Held {
  readonly keeper: BookKeeper;
  /** Microsecond of the book; NaN before the first. */
  at: number;
  waiting: Fields[];
  /** Diffs that came with a time not later than the one before. */
  late: number;
  lastHeard: number;
}

/** A client of WebSocket v2 as its documents describe one: buffers diffs until a requested book is there. */
export class BitstampClient {
  readonly trades: Fields[] = [];
  readonly tops: Fields[] = [];
  readonly others: Fields[] = [];
  readonly #books = new Map<string, Held>();
  readonly #listener: Listener;
  readonly #url: string;
  #read = 0;

  private constructor(listener: Listener, url: string) {
    this.#listener = listener;
    this.#url = url;
  }

  static async open(url: string, channels: readonly string[] = []): Promise<BitstampClient> {
    const client = new BitstampClient(await Listener.open(`${url}/`), url);
    for (const channel of channels) client.send('bts:subscribe', channel);
    return client;
  }

  get listener(): Listener {
    return this.#listener;
  }

  send(event: string, channel: string): void {
    this.#listener.send({ event, data: { channel } });
  }

  close(): void {
    this.#listener.close();
  }

  held(market: string): Held {
    let held = this.#books.get(market);
    if (held === undefined) {
      held = { keeper: new BookKeeper(), at: Number.NaN, waiting: [], late: 0, lastHeard: 0 };
      this.#books.set(market, held);
    }
    return held;
  }

  book(market: string): BookKeeper {
    return this.held(market).keeper;
  }

  /** Requests the book and joins the diffs to it. */
  async fetchBook(market: string): Promise<Fields> {
    const response = await fetch(`${this.#url}/api/v2/order_book/${market}/?group=1`);
    const body = (await response.json()) as Fields;
    const held = this.held(market);
    held.keeper.load(body.bids as Levels, body.asks as Levels);
    held.at = Number(body.microtimestamp);
    for (const diff of held.waiting.splice(0)) this.#apply(held, diff);
    return body;
  }

  /** Takes in what was heard since it was last called. */
  catchUp(): this {
    const { heard } = this.#listener;
    for (; this.#read < heard.length; this.#read++) this.#take(heard[this.#read]);
    return this;
  }

  #take(text: string): void {
    let message: Fields;
    try {
      message = JSON.parse(text) as Fields;
    } catch {
      return;
    }
    const channel = String(message?.channel ?? '');
    const data = message?.data as Fields;
    if (channel.startsWith('diff_order_book_') && message.event === 'data') {
      this.#diff(this.held(channel.slice('diff_order_book_'.length)), data);
    } else if (message?.event === 'trade') this.trades.push(data);
    else if (channel.startsWith('order_book_') && message.event === 'data') this.tops.push(message);
    else if (message !== null) this.others.push(message);
  }

  #diff(held: Held, data: Fields): void {
    if (!Array.isArray(data?.bids) || !Array.isArray(data.asks)) return;
    const at = Number(data.microtimestamp);
    if (at <= held.lastHeard) held.late++;
    held.lastHeard = at;
    if (Number.isNaN(held.at)) held.waiting.push(data);
    else this.#apply(held, data);
  }

  #apply(held: Held, data: Fields): void {
    const at = Number(data.microtimestamp);
    if (at <= held.at) return;
    held.at = at;
    held.keeper.apply(data.bids as Levels, data.asks as Levels);
  }
}
