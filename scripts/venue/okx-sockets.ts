import { randomBytes } from 'node:crypto';
import { channelOf } from './dialect';
import type { Peer } from './hub';
import { IdleWatch } from './idle-watch';
import type { OkxDialect } from './okx';
import { CANDLE, OKX_BARS, OKX_CHANNELS, tradesText } from './okx-format';
import type { ReplaySymbol } from './replay-symbol';
import { type Fields, isFields, parseFields } from './wire-text';

const IDLE_MS = 30_000;
const MOST_AN_HOUR = 480;
const HOUR_MS = 3_600_000;
const MOST_ARG_CHARACTERS = 65_536;
const WITH_LOGIN: ReadonlySet<unknown> = new Set(['books-l2-tbt', 'books50-l2-tbt', 'account', 'orders', 'positions']);
const CHANNEL_OF: Readonly<Record<string, string>> = {
  books: 'book',
  trades: 'trade',
  'trades-all': 'trade',
  tickers: 'ticker',
};

/** A refusal in the venue's words. */
class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

interface Session {
  readonly id: string;
  readonly path: string;
  readonly requests: number[];
}

interface Wanted {
  readonly stream: string;
  readonly name: string;
  readonly channel: string;
  readonly state: ReplaySymbol;
}

/** The sockets' side of the protocol: one answer an argument, the text `ping`, thirty seconds of quiet at most. */
export class OkxSockets {
  readonly #dialect: OkxDialect;
  readonly #sessions = new WeakMap<Peer, Session>();
  readonly #idle = new IdleWatch(IDLE_MS, (peer) => peer.close(4004, 'No data received in 30s.'));

  constructor(dialect: OkxDialect) {
    this.#dialect = dialect;
  }

  open(peer: Peer, path: string): void {
    this.#sessions.set(peer, { id: randomBytes(4).toString('hex'), path, requests: [] });
    this.#idle.watch(peer);
    // Both streams of trades are told from one.
    peer.dress = (name, text) =>
      name.startsWith('trades-all:') ? text.replace('"channel":"trades"', '"channel":"trades-all"') : text;
  }

  left(peer: Peer): void {
    this.#idle.forget(peer);
  }

  hear(peer: Peer, text: string | null): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    if (text === 'ping') {
      this.#reply(peer, 'pong');
      return;
    }
    const fields = parseFields(text);
    const op = fields?.op;
    if (fields === null || (op !== 'subscribe' && op !== 'unsubscribe')) {
      this.#fail(peer, session, fields ?? {}, new Refusal('60012', `Invalid request: ${text ?? 'not a text'}`));
      return;
    }
    try {
      this.#change(peer, session, op, fields);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.#fail(peer, session, fields, refusal);
    }
  }

  #change(peer: Peer, session: Session, op: 'subscribe' | 'unsubscribe', fields: Fields): void {
    const { args, id } = fields;
    const fits = id === undefined || (typeof id === 'string' && /^[0-9A-Za-z]{1,32}$/.test(id));
    if (!fits || !Array.isArray(args) || args.length === 0) {
      throw new Refusal('60012', `Invalid request: ${JSON.stringify(fields)}`);
    }
    if (this.#tooMany(session)) throw new Refusal('60014', 'Requests too frequent');
    for (const arg of args) {
      try {
        const wanted = this.#read(session, arg);
        if (op === 'subscribe') this.#subscribe(peer, session, fields, arg, wanted);
        else this.#unsubscribe(peer, session, fields, arg, wanted);
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        this.#fail(peer, session, fields, refusal);
      }
    }
  }

  #tooMany({ requests }: Session): boolean {
    const now = performance.now();
    while (requests.length > 0 && requests[0] <= now - HOUR_MS) requests.shift();
    requests.push(now);
    return this.#dialect.market.around.settings.limits && requests.length > MOST_AN_HOUR;
  }

  // What is subscribed already is acknowledged once more and begins anew with nothing.
  #subscribe(peer: Peer, session: Session, fields: Fields, arg: unknown, wanted: Wanted): void {
    const held = [...peer.names.values()].flatMap((names) => [...names]).join('').length;
    if (held + wanted.name.length > MOST_ARG_CHARACTERS) {
      throw new Refusal('60012', 'Invalid request: the arguments of a connection exceed 64 KB');
    }
    const isNew = this.#dialect.market.listen(peer, wanted.channel, wanted.name);
    this.#acknowledge(peer, session, 'subscribe', fields, arg);
    if (isNew) this.#greet(peer, wanted);
  }

  #unsubscribe(peer: Peer, session: Session, fields: Fields, arg: unknown, { channel, name }: Wanted): void {
    this.#dialect.market.unlisten(peer, channel, name);
    this.#acknowledge(peer, session, 'unsubscribe', fields, arg);
  }

  /** Every stream begins with how things stand; of trades, the last one is told, however old. */
  #greet(peer: Peer, { stream, name, channel, state }: Wanted): void {
    const { market, derived, snapshotBy } = this.#dialect;
    if (stream === 'books') {
      if (snapshotBy === 'subscription') market.sendBook(peer, state, channel, name);
    } else if (stream === 'bbo-tbt' || stream === 'books5') {
      market.tell(peer, name, market.player.latest(channel) ?? derived.best(state, stream));
    } else if (stream === 'tickers') {
      market.tell(peer, name, derived.ticker(state));
    } else if (stream.startsWith(CANDLE)) {
      const text = derived.candle(state, stream.slice(CANDLE.length));
      if (text !== null) market.tell(peer, name, text);
    } else {
      const last = state.trades.slice(-1);
      if (last.length > 0) market.tell(peer, name, tradesText(state, last));
    }
  }

  #read(session: Session, arg: unknown): Wanted {
    const { channel: stream, instId } = isFields(arg) ? arg : {};
    const state = this.#dialect.market.states.get(String(instId));
    if (WITH_LOGIN.has(stream)) throw new Refusal('60011', 'Please log in');
    if (typeof stream !== 'string' || state === undefined || !isOffered(session.path, stream)) {
      throw new Refusal(
        '60018',
        `Wrong URL or channel:${String(stream)},instId:${String(instId)} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`,
      );
    }
    const { symbol } = state;
    const isCandle = stream.startsWith(CANDLE);
    const channel = isCandle
      ? channelOf('candle', symbol, stream.slice(CANDLE.length))
      : channelOf(CHANNEL_OF[stream] ?? stream, symbol);
    return { stream, name: `${stream}:${symbol}`, channel, state };
  }

  #acknowledge(peer: Peer, { id: connId }: Session, event: string, { id }: Fields, arg: unknown): void {
    this.#reply(peer, JSON.stringify({ ...(id !== undefined && { id }), event, arg, connId }));
  }

  #fail(peer: Peer, { id: connId }: Session, { id }: Fields, { code, message: msg }: Refusal): void {
    const named = typeof id === 'string' ? { id } : {};
    this.#reply(peer, JSON.stringify({ ...named, event: 'error', code, msg, connId }));
  }

  #reply(peer: Peer, text: string): void {
    peer.reply(text);
    this.#idle.stir(peer);
  }
}

function isOffered(path: string, stream: string): boolean {
  if (OKX_CHANNELS[path]?.includes(stream)) return true;
  return path.endsWith('/business') && stream.startsWith(CANDLE) && OKX_BARS.has(stream.slice(CANDLE.length));
}
