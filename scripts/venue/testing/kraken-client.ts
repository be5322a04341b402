import { BookKeeper } from './book-keeper';
import { Listener } from './harness';

type Fields = Record<string, unknown>;
type Level = readonly [string, string];

/** A client of Kraken's WebSocket v2 as its documents describe one: truncates, and checks every checksum. */
export class KrakenClient {
  readonly books = new Map<string, BookKeeper>();
  readonly depths = new Map<string, number>();
  readonly trades: Fields[] = [];
  readonly others: Fields[] = [];
  right = 0;
  wrong = 0;
  heartbeats = 0;
  readonly #listener: Listener;
  #read = 0;

  private constructor(listener: Listener) {
    this.#listener = listener;
  }

  static async open(url: string): Promise<KrakenClient> {
    return new KrakenClient(await Listener.open(`${url}/v2`));
  }

  get listener(): Listener {
    return this.#listener;
  }

  send(method: string, params: Fields = {}, id = 1): void {
    this.#listener.send({ method, params, req_id: id });
  }

  close(): void {
    this.#listener.close();
  }

  book(symbol: string): BookKeeper {
    let book = this.books.get(symbol);
    if (book === undefined) {
      book = new BookKeeper();
      this.books.set(symbol, book);
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
    const result = message?.result as Fields | undefined;
    if (message?.channel === 'heartbeat') this.heartbeats++;
    else if (message?.channel === 'book') this.#takeBook(message, text);
    else if (message?.channel === 'trade') this.trades.push(...(message.data as Fields[]));
    else if (message !== null) this.others.push(message);
    if (result?.channel === 'book') this.depths.set(String(result.symbol), Number(result.depth));
  }

  // Digits are taken from the text: as numbers they would lose their last zeros.
  #takeBook(message: Fields, text: string): void {
    const [entry] = (message.data ?? []) as Fields[];
    if (entry === undefined || !Array.isArray(entry.bids)) return;
    const symbol = String(entry.symbol);
    const book = this.book(symbol);
    const asksAt = text.indexOf('"asks"');
    const side = (part: string): Level[] =>
      [...part.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)].map(([, price, qty]) => [price, qty]);
    const [bids, asks] = [side(text.slice(0, asksAt)), side(text.slice(asksAt))];
    if (message.type === 'snapshot') book.load(bids, asks);
    else book.apply(bids, asks);
    book.truncate(this.depths.get(symbol) ?? 10);
    if (checksum(book) === Number(entry.checksum)) this.right++;
    else this.wrong++;
  }
}

function checksum(book: BookKeeper): number {
  const token = (text: string): string => text.replace('.', '').replace(/^0+/, '');
  const levels = [...book.best('ask', 10), ...book.best('bid', 10)];
  return crc(levels.map(([price, qty]) => token(price) + token(qty)).join(''));
}

/** Bit by bit, so that nothing is shared with the server's own. */
function crc(text: string): number {
  let value = 0xffffffff;
  for (const character of text) {
    value ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
