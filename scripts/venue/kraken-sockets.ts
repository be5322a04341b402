import { channelOf } from './dialect';
import type { Peer } from './hub';
import type { KrakenDialect } from './kraken';
import { KRAKEN_DEPTHS, KRAKEN_INTERVALS, ohlcText, tradesText } from './kraken-format';
import type { ReplaySymbol } from './replay-symbol';
import { type Fields, isFields, isoText, parseFields } from './wire-text';

const DEPTHS: ReadonlySet<unknown> = new Set(KRAKEN_DEPTHS);
const CHANNELS: ReadonlySet<unknown> = new Set(['book', 'trade', 'ticker', 'ohlc', 'instrument']);
const RECENT_TRADES = 50;
const MOST_BARS = 720;
const PER_SECOND = 100;

/** A refusal in the venue's words. */
class Refusal extends Error {}

/** What a subscription asks for, checked. */
interface Wish {
  readonly channel: string;
  readonly depth: number;
  readonly minutes: number;
  readonly trigger: string;
  readonly snapshot: boolean;
}

interface Session {
  readonly heard: number[];
  /** Depth asked for, by symbol: an unsubscribe has to repeat it or the one answered. */
  readonly depths: Map<string, number>;
  /** Something was subscribed: from then on there are heartbeats. */
  begun: boolean;
}

/** The sockets' side of the protocol: one acknowledgement a symbol, and what comes with it. */
export class KrakenSockets {
  readonly #dialect: KrakenDialect;
  readonly #sessions = new WeakMap<Peer, Session>();
  #connections = 0n;

  constructor(dialect: KrakenDialect) {
    this.#dialect = dialect;
  }

  open(peer: Peer): void {
    this.#sessions.set(peer, { heard: [], depths: new Map(), begun: false });
    // Ids of connections are beyond what a double can hold.
    const id = 17_408_390_984_690_501_469n + this.#connections++;
    peer.reply(
      `{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":${id}}]}`,
    );
  }

  beat(): void {
    const { market } = this.#dialect;
    for (const peer of market.around.hub.peers) {
      if (this.#sessions.get(peer)?.begun === true) market.tell(peer, 'heartbeat', '{"channel":"heartbeat"}');
    }
  }

  hear(peer: Peer, text: string | null): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    if (this.#tooFast(session)) {
      peer.reply('{"Error":"Exceeded msg rate"}');
      return;
    }
    const fields = parseFields(text);
    const method = fields?.method;
    const params = isFields(fields?.params) ? fields.params : {};
    const tail = this.#tail(fields?.req_id);
    if (fields === null || typeof method !== 'string') {
      peer.reply(`{"error":"Malformed request","method":"error","success":false${tail}}`);
    } else if (method === 'ping') {
      peer.reply(`{"method":"pong"${tail}}`);
    } else if (method === 'subscribe' || method === 'unsubscribe') {
      this.#change(peer, session, method, params, tail);
    } else {
      peer.reply(`{"error":"Unsupported method","method":${JSON.stringify(method)},"success":false${tail}}`);
    }
  }

