import { BookKeeper } from './book-keeper';
import { Listener } from './harness';

type Fields = Record<string, unknown>;
type Row = { px: string; sz: string; n: number };

/** A client as the documents describe one: takes every book whole, unless its time is older than the one it has. */
export class HyperliquidClient {
  readonly trades = new Map<number, Fields>();
  /** Trades that came more than once. */
  repeated = 0;
  readonly candles: Fields[] = [];
  readonly others: Fields[] = [];
  /** Times of the books taken, and how many were older than the one before. */
  readonly times: number[] = [];
  older = 0;
  readonly book = new BookKeeper();
  readonly #listener: Listener;
  #read = 0;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  static async open(url: string, subscriptions: readonly Fields[] = []): Promise<HyperliquidClient> {
    const client = new HyperliquidClient(await Listener.open(`${url}/ws`));
    for (const subscription of subscriptions) client.send({ method: 'subscribe', subscription });
    return client;
  }

  get listener(): Listener {
    return this.#listener;
  }

  send(message: Fields): void {
    this.#listener.send(message);
  }

  close(): void {
    this.#listener.close();
  }

  /** Asks over the socket. */
  async ask(id: number, payload: Fields): Promise<Fields> {
    this.send({ method: 'post', id, request: { type: 'info', payload } });
    const find = (): Fields | undefined =>
      this.#listener
        .messages()
        .filter(({ channel }) => channel === 'post')
        .map(({ data }) => data as Fields)
        .find((data) => data.id === id);
    while (find() === undefined) await new Promise((resolve) => setImmediate(resolve));
    return (find() as { response: Fields }).response;
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
    const data = message?.data as Fields;
    if (message?.channel === 'l2Book') this.#takeBook(data);
    else if (message?.channel === 'trades' && Array.isArray(data)) this.#takeTrades(data as Fields[]);
    else if (message?.channel === 'candle') this.candles.push(data);
    else if (message !== null) this.others.push(message);
  }

  #takeBook(data: Fields): void {
    if (!Array.isArray(data?.levels) || !data.levels.every(Array.isArray)) return;
    const time = Number(data.time);
    if (time < (this.times[this.times.length - 1] ?? 0)) {
      this.older++;
      return;
    }
    this.times.push(time);
    const side = (rows: readonly Row[]): [string, string][] => rows.map(({ px, sz }) => [px, sz]);
    const [bids, asks] = data.levels as [Row[], Row[]];
    this.book.load(side(bids), side(asks));
  }

  #takeTrades(rows: readonly Fields[]): void {
    for (const row of rows) {
      const id = Number(row.tid);
      if (this.trades.has(id)) this.repeated++;
      this.trades.set(id, row);
    }
  }
}
