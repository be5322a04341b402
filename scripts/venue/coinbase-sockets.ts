import type { CoinbaseDialect } from './coinbase';
import { productRow } from './coinbase-products';
import { channelOf } from './dialect';
import type { Peer } from './hub';
import type { ReplaySymbol } from './replay-symbol';
import { type Fields, isFields, parseFields } from './wire-text';

/** Channels by the venue's names; those that need a login are known and refused. */
const CHANNELS: Readonly<Record<string, string>> = {
  level2_batch: 'book',
  matches: 'trade',
  ticker: 'ticker',
  ticker_batch: 'ticker_batch',
  heartbeat: 'heartbeat',
  status: 'status',
};
const WITH_LOGIN: ReadonlySet<string> = new Set(['level2', 'level3', 'full', 'user']);
const FIRST_WORD_MS = 5_000;
const PER_SECOND = 100;

interface Session {
  deadline: NodeJS.Timeout | null;
  readonly heard: number[];
}

interface Wish {
  readonly name: string;
  readonly products: readonly string[];
}

/** A refusal in the venue's words. */
class Refusal extends Error {}

/** The sockets' side of the protocol: subscriptions, what greets a subscriber, errors, deadlines. */
export class CoinbaseSockets {
  readonly #dialect: CoinbaseDialect;
  readonly #sessions = new WeakMap<Peer, Session>();

  constructor(dialect: CoinbaseDialect) {
    this.#dialect = dialect;
  }

  open(peer: Peer): void {
    const deadline = setTimeout(() => peer.close(1008, 'No subscription within 5 seconds'), FIRST_WORD_MS);
    deadline.unref();
    this.#sessions.set(peer, { deadline, heard: [] });
  }

  left(peer: Peer): void {
    const session = this.#sessions.get(peer);
    if (session?.deadline) clearTimeout(session.deadline);
  }

  hear(peer: Peer, text: string | null): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    if (this.#tooFast(session)) {
      peer.reply(error('Rate limit exceeded', 'at most 100 messages a second'));
      return;
    }
    const fields = parseFields(text);
    if (fields === null) {
      peer.reply(error('Malformed JSON', 'the message is not a JSON object'));
      return;
    }
    try {
      if (fields.type === 'subscribe') this.#subscribe(peer, session, fields);
      else if (fields.type === 'unsubscribe') this.#unsubscribe(peer, fields);
      else throw new Refusal('type has to be either subscribe or unsubscribe');
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      const failed = fields.type === 'unsubscribe' ? 'Failed to unsubscribe' : 'Failed to subscribe';
      peer.reply(error(failed, refusal.message));
    }
  }

  #tooFast(session: Session): boolean {
    const now = performance.now();
    while (session.heard.length > 0 && session.heard[0] <= now - 1_000) session.heard.shift();
    session.heard.push(now);
    return this.#dialect.market.around.settings.limits && session.heard.length > PER_SECOND;
  }

  #subscribe(peer: Peer, session: Session, fields: Fields): void {
    const wishes = this.#wishes(fields);
    if (session.deadline !== null) clearTimeout(session.deadline);
    session.deadline = null;
    const { market } = this.#dialect;
    const fresh: { name: string; state: ReplaySymbol | null; channel: string }[] = [];
    for (const { name, products } of wishes) {
      for (const product of name === 'status' ? [''] : products) {
        const channel = channelOf(CHANNELS[name], product);
        const state = market.states.get(product) ?? null;
        if (market.listen(peer, channel, nameOf(name, product))) fresh.push({ name, state, channel });
      }
    }
    peer.reply(this.#subscriptions(peer));
    for (const { name, state, channel } of fresh) this.#greet(peer, name, state, channel);
  }

  #unsubscribe(peer: Peer, fields: Fields): void {
    const { market } = this.#dialect;
    for (const { name, products } of this.#wishes(fields)) {
      // Without products the whole channel is meant.
      const meant = products.length > 0 ? products : name === 'status' ? [''] : market.symbols;
      for (const product of meant) market.unlisten(peer, channelOf(CHANNELS[name], product), nameOf(name, product));
    }
    peer.reply(this.#subscriptions(peer));
  }

  #greet(peer: Peer, name: string, state: ReplaySymbol | null, channel: string): void {
    const { market } = this.#dialect;
    if (name === 'status') {
      const products = [...market.states.values()].map((known) => productRow(known));
      market.tell(peer, name, JSON.stringify({ type: 'status', products, currencies: [] }));
    }
    if (state === null) return;
    const label = nameOf(name, state.symbol);
    if (name === 'level2_batch') market.sendBook(peer, state, channel, label);
    else if (name === 'ticker') market.tell(peer, label, this.#dialect.ticker(state));
    else if (name === 'matches') {
      const match = this.#dialect.lastMatch(state);
      if (match !== null) market.tell(peer, label, match);
    }
  }

  #wishes({ type, channels, product_ids: outer }: Fields): Wish[] {
    if (!Array.isArray(channels) || channels.length === 0) throw new Refusal('channels is a required field');
    const products = this.#products(outer);
    return channels.map((channel: unknown) => {
      const name = isFields(channel) ? channel.name : channel;
      if (typeof name !== 'string') throw new Refusal('channel names are texts');
      if (WITH_LOGIN.has(name)) throw new Refusal(`${name} requires authentication`);
      if (!Object.hasOwn(CHANNELS, name)) throw new Refusal(`${name} is not a valid channel`);
      const own = isFields(channel) ? this.#products(channel.product_ids) : [];
      const wished = [...new Set([...products, ...own])];
      if (type === 'subscribe' && name !== 'status' && wished.length === 0) {
        throw new Refusal('product_ids is a required field');
      }
      return { name, products: wished };
    });
  }

  #products(value: unknown): string[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw new Refusal('product_ids is a list');
    for (const product of value) {
      if (typeof product !== 'string' || !this.#dialect.market.states.has(product)) {
        throw new Refusal(`${String(product)} is not a valid product`);
      }
    }
    return value;
  }

  #subscriptions(peer: Peer): string {
    const held = new Map<string, string[]>();
    for (const names of peer.names.values()) {
      for (const label of names) {
        const colon = label.indexOf(':');
        const name = colon < 0 ? label : label.slice(0, colon);
        const products = held.get(name) ?? [];
        if (colon >= 0) products.push(label.slice(colon + 1));
        held.set(name, products);
      }
    }
    const channels = [...held].map(([name, products]) => ({ name, product_ids: products, account_ids: null }));
    return JSON.stringify({ type: 'subscriptions', channels });
  }
}

function nameOf(channel: string, product: string): string {
  return product === '' ? channel : `${channel}:${product}`;
}

function error(message: string, reason: string): string {
  return JSON.stringify({ type: 'error', message, reason });
}