  #tooFast(session: Session): boolean {
    const now = performance.now();
    while (session.heard.length > 0 && session.heard[0] <= now - 1_000) session.heard.shift();
    session.heard.push(now);
    return this.#dialect.market.around.settings.limits && session.heard.length > PER_SECOND;
  }

  // The times and the request's number close every answer.
  #tail(id: unknown): string {
    const now = isoText(this.#dialect.market.clock());
    const number = Number.isSafeInteger(id) ? `,"req_id":${id}` : '';
    return `,"time_in":"${now}","time_out":"${now}"${number}`;
  }

  #change(peer: Peer, session: Session, method: 'subscribe' | 'unsubscribe', params: Fields, tail: string): void {
    const fail = (error: string, symbol?: string): void => {
      const named = symbol === undefined ? '' : `,"symbol":${JSON.stringify(symbol)}`;
      peer.reply(`{"error":${JSON.stringify(error)},"method":"${method}","success":false${named}${tail}}`);
    };
    try {
      const wish = readWish(params);
      if (wish.channel === 'instrument') {
        this.#instrument(peer, session, method, tail);
        return;
      }
      for (const symbol of symbolsOf(params)) {
        const state = this.#dialect.market.states.get(symbol);
        try {
          if (state === undefined) throw new Refusal(`Currency pair not supported ${symbol}`);
          if (method === 'subscribe') this.#subscribe(peer, session, state, wish, tail);
          else this.#unsubscribe(peer, session, state, wish, params, tail);
        } catch (refusal) {
          if (!(refusal instanceof Refusal)) throw refusal;
          fail(refusal.message, symbol);
        }
      }
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      fail(refusal.message);
    }
  }

  #subscribe(peer: Peer, session: Session, state: ReplaySymbol, wish: Wish, tail: string): void {
    const { market } = this.#dialect;
    const { channel, name } = naming(state, wish);
    if (!market.listen(peer, channel, name)) throw new Refusal('Already subscribed to one channel');
    session.begun = true;
    if (wish.channel === 'book') session.depths.set(state.symbol, wish.depth);
    const result = this.#result(state, wish, true);
    peer.reply(`{"method":"subscribe","result":${result},"success":true${tail}}`);
    if (wish.snapshot) this.#greet(peer, state, wish, channel, name);
  }

  #greet(peer: Peer, state: ReplaySymbol, wish: Wish, channel: string, name: string): void {
    const { market } = this.#dialect;
    if (wish.channel === 'book') market.sendBook(peer, state, channel, name);
    else if (wish.channel === 'ticker') market.tell(peer, name, this.#dialect.ticker(state, wish.trigger));
    else if (wish.channel === 'trade') {
      const recent = state.trades.slice(-RECENT_TRADES);
      if (recent.length > 0) market.tell(peer, name, tradesText('snapshot', state.symbol, recent));
    } else {
      market.originOf(state);
      const now = market.now(state);
      const bars = state.candles(KRAKEN_INTERVALS.get(wish.minutes) ?? '1m', now).filter(({ trades }) => trades > 0);
      market.tell(peer, name, ohlcText('snapshot', state, wish.minutes, bars.slice(-MOST_BARS), now));
    }
  }

  #unsubscribe(peer: Peer, session: Session, state: ReplaySymbol, wish: Wish, params: Fields, tail: string): void {
    const { channel, name } = naming(state, wish);
    if (wish.channel === 'book') {
      const depth = params.depth ?? 10;
      const held = session.depths.get(state.symbol);
      if (held !== undefined && depth !== held && depth !== this.#depthOf(state, held)) {
        throw new Refusal('Subscription Not Found');
      }
    }
    if (!this.#dialect.market.unlisten(peer, channel, name)) throw new Refusal('Subscription Not Found');
    if (wish.channel === 'book') session.depths.delete(state.symbol);
    peer.reply(`{"method":"unsubscribe","result":${this.#result(state, wish, false)},"success":true${tail}}`);
  }

  #instrument(peer: Peer, session: Session, method: string, tail: string): void {
    const { market } = this.#dialect;
    if (method === 'subscribe') {
      if (!market.listen(peer, 'instrument', 'instrument')) throw new Refusal('Already subscribed to one channel');
      session.begun = true;
    } else if (!market.unlisten(peer, 'instrument', 'instrument')) throw new Refusal('Subscription Not Found');
    const warnings = '"warnings":["tick_size is deprecated, use price_increment"]';
    const result =
      method === 'subscribe' ? `{"channel":"instrument","snapshot":true,${warnings}}` : '{"channel":"instrument"}';
    peer.reply(`{"method":"${method}","result":${result},"success":true${tail}}`);
    if (method === 'subscribe') market.tell(peer, 'instrument', this.#dialect.instruments());
  }

  #result(state: ReplaySymbol, wish: Wish, begun: boolean): string {
    const fields: Record<string, unknown> = { channel: wish.channel };
    if (wish.channel === 'book') fields.depth = this.#depthOf(state, wish.depth);
    if (wish.channel === 'ticker') fields.event_trigger = wish.trigger === '' ? 'trades' : wish.trigger;
    if (wish.channel === 'ohlc') fields.interval = wish.minutes;
    if (begun) fields.snapshot = wish.snapshot;
    return JSON.stringify({ ...fields, symbol: state.symbol });
  }

  /** What was recorded, whatever was asked for. */
  #depthOf(state: ReplaySymbol, asked: number): number {
    return Number.isFinite(state.profile.depth) ? state.profile.depth : asked;
  }
}

function readWish({ channel, depth = 10, interval = 1, event_trigger: trigger = 'trades', snapshot }: Fields): Wish {
  if (!CHANNELS.has(channel)) throw new Refusal('Channel name invalid');
  if (channel === 'book' && !DEPTHS.has(depth)) throw new Refusal('Subscription depth not supported');
  if (channel === 'ohlc' && !KRAKEN_INTERVALS.has(interval as number)) {
    throw new Refusal('Subscription ohlc interval not supported');
  }
  if (channel === 'ticker' && trigger !== 'trades' && trigger !== 'bbo')
    throw new Refusal('Event trigger not supported');
  if (snapshot !== undefined && typeof snapshot !== 'boolean') throw new Refusal('Snapshot must be a boolean');
  return {
    channel: channel as string,
    depth: depth as number,
    minutes: interval as number,
    trigger: trigger === 'bbo' ? 'bbo' : '',
    // Trades alone come without a past unless it is asked for.
    snapshot: snapshot ?? channel !== 'trade',
  };
}

function symbolsOf({ symbol }: Fields): string[] {
  if (!Array.isArray(symbol) || symbol.length === 0) throw new Refusal('Symbol must be a list of pairs');
  return symbol.map(String);
}

function naming(state: ReplaySymbol, wish: Wish): { channel: string; name: string } {
  const { symbol } = state;
  if (wish.channel === 'ohlc') {
    return { channel: channelOf('ohlc', symbol, String(wish.minutes)), name: `ohlc:${symbol}:${wish.minutes}` };
  }
  if (wish.channel === 'ticker') {
    const name = wish.trigger === '' ? `ticker:${symbol}` : `ticker:${symbol}:${wish.trigger}`;
    return { channel: channelOf('ticker', symbol, wish.trigger), name };
  }
  return { channel: channelOf(wish.channel, symbol), name: `${wish.channel}:${symbol}` };
}
