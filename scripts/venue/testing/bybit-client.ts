import { BookKeeper } from './book-keeper';
import { Listener } from './harness';

type Fields = Record<string, unknown>;
type Level = readonly [string, string];

/** A client of Bybit's v5 sockets as its documents describe one: a book a topic, whose numbers go up by one. */
export class BybitClient {
  readonly books = new Map<string, BookKeeper>();
  readonly ids = new Map<string, number>();
  readonly messages = new Map<string, Fields[]>();
  readonly answers: Fields[] = [];
  /** Changes whose number is not the next. */
  gaps = 0;
  readonly #listener: Listener;
  #read = 0;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  static async open(
    url: string,
    topics: readonly string[],
    category: 'spot' | 'linear' = 'linear',
  ): Promise<BybitClient> {
    const client = new BybitClient(await Listener.open(`${url}/v5/public/${category}`));
    if (topics.length > 0) client.send('subscribe', topics);
    return client;
  }

  get listener(): Listener {
    return this.#listener;
  }

  send(op: string, args: readonly string[], id?: string): void {
    this.#listener.send({ ...(id !== undefined && { req_id: id }), op, args });
  }

  close(): void {
    this.#listener.close();
  }

  book(topic: string): BookKeeper {
    let book = this.books.get(topic);
    if (book === undefined) {
      book = new BookKeeper();
      this.books.set(topic, book);
    }
    return book;
  }

  of(topic: string): Fields[] {
    return this.catchUp().messages.get(topic) ?? [];
  }

  trades(topic: string): Fields[] {
    return this.of(topic).flatMap(({ data }) => data as Fields[]);
  }

  /** Takes in what was heard since it was last called. */
  catchUp(): this {
    const { heard } = this.#listener;
    for (; this.#read < heard.length; this.#read++) this.#take(heard[this.#read]);
    return this;
  }

  #take(text: string): void {
    let message: Fields | null;
    try {
      message = JSON.parse(text) as Fields | null;
    } catch {
      return;
    }
    if (typeof message?.op === 'string') this.answers.push(message);
    if (typeof message?.topic !== 'string') return;
    const { topic } = message;
    this.messages.set(topic, [...(this.messages.get(topic) ?? []), message]);
    if (topic.startsWith('orderbook.')) this.#takeBook(topic, message);
  }

  #takeBook(topic: string, { type, data }: Fields): void {
    const { b, a, u } = (data ?? {}) as Fields;
    if (!Array.isArray(b) || !Array.isArray(a)) return;
    const book = this.book(topic);
    const isWhole = type === 'snapshot' || u === 1;
    if (isWhole) book.load(b as Level[], a as Level[]);
    else book.apply(b as Level[], a as Level[]);
    if (!isWhole && u !== (this.ids.get(topic) ?? Number.NaN) + 1) this.gaps++;
    book.truncate(Number(topic.split('.')[1]));
    this.ids.set(topic, Number(u));
  }
}
