import type { DeribitDialect } from './deribit';
import { CallError, TOO_MANY } from './deribit-calls';
import { DERIBIT_RESOLUTIONS, renamed } from './deribit-format';
import { channelOf } from './dialect';
import type { Peer } from './hub';
import { type Fields, isFields, parseFields } from './wire-text';

const LOOK_EVERY_MS = 1_000;
const ANSWER_WITHIN_MS = 5_000;
const LEAST_HEARTBEAT_S = 10;
const MOST_CHANNELS = 500;
const CHANGES_BURST = 10;
const CHANGES_PER_MS = 3.3 / 1_000;
const UNAVAILABLE = 13028;

const PLAIN = /^(book|trades|ticker)\.([^.]+)\.(100ms|agg2)$/;
const GROUPED = /^book\.([^.]+)\.(none|1|2|5|10|25|100|250)\.(1|10|20)\.(?:100ms|agg2)$/;
const CHART = /^chart\.trades\.([^.]+)\.(\w+)$/;
const QUOTE = /^quote\.([^.]+)$/;
/** Public channels that nothing recorded could be made into. */
const SILENT =
  /^(?:platform_state(?:\.public_methods_state)?|announcements|(?:instrument\.state|perpetual|deribit_\w+|estimated_expiration_price|markprice\.options|block_rfq)\..+)$/;
const HUB_KINDS: Readonly<Record<string, string>> = { book: 'book', trades: 'trade', ticker: 'ticker' };

interface Session {
  readonly timer: NodeJS.Timeout;
  /** Seconds between heartbeats, 0 while none are wanted. */
  interval: number;
  beatAt: number;
  /** When it was asked whether it is there and has not answered; null otherwise. */
  testedAt: number | null;
  changes: number;
  countedAt: number;
}

/** The sockets' side of the protocol: calls with numbers, subscriptions, heartbeats that must be answered. */
export class DeribitSockets {
  readonly #dialect: DeribitDialect;
  readonly #sessions = new WeakMap<Peer, Session>();

  constructor(dialect: DeribitDialect) {
    this.#dialect = dialect;
  }

