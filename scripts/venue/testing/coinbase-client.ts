import { BookKeeper } from './book-keeper';
import { Listener } from './harness';

type Fields = Record<string, unknown>;
type Change = [side: 'buy' | 'sell', price: string, size: string];

/** A client of the Exchange feed as its documents describe one. */
export class CoinbaseClient {
  readonly books = new Map<string, BookKeeper>();
  readonly matches: Fields[] = [];
  readonly tickers: Fields[] = [];
  readonly others: Fields[] = [];
  /** Tickers whose best prices are not the book's at that moment. */
  unlike = 0;
  readonly #listener: Listener;
  #read = 0;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  static async open(url: string, products: readonly string[], channels: readonly string[]): Promise<CoinbaseClient> {
    const client = new CoinbaseClient(await Listener.open(`${url}/`));
    client.send({ type: 'subscribe', product_ids: products, channels });
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

  book(product: string): BookKeeper {
    let book = this.books.get(product);
    if (book === undefined) {
      book = new BookKeeper();
      this.books.set(product, book);
    }
    return book;
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
    const book = typeof message?.product_id === 'string' ? this.book(message.product_id) : null;
    if (message?.type === 'snapshot')
      book?.load(message.bids as [string, string][], message.asks as [string, string][]);
    else if (message?.type === 'l2update') this.#update(book, message.changes as Change[]);
    else if (message?.type === 'match') this.matches.push(message);
    else if (message?.type === 'ticker') this.tickers.push(message);
    else if (message !== null) this.others.push(message);
  }

  #update(book: BookKeeper | null, changes: readonly Change[]): void {
    if (book === null || !Array.isArray(changes)) return;
    const of = (side: string): [string, string][] =>
      changes.filter(([name]) => name === side).map(([, price, size]) => [price, size]);
    book.apply(of('buy'), of('sell'));
  }
}
