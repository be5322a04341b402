import { BookKeeper } from './book-keeper';
import { Listener } from './harness';

type Fields = Record<string, unknown>;
type Level = readonly [string, string];

export interface OkxArg {
  readonly channel: string;
  readonly instId: string;
}

const DEPTH = 400;
const CHECKED = 25;

/** A client of OKX's v5 sockets as its documents describe one: follows the ids, and checks every checksum that says something. */
export class OkxClient {
  readonly books = new Map<string, BookKeeper>();
  readonly ids = new Map<string, number>();
  /** Data by channel and instrument, books not among it. */
  readonly data = new Map<string, Fields[]>();
  readonly events: Fields[] = [];
  pongs = 0;
  right = 0;
  wrong = 0;
  /** Updates that follow something else than was there. */
  gaps = 0;
  readonly #listener: Listener;
  #read = 0;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  static async open(url: string, args: readonly OkxArg[] = [], path = '/ws/v5/public'): Promise<OkxClient> {
    const client = new OkxClient(await Listener.open(`${url}${path}`));
    if (args.length > 0) client.send('subscribe', args);
    return client;
  }

  get listener(): Listener {
    return this.#listener;
  }

  send(op: string, args: readonly unknown[], id?: string): void {
    this.#listener.send({ ...(id !== undefined && { id }), op, args });
  }

  close(): void {
    this.#listener.close();
  }

  book(instId: string): BookKeeper {
    let book = this.books.get(instId);
    if (book === undefined) {
      book = new BookKeeper();
      this.books.set(instId, book);
    }
    return book;
  }

  of(channel: string, instId: string): Fields[] {
    return this.catchUp().data.get(`${channel} ${instId}`) ?? [];
  }

  /** Takes in what was heard since it was last called. */
  catchUp(): this {
    const { heard } = this.#listener;
    for (; this.#read < heard.length; this.#read++) this.#take(heard[this.#read]);
    return this;
  }

  #take(text: string): void {
    if (text === 'pong') {
      this.pongs++;
      return;
    }
    let message: Fields | null;
    try {
      message = JSON.parse(text) as Fields | null;
    } catch {
      return;
    }
    const arg = message?.arg as OkxArg | undefined;
    if (message !== null && typeof message.event === 'string') this.events.push(message);
    else if (arg !== undefined && Array.isArray(message?.data))
      this.#takeData(message as Fields, arg, message.data as Fields[]);
  }

  #takeData(message: Fields, arg: OkxArg, entries: Fields[]): void {
    if (arg.channel === 'books') this.#takeBook(message, arg, entries[0] as Fields);
    else {
      const key = `${arg.channel} ${arg.instId}`;
      this.data.set(key, [...(this.data.get(key) ?? []), ...entries]);
    }
  }

  #takeBook({ action }: Fields, { instId }: OkxArg, entry: Fields): void {
    if (!Array.isArray(entry.bids) || !Array.isArray(entry.asks)) return;
    const book = this.book(instId);
    const [bids, asks] = [entry.bids, entry.asks].map((levels: string[][]): Level[] =>
      levels.map(([price, size]) => [price, size]),
    );
    if (action === 'snapshot') book.load(bids, asks);
    else {
      if (entry.prevSeqId !== undefined && entry.prevSeqId !== this.ids.get(instId)) this.gaps++;
      book.apply(bids, asks);
    }
    book.truncate(DEPTH);
    if (typeof entry.seqId === 'number') this.ids.set(instId, entry.seqId);
    if (entry.checksum === undefined || entry.checksum === 0) return;
    if (okxChecksumOf(book) === entry.checksum) this.right++;
    else this.wrong++;
  }
}

/** Bit by bit, so that nothing is shared with the server's own. */
export function okxChecksumOf(book: BookKeeper): number {
  const [bids, asks] = [book.best('bid', CHECKED), book.best('ask', CHECKED)];
  const parts: string[] = [];
  for (let rank = 0; rank < CHECKED; rank++) {
    for (const level of [bids[rank], asks[rank]]) if (level !== undefined) parts.push(level.join(':'));
  }
  let value = 0xffffffff;
  for (const character of parts.join(':')) {
    value ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) | 0;
}
