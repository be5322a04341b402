import type { BitstampDialect } from './bitstamp';
import { topBookText } from './bitstamp-format';
import { channelOf } from './dialect';
import type { Peer } from './hub';
import { isFields, parseFields } from './wire-text';

/** Public channels by the beginning of their names; null: the recordings hold nothing they could be made of. */
const CHANNELS: ReadonlyMap<string, string | null> = new Map([
  ['diff_order_book', 'book'],
  ['live_trades', 'trade'],
  ['order_book', 'top'],
  ['detail_order_book', null],
  ['live_orders', null],
]);
const CHANNEL = /^([a-z_]+)_([a-z0-9-]+)$/;
const UNAUTHORIZED = 4009;

interface Named {
  readonly kind: string | null;
  readonly symbol: string;
}

/** The sockets' side of the protocol: one channel a message, each acknowledged by its name. */
export class BitstampSockets {
  readonly #dialect: BitstampDialect;

  constructor(dialect: BitstampDialect) {
    this.#dialect = dialect;
  }

  hear(peer: Peer, text: string | null): void {
    const fields = parseFields(text);
    if (fields === null) {
      peer.reply(error('Incorrect JSON format.'));
      return;
    }
    const channel = isFields(fields.data) ? fields.data.channel : undefined;
    switch (fields.event) {
      case 'bts:heartbeat':
        peer.reply('{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}');
        return;
      case 'bts:subscribe':
        this.#subscribe(peer, channel);
        return;
      case 'bts:unsubscribe':
        this.#unsubscribe(peer, channel);
        return;
      default:
        peer.reply(error('Unknown event.'));
    }
  }

  // A second subscription to the same channel is acknowledged again and changes nothing.
  #subscribe(peer: Peer, channel: unknown): void {
    const named = this.#named(channel);
    if (named === null || typeof channel !== 'string') {
      const isPrivate = typeof channel === 'string' && channel.startsWith('private-');
      peer.reply(isPrivate ? error('Connection is unauthorized.', UNAUTHORIZED) : error('Bad subscription string.'));
      return;
    }
    const { market } = this.#dialect;
    const fresh = named.kind !== null && market.listen(peer, channelOf(named.kind, named.symbol), channel);
    if (named.kind === null) peer.silent.add(channel);
    peer.reply(JSON.stringify({ event: 'bts:subscription_succeeded', channel, data: {} }));
    const state = market.states.get(named.symbol);
    if (!fresh || named.kind !== 'top' || state === undefined) return;
    market.player.anchor(state);
    market.tell(peer, channel, topBookText(state));
  }

  #unsubscribe(peer: Peer, channel: unknown): void {
    const named = this.#named(channel);
    const held =
      named !== null &&
      typeof channel === 'string' &&
      (named.kind === null
        ? peer.silent.delete(channel)
        : this.#dialect.market.unlisten(peer, channelOf(named.kind, named.symbol), channel));
    if (held) peer.reply(JSON.stringify({ event: 'bts:unsubscription_succeeded', channel, data: {} }));
    else peer.reply(error('Bad subscription string.'));
  }

  #named(channel: unknown): Named | null {
    const match = typeof channel === 'string' ? CHANNEL.exec(channel) : null;
    const kind = match === null ? undefined : CHANNELS.get(match[1]);
    if (match === null || kind === undefined || !this.#dialect.market.states.has(match[2])) return null;
    return { kind, symbol: match[2] };
  }
}

function error(message: string, code: number | null = null): string {
  return JSON.stringify({ event: 'bts:error', channel: '', data: { code, message } });
}