  open(peer: Peer): void {
    peer.dress = (name, text) => renamed(text, name);
    const timer = setInterval(() => this.#look(peer), LOOK_EVERY_MS);
    timer.unref();
    const now = performance.now();
    this.#sessions.set(peer, {
      timer,
      interval: 0,
      beatAt: now,
      testedAt: null,
      changes: CHANGES_BURST,
      countedAt: now,
    });
  }

  left(peer: Peer): void {
    const session = this.#sessions.get(peer);
    if (session !== undefined) clearInterval(session.timer);
  }

  hear(peer: Peer, text: string | null): void {
    const session = this.#sessions.get(peer);
    if (session === undefined) return;
    const fields = parseFields(text);
    const id = fields !== null && Number.isSafeInteger(fields.id) ? Number(fields.id) : null;
    if (fields === null) {
      peer.reply(this.#dialect.envelope(null, '"error":{"code":-32700,"message":"Parse error"}'));
      return;
    }
    const { method, params = {} } = fields;
    if (typeof method !== 'string' || !isFields(params)) {
      peer.reply(this.#dialect.envelope(id, '"error":{"code":-32600,"message":"Invalid Request"}'));
      return;
    }
    peer.reply(this.#dialect.envelope(id, this.#answer(peer, session, method, params)));
    // The first book of a channel follows the answer that grants it.
    for (const greet of this.#owed.splice(0)) greet();
  }

  readonly #owed: (() => void)[] = [];

  #answer(peer: Peer, session: Session, method: string, params: Fields): string {
    try {
      switch (method) {
        case 'public/subscribe':
          return `"result":${JSON.stringify(this.#subscribe(peer, session, params))}`;
        case 'public/unsubscribe':
          return `"result":${JSON.stringify(this.#unsubscribe(peer, session, params))}`;
        case 'public/unsubscribe_all':
          for (const [channel, names] of [...peer.names]) {
            for (const name of [...names]) this.#dialect.market.unlisten(peer, channel, name);
          }
          peer.silent.clear();
          return '"result":"ok"';
        case 'public/set_heartbeat':
          return this.#setHeartbeat(session, params);
        case 'public/disable_heartbeat':
          session.interval = 0;
          session.testedAt = null;
          return '"result":"ok"';
        default:
          return this.#call(session, method, params);
      }
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      return `"error":${error.text}`;
    }
  }

  #call(session: Session, method: string, params: Fields): string {
    if (method === 'public/test') session.testedAt = null;
    else if (this.#dialect.market.around.faults.takeFailure()) {
      throw new CallError(UNAVAILABLE, 'temporarily_unavailable');
    }
    const answer = this.#dialect.call(method, params);
    return 'error' in answer ? `"error":${answer.error}` : `"result":${answer.result}`;
  }

  #setHeartbeat(session: Session, { interval }: Fields): string {
    if (typeof interval !== 'number' || !(interval >= LEAST_HEARTBEAT_S)) {
      throw CallError.param('interval', `must be at least ${LEAST_HEARTBEAT_S}`);
    }
    session.interval = interval;
    session.beatAt = performance.now();
    session.testedAt = null;
    return '"result":"ok"';
  }

  /** What was granted; a channel that is not known or not allowed is left out without a word. */
  #subscribe(peer: Peer, session: Session, params: Fields): string[] {
    const names = this.#names(session, params);
    const { market } = this.#dialect;
    const granted: string[] = [];
    for (const name of names) {
      const channel = this.#channel(name);
      if (channel === null) {
        if (!SILENT.test(name)) continue;
        peer.silent.add(name);
      } else if (market.listen(peer, channel, name)) this.#owed.push(() => this.#dialect.greet(peer, channel, name));
      granted.push(name);
    }
    return granted.sort().reverse();
  }

  #unsubscribe(peer: Peer, session: Session, params: Fields): string[] {
    const names = this.#names(session, params);
    return names.filter((name) => {
      const channel = this.#channel(name);
      return channel === null ? peer.silent.delete(name) : this.#dialect.market.unlisten(peer, channel, name);
    });
  }

  #names(session: Session, { channels }: Fields): string[] {
    if (this.#dialect.market.around.settings.limits) {
      const now = performance.now();
      session.changes = Math.min(CHANGES_BURST, session.changes + (now - session.countedAt) * CHANGES_PER_MS);
      session.countedAt = now;
      if (session.changes < 1) throw new CallError(TOO_MANY, 'too_many_requests', { wait: 1 });
      session.changes--;
    }
    const isList = Array.isArray(channels) && channels.every((name) => typeof name === 'string');
    if (!isList || channels.length === 0 || channels.length > MOST_CHANNELS) throw CallError.param('channels');
    return [...new Set(channels as string[])];
  }

  /** The hub's channel behind a name; null for what is not served. Raw ones need a login. */
  #channel(name: string): string | null {
    const { states } = this.#dialect.market;
    const [, kind, plain] = PLAIN.exec(name) ?? [];
    if (kind !== undefined) return states.has(plain) ? channelOf(HUB_KINDS[kind], plain) : null;
    const [, symbol, group, depth] = GROUPED.exec(name) ?? [];
    if (symbol !== undefined) return states.has(symbol) ? channelOf('grouped', symbol, `${group}.${depth}`) : null;
    const [, charted, resolution] = CHART.exec(name) ?? [];
    if (charted !== undefined) {
      const isOffered = states.has(charted) && DERIBIT_RESOLUTIONS.has(resolution);
      return isOffered ? channelOf('chart', charted, resolution) : null;
    }
    const quoted = QUOTE.exec(name)?.[1];
    return quoted !== undefined && states.has(quoted) ? channelOf('quote', quoted) : null;
  }

  #look(peer: Peer): void {
    const session = this.#sessions.get(peer);
    if (session === undefined || session.interval === 0) return;
    const now = performance.now();
    if (this.#dialect.market.around.faults.silentUntil > now) {
      // What a silent venue could not be told does not count against anybody.
      session.testedAt = null;
      session.beatAt = now;
      return;
    }
    if (session.testedAt !== null && now - session.testedAt > ANSWER_WITHIN_MS) {
      peer.close(1000, 'Heartbeat unanswered');
      return;
    }
    if (session.testedAt !== null || now - session.beatAt < session.interval * 1_000) return;
    session.beatAt = now;
    session.testedAt = now;
    for (const type of ['heartbeat', 'test_request']) {
      peer.reply(`{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"${type}"}}`);
    }
  }
}
