import { createHash } from 'node:crypto';
import WebSocket from 'ws';
import { compareDecimals, isZero, toUnits, trimDecimal } from '../decimal';

type Level = [string, string];
type Message = Record<string, unknown>;

const SIZE_DECIMALS = 12;

/**
 * A client as the venue's documents describe one, written to be plainly right: it syncs a book, counts trades, and
 * says what did not fit. Tests hold the server's truth against it.
 */
export class NaiveClient {
  readonly symbol: string;
  readonly futures: boolean;
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  readonly messages: Message[] = [];
  readonly texts: string[] = [];
  sequence = -1;
  gaps = 0;
  duplicates = 0;
  trades = 0;
  bought = 0n;
  sold = 0n;
  lastTradeId = Number.NaN;
  tradeGaps = 0;
  tickerMismatches = 0;
  tickerMatches = 0;
  closedWith = Number.NaN;
  received = 0;
  keep = false;
  readonly #url: string;
  readonly #depth: number;
  #buffer: Message[] = [];
  #syncing = false;
  #tickers = new Map<number, string>();
  #socket: WebSocket | null = null;
  #extra: WebSocket | null = null;

  constructor(url: string, symbol: string, futures: boolean, depth = 1000) {
    this.#url = url;
    this.symbol = symbol;
    this.futures = futures;
    this.#depth = depth;
  }

  async open(streams = ['depth@100ms', 'trade', 'bookTicker']): Promise<void> {
    const path = this.futures ? '/public/ws' : '/ws';
    this.#socket = new WebSocket(this.#url.replace('http', 'ws') + path);
    await new Promise<void>((resolve, reject) => {
      this.#socket?.once('open', () => resolve());
      this.#socket?.once('error', reject);
    });
    this.#socket.on('close', (code) => {
      this.closedWith = code;
    });
    this.#socket.on('error', () => this.close());
    this.#socket.on('message', (data) => this.#take(data.toString()));
    const params = streams.map((stream) => `${this.symbol.toLowerCase()}@${stream}`);
    this.#socket.send(JSON.stringify({ method: 'SUBSCRIBE', params, id: 1 }));
    await this.sync();
  }

  close(): void {
    this.#socket?.terminate();
    this.#extra?.terminate();
  }

  async sync(): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    for (let attempt = 0; attempt < 20; attempt++) {
      const path = this.futures ? '/fapi/v1/depth' : '/api/v3/depth';
      const answer = await fetch(`${this.#url}${path}?symbol=${encodeURIComponent(this.symbol)}&limit=${this.#depth}`);
      const body = (await answer.json()) as { lastUpdateId: number; bids: Level[]; asks: Level[] };
      const id = body.lastUpdateId;
      const kept = this.#buffer.filter((diff) => (this.futures ? Number(diff.u) >= id : Number(diff.u) > id));
      const first = kept[0];
      if (first !== undefined && !this.#joins(first, id)) continue;
      this.bids.clear();
      this.asks.clear();
      for (const level of body.bids) set(this.bids, level);
      for (const level of body.asks) set(this.asks, level);
      this.sequence = id;
      this.#buffer = [];
      this.#syncing = false;
      for (const [index, diff] of kept.entries()) this.#apply(diff, index === 0);
      this.#fresh = kept.length === 0;
      return;
    }
    this.#syncing = false;
    throw new Error(`${this.symbol} found no snapshot to join`);
  }

  #fresh = true;

  digest(): string {
    const hash = createHash('sha256');
    const lines = (side: Map<string, string>, letter: string, sign: number): void => {
      for (const [price, size] of [...side].sort(([a], [b]) => sign * compareDecimals(a, b))) {
        hash.update(`${letter}|${price}|${trimDecimal(size)}\n`);
      }
    };
    lines(this.bids, 'b', -1);
    lines(this.asks, 'a', 1);
    return hash.digest('hex');
  }

  #joins(diff: Message, id: number): boolean {
    const [U, u, pu] = [Number(diff.U), Number(diff.u), Number(diff.pu)];
    return this.futures ? (U <= id && id <= u) || (pu <= id && id <= u) : U <= id + 1 && id + 1 <= u;
  }

  #take(text: string): void {
    this.received++;
    if (this.keep) this.texts.push(text);
    let message: Message | null;
    try {
      message = JSON.parse(text) as Message | null;
    } catch {
      return;
    }
    if (message === null) return;
    if (this.keep) this.messages.push(message);
    if (message.s !== this.symbol) return;
    if (message.e === 'depthUpdate') this.#diff(message);
    else if (message.e === 'trade') this.#trade(message);
    else if ('B' in message && 'u' in message) {
      this.#tickers.set(
        Number(message.u),
        [message.b, message.B, message.a, message.A].map((part) => trimDecimal(String(part))).join(' '),
      );
    }
  }

  #diff(diff: Message): void {
    if (this.#syncing || this.sequence < 0) {
      this.#buffer.push(diff);
      return;
    }
    const [U, u, pu] = [Number(diff.U), Number(diff.u), Number(diff.pu)];
    const old = this.#fresh && this.futures ? u < this.sequence : u <= this.sequence;
    if (old) {
      this.duplicates++;
      return;
    }
    const continues = this.#fresh
      ? this.#joins(diff, this.sequence)
      : this.futures
        ? pu === this.sequence
        : U === this.sequence + 1;
    if (!continues) {
      this.gaps++;
      this.#buffer = [diff];
      this.sync().catch(() => this.close());
      return;
    }
    this.#apply(diff, false);
  }

  #apply(diff: Message, first: boolean): void {
    if (!first && this.futures && !this.#fresh && Number(diff.pu) !== this.sequence) this.gaps++;
    this.#fresh = false;
    for (const level of diff.b as Level[]) set(this.bids, level);
    for (const level of diff.a as Level[]) set(this.asks, level);
    this.sequence = Number(diff.u);
    const same = this.#tickers.get(this.sequence);
    if (same === undefined) return;
    if (same === this.#best()) this.tickerMatches++;
    else this.tickerMismatches++;
  }

  #best(): string {
    const best = (side: Map<string, string>, sign: number): [string, string] =>
      [...side].reduce((a, b) => (sign * compareDecimals(a[0], b[0]) <= 0 ? a : b));
    const [bid, ask] = [best(this.bids, -1), best(this.asks, 1)];
    return [...bid, ...ask].map(trimDecimal).join(' ');
  }

  #trade(trade: Message): void {
    const id = Number(trade.t);
    if (!Number.isNaN(this.lastTradeId) && id !== this.lastTradeId + 1) this.tradeGaps++;
    this.lastTradeId = id;
    this.trades++;
    const units = toUnits(String(trade.q), SIZE_DECIMALS);
    if (trade.m === true) this.sold += units;
    else this.bought += units;
  }
}

function set(side: Map<string, string>, [price, size]: Level): void {
  if (isZero(size)) side.delete(trimDecimal(price));
  else side.set(trimDecimal(price), size);
}
