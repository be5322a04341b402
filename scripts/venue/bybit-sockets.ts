import { randomUUID } from 'node:crypto';
import type { BybitDialect } from './bybit';
import { BYBIT_DEPTHS, BYBIT_INTERVALS, readTopic } from './bybit-format';
import { channelOf, readChannel } from './dialect';
import type { Peer } from './hub';
import { IdleWatch } from './idle-watch';
import type { ReplaySymbol } from './replay-symbol';
import { type Fields, parseFields } from './wire-text';

const IDLE_MS = 600_000;
const MOST_SPOT_ARGS = 10;
const MOST_ARG_CHARACTERS = 21_000;

/** A refusal in the venue's words. */
class Refusal extends Error {}

interface Wanted {
  readonly topic: string;
  readonly channel: string;
  readonly state: ReplaySymbol;
}

/** The sockets' side of the protocol: one answer a request, which is done whole or not at all. */
export class BybitSockets {
  readonly #dialect: BybitDialect;
  readonly #ids = new WeakMap<Peer, string>();
  readonly #idle = new IdleWatch(IDLE_MS, (peer) => peer.close(1000));

  constructor(dialect: BybitDialect) {
    this.#dialect = dialect;
  }

  open(peer: Peer): void {
    this.#ids.set(peer, randomUUID());
    this.#idle.watch(peer);
    // Several depths may be told from one book: each subscriber hears the topic it named.
    peer.dress = (name, text) => text.replace(/"topic":"[^"]*"/, () => `"topic":${JSON.stringify(name)}`);
  }

  left(peer: Peer): void {
    this.#idle.forget(peer);
  }

  hear(peer: Peer, text: string | null): void {
    this.#idle.stir(peer);
    const fields = parseFields(text);
    const op = fields?.op;
    const id = typeof fields?.req_id === 'string' ? fields.req_id : '';
    if (fields === null || typeof op !== 'string') {
      this.#reply(peer, false, 'error:request format is not JSON with an op', id, '');
    } else if (op === 'ping') {
      this.#reply(peer, true, 'pong', id, 'ping');
    } else if (op === 'subscribe' || op === 'unsubscribe') {
      this.#change(peer, fields, op, id);
    } else {
      this.#reply(peer, false, `error:handler not found,op:${op}`, id, op);
    }
  }

  #change(peer: Peer, fields: Fields, op: 'subscribe' | 'unsubscribe', id: string): void {
    try {
      const wanted = this.#wanted(fields);
      if (op === 'subscribe') this.#subscribe(peer, wanted, id);
      else this.#unsubscribe(peer, wanted, id);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.#reply(peer, false, refusal.message, id, op);
    }
  }

  #subscribe(peer: Peer, wanted: readonly Wanted[], id: string): void {
    const { market, category } = this.#dialect;
    const repeated = wanted.find(({ topic, channel }) => peer.names.get(channel)?.has(topic));
    if (repeated !== undefined) throw new Refusal(`error:already subscribed,topic:${repeated.topic}`);
    const held = [...peer.names.values()].flatMap((names) => [...names]);
    const characters = [...held, ...wanted.map(({ topic }) => topic)].join('').length;
    if (characters > MOST_ARG_CHARACTERS)
      throw new Refusal(`error:args size exceeds ${MOST_ARG_CHARACTERS} characters`);
    for (const { topic, channel } of wanted) market.listen(peer, channel, topic);
    this.#reply(peer, true, category === 'spot' ? 'subscribe' : '', id, 'subscribe');
    for (const one of wanted) this.#greet(peer, one);
  }

  #unsubscribe(peer: Peer, wanted: readonly Wanted[], id: string): void {
    for (const { topic, channel } of wanted) this.#dialect.market.unlisten(peer, channel, topic);
    this.#reply(peer, true, this.#dialect.category === 'spot' ? 'unsubscribe' : '', id, 'unsubscribe');
  }

  /** Books and tickers begin with all there is; trades and bars with what comes next. */
  #greet(peer: Peer, { topic, channel, state }: Wanted): void {
    const { market, derived } = this.#dialect;
    switch (readChannel(channel).kind) {
      case 'book':
        market.sendBook(peer, state, channel, topic);
        break;
      case 'shallow':
        market.tell(peer, topic, derived.shallow(state, channel));
        break;
      case 'best':
        market.tell(peer, topic, market.player.latest(channel) ?? derived.best(state));
        break;
      case 'ticker':
        market.tell(peer, topic, derived.ticker(state));
        break;
      default:
        break;
    }
  }

  #wanted({ args }: Fields): Wanted[] {
    const { category } = this.#dialect;
    if (!Array.isArray(args) || args.length === 0) throw new Refusal('error:args is empty');
    if (category === 'spot' && args.length > MOST_SPOT_ARGS) throw new Refusal(`args size >${MOST_SPOT_ARGS}`);
    const topics = new Set(args.map(String));
    if (topics.size < args.length) throw new Refusal('error:args holds a topic twice');
    return [...topics].map((topic) => this.#read(topic));
  }

  #read(text: string): Wanted {
    const topic = readTopic(text);
    const state = this.#dialect.market.states.get(topic?.symbol ?? '');
    const unknown = new Refusal(`error:handler not found,topic:${text}`);
    if (topic === null || state === undefined) throw unknown;
    const { symbol } = state;
    const place = (channel: string): Wanted => ({ topic: text, channel, state });
    switch (topic.kind) {
      case 'orderbook': {
        const depth = Number(topic.detail);
        if (!BYBIT_DEPTHS.includes(depth)) throw unknown;
        if (depth >= state.profile.depth) return place(channelOf('book', symbol));
        return place(depth === 1 ? channelOf('best', symbol) : channelOf('shallow', symbol, topic.detail));
      }
      case 'kline':
        if (!BYBIT_INTERVALS.has(topic.detail)) throw unknown;
        return place(channelOf('kline', symbol, topic.detail));
      case 'publicTrade':
        return place(channelOf('trade', symbol));
      case 'tickers':
        return place(channelOf('ticker', symbol));
    }
  }

  #reply(peer: Peer, success: boolean, said: string, id: string, op: string): void {
    const answer = { success, ret_msg: said, conn_id: this.#ids.get(peer) ?? '', req_id: id, op };
    peer.reply(JSON.stringify(answer));
    this.#idle.stir(peer);
  }
}
