import { BookKeeper } from './book-keeper';
import { Listener, until } from './harness';

type Fields = Record<string, unknown>;
type Row = [action: string, price: number, amount: number];

/** A client as the documents describe one: follows the chain of change ids, and answers when it is tested. */
export class DeribitClient {
  readonly trades: Fields[] = [];
  readonly tickers: Fields[] = [];
  /** Notifications by the channel they came on. */
  readonly heard = new Map<string, Fields[]>();
  readonly heartbeats: string[] = [];
  /** Changes that did not follow the one before. */
  gaps = 0;
  /** Whether it answers tests. */
  isAwake = true;
  readonly #books = new Map<string, { keeper: BookKeeper; last: number }>();
  readonly #listener: Listener;
  #read = 0;
  #id = 0;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  static async open(url: string, channels: readonly string[] = []): Promise<DeribitClient> {
    const client = new DeribitClient(await Listener.open(`${url}/ws/api/v2`));
    if (channels.length > 0) await client.call('public/subscribe', { channels });
    return client;
  }

  get listener(): Listener {
    return this.#listener;
  }

  close(): void {
    this.#listener.close();
  }

  /** Calls a method and waits for the answer of its number. */
  async call(method: string, params: Fields = {}): Promise<Fields> {
    const id = ++this.#id;
    this.#listener.send({ jsonrpc: '2.0', id, method, params });
    const find = (): Fields | undefined => this.#listener.messages().find((message) => message.id === id);
    await until(`an answer to ${method}`, () => find() !== undefined);
    return find() ?? {};
  }

  book(symbol: string): BookKeeper {
    return this.#held(symbol).keeper;
  }

  /** Id of the last change in a book. */
  last(symbol: string): number {
    return this.#held(symbol).last;
  }

  /** Takes in what was heard since it was last called. */
  catchUp(): this {
    const { heard } = this.#listener;
    for (; this.#read < heard.length; this.#read++) this.#take(heard[this.#read]);
    return this;
  }

  #held(symbol: string): { keeper: BookKeeper; last: number } {
    let held = this.#books.get(symbol);
    if (held === undefined) {
      held = { keeper: new BookKeeper(), last: Number.NaN };
      this.#books.set(symbol, held);
    }
    return held;
  }

  #take(text: string): void {
    let message: Fields;
    try {
      message = JSON.parse(text) as Fields;
    } catch {
      return;
    }
    const params = message?.params as Fields | undefined;
    if (message?.method === 'heartbeat') this.#beat(String(params?.type));
    if (message?.method !== 'subscription' || typeof params?.channel !== 'string') return;
    const { channel, data } = params as { channel: string; data: Fields };
    this.heard.set(channel, [...(this.heard.get(channel) ?? []), data]);
    if (/^book\.[^.]+\.[^.]+$/.test(channel)) this.#takeBook(String(data?.instrument_name), data);
    else if (channel.startsWith('trades.') && Array.isArray(data)) this.trades.push(...data);
    else if (channel.startsWith('ticker.')) this.tickers.push(data);
  }

  #beat(type: string): void {
    this.heartbeats.push(type);
    if (type === 'test_request' && this.isAwake) {
      this.#listener.send({ jsonrpc: '2.0', id: 0, method: 'public/test', params: {} });
    }
  }

  #takeBook(symbol: string, data: Fields): void {
    if (!Array.isArray(data?.bids) || !Array.isArray(data.asks)) return;
    const held = this.#held(symbol);
    // Prices of the tests are exact as numbers.
    const side = (rows: readonly Row[]): [string, string][] =>
      rows.map(([action, price, amount]) => [plain(price), action === 'delete' ? '0' : plain(amount)]);
    const [bids, asks] = [side(data.bids as Row[]), side(data.asks as Row[])];
    if (data.type === 'snapshot') held.keeper.load(bids, asks);
    else {
      if (data.prev_change_id !== held.last) this.gaps++;
      held.keeper.apply(bids, asks);
    }
    held.last = Number(data.change_id);
  }
}

function plain(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12) : text;
}
