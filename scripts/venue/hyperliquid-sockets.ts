import { channelOf } from './dialect';
import type { Peer } from './hub';
import type { HyperliquidDialect } from './hyperliquid';
import { HYPERLIQUID_INTERVALS } from './hyperliquid-format';
import type { InfoAnswer } from './hyperliquid-info';
import { IdleWatch } from './idle-watch';
import { type Fields, isFields, parseFields } from './wire-text';

const IDLE_MS = 60_000;
const PER_MINUTE = 2_000;
const MOST_SUBSCRIPTIONS = 1_000;

/** What a subscription asks for, checked. */
interface Wish {
  readonly channel: string;
  /** The name it goes by in the list of clients: `l2Book:BTC`, `candle:BTC:1m`. */
  readonly name: string;
  readonly coin: string;
}

/** The sockets' side of the protocol: subscriptions, questions, and the end of sockets nothing is said on. */
export class HyperliquidSockets {
  readonly #dialect: HyperliquidDialect;
  readonly #idle = new IdleWatch(IDLE_MS, (peer) => peer.close(1000, 'Inactive'));
  /** When each socket was heard within the last minute. */
  readonly #heard = new WeakMap<Peer, number[]>();

  constructor(dialect: HyperliquidDialect) {
    this.#dialect = dialect;
  }

  open(peer: Peer): void {
    this.#idle.watch(peer);
    this.#reply(peer, 'Websocket connection established.');
  }

  left(peer: Peer): void {
    this.#idle.forget(peer);
  }

  hear(peer: Peer, text: string | null): void {
    const fields = parseFields(text);
    if (this.#tooFast(peer)) this.#error(peer, 'Too many websocket messages sent');
    else if (fields?.method === 'ping') this.#reply(peer, '{"channel":"pong"}');
    else if (fields?.method === 'subscribe' && isFields(fields.subscription))
      this.#subscribe(peer, fields.subscription);
    else if (fields?.method === 'unsubscribe' && isFields(fields.subscription))
      this.#unsubscribe(peer, fields.subscription);
    else if (fields?.method === 'post' && Number.isSafeInteger(fields.id) && isFields(fields.request))
      this.#post(peer, fields.id as number, fields.request);
    else this.#error(peer, `Error parsing JSON into valid websocket request: ${text ?? 'a binary frame'}`);
  }

  #subscribe(peer: Peer, subscription: Fields): void {
    const { market } = this.#dialect;
    const wish = readWish(subscription, market.states);
    if (wish === null) {
      this.#error(peer, `Invalid subscription ${JSON.stringify(subscription)}`);
      return;
    }
    if (peer.names.size >= MOST_SUBSCRIPTIONS && market.around.settings.limits) {
      this.#error(peer, `Cannot track more than ${MOST_SUBSCRIPTIONS} total subscriptions.`);
      return;
    }
    if (!market.listen(peer, wish.channel, wish.name)) {
      this.#error(peer, `Already subscribed: ${JSON.stringify(subscription)}`);
      return;
    }
    this.#acknowledge(peer, 'subscribe', subscription);
    this.#dialect.greet(peer, wish.channel, wish.name);
  }

  #unsubscribe(peer: Peer, subscription: Fields): void {
    const wish = readWish(subscription, this.#dialect.market.states);
    if (wish === null) this.#error(peer, `Invalid subscription ${JSON.stringify(subscription)}`);
    else if (!this.#dialect.market.unlisten(peer, wish.channel, wish.name))
      this.#error(peer, `Already unsubscribed: ${JSON.stringify(subscription)}`);
    else this.#acknowledge(peer, 'unsubscribe', subscription);
  }

  #post(peer: Peer, id: number, { type, payload }: Fields): void {
    const failed = this.#dialect.market.around.faults.takeFailure();
    const answer: InfoAnswer =
      type !== 'info' || !isFields(payload)
        ? { fault: 'Only info requests are served', status: 422 }
        : failed
          ? { fault: 'Internal server error', status: 500 }
          : this.#dialect.info(payload);
    const head = `{"channel":"post","data":{"id":${id},"response":`;
    if ('fault' in answer) {
      this.#reply(peer, `${head}{"type":"error","payload":${JSON.stringify(`${answer.status} ${answer.fault}`)}}}}`);
      return;
    }
    const kind = JSON.stringify(isFields(payload) ? payload.type : '');
    this.#reply(peer, `${head}{"type":"info","payload":{"type":${kind},"data":${answer.data}}}}}`);
  }

  #acknowledge(peer: Peer, method: string, subscription: Fields): void {
    this.#reply(peer, JSON.stringify({ channel: 'subscriptionResponse', data: { method, subscription } }));
  }

  #error(peer: Peer, data: string): void {
    this.#reply(peer, JSON.stringify({ channel: 'error', data }));
  }

  #reply(peer: Peer, text: string): void {
    this.#idle.stir(peer);
    peer.reply(text);
  }

  #tooFast(peer: Peer): boolean {
    if (!this.#dialect.market.around.settings.limits) return false;
    const now = performance.now();
    const heard = (this.#heard.get(peer) ?? []).filter((at) => at > now - 60_000);
    heard.push(now);
    this.#heard.set(peer, heard);
    return heard.length > PER_MINUTE;
  }
}

/** Null for what the venue does not offer, and for coins that are not served. */
function readWish(subscription: Fields, coins: ReadonlyMap<string, unknown>): Wish | null {
  const { type, coin, interval } = subscription;
  if (type === 'allMids') return { channel: 'allMids', name: 'allMids', coin: '' };
  if (typeof coin !== 'string' || !coins.has(coin)) return null;
  switch (type) {
    case 'l2Book':
      return readBookWish(subscription, coin);
    case 'trades':
      return { channel: channelOf('trade', coin), name: `trades:${coin}`, coin };
    case 'bbo':
      return { channel: channelOf('bbo', coin), name: `bbo:${coin}`, coin };
    case 'activeAssetCtx':
      return { channel: channelOf('ticker', coin), name: `activeAssetCtx:${coin}`, coin };
    case 'candle':
      if (typeof interval !== 'string' || !HYPERLIQUID_INTERVALS.has(interval)) return null;
      return { channel: channelOf('candle', coin, interval), name: `candle:${coin}:${interval}`, coin };
    default:
      return null;
  }
}

/** Digits of the price and a mantissa ask for a summed book; the mantissa goes with five digits alone. */
function readBookWish({ nSigFigs, mantissa }: Fields, coin: string): Wish | null {
  const digits = nSigFigs ?? null;
  const factor = mantissa ?? null;
  if (digits === null) {
    return factor === null ? { channel: channelOf('book', coin), name: `l2Book:${coin}`, coin } : null;
  }
  if (digits !== 2 && digits !== 3 && digits !== 4 && digits !== 5) return null;
  if (factor !== null && (digits !== 5 || (factor !== 1 && factor !== 2 && factor !== 5))) return null;
  const detail = `${digits}.${factor ?? 1}`;
  return { channel: channelOf('grouped', coin, detail), name: `l2Book:${coin}:${detail}`, coin };
}
