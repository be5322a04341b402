import { performance } from 'node:perf_hooks';
import type { BinanceDerived } from './binance-derived';
import type { BinanceMarket } from './binance-market';
import type { BinanceRequests } from './binance-requests';
import { toMicroseconds } from './binance-rewrite';
import { futuresPath, parseStream } from './binance-streams';
import type { Peer } from './hub';
import type { RestRequest, Upgrade } from './venue-protocol';

const SPOT = { perSecond: 5, streams: 1024, pingMs: 20_000, pongMs: 60_000 };
const FUTURES = { perSecond: 10, streams: 200, pingMs: 180_000, pongMs: 600_000 };
const DAY_MS = 86_400_000;
const CONNECTS = { most: 300, withinMs: 300_000 };

/** After the last change of subscriptions, so that a page's second SUBSCRIBE is not too late for the first message. */
const QUIET_MS = 50;
/** Without a snapshot asked for by then, the replay starts all the same. */
const SNAPSHOT_GRACE_MS = 300;
/** Without a book subscribed by then too. */
const BOOK_GRACE_MS = 1_000;

interface Session {
  readonly path: 'public' | 'market' | 'any';
  readonly micro: boolean;
  combined: boolean;
  readonly heard: number[];
}

/** The stream sockets' side of the protocol: paths, subscriptions, acknowledgements, limits, heartbeats. */
export class BinanceSockets {
  readonly #market: BinanceMarket;
  readonly #derived: BinanceDerived;
  readonly #requests: BinanceRequests;
  readonly #limits: typeof SPOT;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #connects: number[] = [];
  #starter: NodeJS.Timeout | null = null;
  #firstAt = Number.NaN;
  #changedAt = Number.NaN;

  constructor(market: BinanceMarket, derived: BinanceDerived, requests: BinanceRequests) {
    this.#market = market;
    this.#derived = derived;
    this.#requests = requests;
    this.#limits = market.futures ? FUTURES : SPOT;
    this.#heartbeat = setInterval(() => this.#beat(), 1_000);
    this.#heartbeat.unref();
  }

  upgrade(request: RestRequest): Upgrade {
    const { path, query } = request;
    // Request sockets open even under a ban: their answers say until when it lasts.
    if (this.#requests.isRequestPath(path)) return { accept: (peer) => this.#openRequests(peer) };
    const route = this.#route(path);
    if (route === null) return { refuse: 404 };
    const refusal = this.#requests.refusal() ?? this.#tooManyConnects();
    if (refusal !== null) return refusal;
    const names = route.inPath ?? query.get('streams')?.split('/') ?? [];
    const micro = !this.#market.futures && /^microsecond$/i.test(query.get('timeUnit') ?? '');
    const session: Session = { path: route.path, micro, combined: route.combined, heard: [] };
    return {
      accept: (peer) =>
        this.#open(
          peer,
          session,
          names.filter((name) => name !== ''),
        ),
    };
  }

  dispose(): void {
    clearInterval(this.#heartbeat);
    if (this.#starter !== null) clearInterval(this.#starter);
  }

  #route(path: string): { path: Session['path']; combined: boolean; inPath: string[] | null } | null {
    const match = /^(?:\/(public|market))?\/(ws|stream)(?:\/(.*))?$/.exec(path);
    if (match === null) return null;
    const [, side, way, rest] = match;
    // Futures streams are split over two paths and spot's are not; the unrouted futures paths were retired.
    if ((side === undefined) === this.#market.futures) return null;
    if (way === 'stream' && rest !== undefined && rest !== '') return null;
    const inPath = way === 'ws' ? (rest ?? '').split('/').map(decode) : null;
    return { path: (side as 'public' | 'market' | undefined) ?? 'any', combined: way === 'stream', inPath };
  }

  #tooManyConnects(): Upgrade | null {
    if (!this.#market.around.settings.limits) return null;
    const now = performance.now();
    while (this.#connects.length > 0 && this.#connects[0] < now - CONNECTS.withinMs) this.#connects.shift();
    this.#connects.push(now);
    return this.#connects.length > CONNECTS.most ? { refuse: 429, headers: { 'Retry-After': '60' } } : null;
  }

  #open(peer: Peer, session: Session, names: readonly string[]): void {
    peer.dress = (name, text) => {
      const body = session.micro ? toMicroseconds(text) : text;
      return session.combined ? `{"stream":${JSON.stringify(name)},"data":${body}}` : body;
    };
    peer.onMessage = (text) => this.#hear(peer, session, text);
    peer.onControl = () => this.#count(peer, session);
    this.#subscribe(peer, session, names);
  }

  #openRequests(peer: Peer): void {
    peer.takesMarket = false;
    peer.onMessage = (text) => {
      void this.#requests.overSocket(text).then((answer) => peer.reply(answer));
    };
  }

  #count(peer: Peer, session: Session): boolean {
    const now = performance.now();
    peer.lastHeard = now;
    while (session.heard.length > 0 && session.heard[0] <= now - 1_000) session.heard.shift();
    session.heard.push(now);
    if (session.heard.length <= this.#limits.perSecond) return true;
    peer.close(1008, 'Too many requests');
    return false;
  }

  #hear(peer: Peer, session: Session, text: string | null): void {
    if (!this.#count(peer, session)) return;
    const request = text === null ? null : parseRequest(text);
    if (request === null) {
      const column = text === null ? 1 : text.length;
      peer.reply(JSON.stringify({ code: 3, msg: `Invalid JSON: expected value at line 1 column ${column}` }));
      return;
    }
    peer.reply(this.#obey(peer, session, request));
  }

  #obey(peer: Peer, session: Session, request: Record<string, unknown>): string {
    const { id = null, method, params } = request;
    if (!isId(id)) return failure(2, 'Invalid request: request ID must be an unsigned integer or a short string');
    if (typeof method !== 'string') return failure(2, 'Invalid request: missing field `method`', id);
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        return this.#change(peer, session, method, params, id);
      case 'LIST_SUBSCRIPTIONS':
        return JSON.stringify({ result: subscriptions(peer), id });
      case 'SET_PROPERTY':
      case 'GET_PROPERTY':
        return property(session, method, params, id);
      default:
        return failure(
          2,
          `Invalid request: unknown variant \`${method}\`, expected one of \`SUBSCRIBE\`, \`UNSUBSCRIBE\`, \`LIST_SUBSCRIPTIONS\`, \`SET_PROPERTY\`, \`GET_PROPERTY\``,
          id,
        );
    }
  }

  #change(peer: Peer, session: Session, method: string, params: unknown, id: unknown): string {
    if (!Array.isArray(params)) return failure(2, 'Invalid request: missing field `params`', id);
    if (!params.every((name) => typeof name === 'string')) {
      return failure(2, 'Invalid request: invalid type, expected a string', id);
    }
    if (method === 'UNSUBSCRIBE') this.#unsubscribe(peer, params);
    else {
      const wanted = new Set([...subscriptions(peer), ...params]);
      if (wanted.size > this.#limits.streams) {
        return failure(2, `Invalid request: at most ${this.#limits.streams} streams in one connection`, id);
      }
      this.#subscribe(peer, session, params);
    }
    return JSON.stringify({ result: null, id });
  }

  #subscribe(peer: Peer, session: Session, names: readonly string[]): void {
    for (const name of names) {
      const stream = parseStream(name);
      const served = stream !== null && (session.path === 'any' || session.path === futuresPath(stream.kind));
      if (!served || (session.path === 'any' && stream.kind === 'markPrice')) peer.silent.add(name);
      else {
        const held = peer.names.get(stream.channel);
        if (held === undefined) peer.names.set(stream.channel, new Set([name]));
        else held.add(name);
      }
    }
    if (names.length === 0) return;
    this.#derived.refresh();
    this.#arm();
  }

  #unsubscribe(peer: Peer, names: readonly string[]): void {
    for (const name of names) {
      peer.silent.delete(name);
      const channel = parseStream(name)?.channel ?? '';
      const held = peer.names.get(channel);
      held?.delete(name);
      if (held?.size === 0) peer.names.delete(channel);
    }
    this.#derived.refresh();
  }

  // The replay begins with the first subscriber, when it has said all it wants and asked for its first snapshot.
  #arm(): void {
    const { replay } = this.#market.around;
    if (replay.state !== 'waiting') return;
    const now = performance.now();
    if (Number.isNaN(this.#firstAt)) this.#firstAt = now;
    this.#changedAt = now;
    this.#starter ??= setInterval(() => this.#startWhenReady(), 10);
  }

  #startWhenReady(): void {
    const { replay, hub } = this.#market.around;
    const now = performance.now();
    const quiet = now - this.#changedAt >= QUIET_MS;
    const book = [...this.#market.symbols].some((symbol) => hub.wants(`${symbol}@depth`));
    const asked = this.#market.anyAsked || now - this.#changedAt >= SNAPSHOT_GRACE_MS;
    const late = now - this.#firstAt >= BOOK_GRACE_MS;
    if (!late && !(quiet && book && asked)) return;
    if (this.#starter !== null) clearInterval(this.#starter);
    this.#starter = null;
    replay.start();
  }

  #beat(): void {
    const now = performance.now();
    for (const peer of this.#market.around.hub.peers) {
      if (now - peer.lastPing >= this.#limits.pingMs) peer.ping();
      if (now - peer.lastPong >= this.#limits.pingMs + this.#limits.pongMs) peer.close(1008, 'Pong timeout');
      if (Date.now() - peer.openedAt >= DAY_MS) peer.close(1001, 'Connection is 24 hours old');
    }
  }
}

function subscriptions(peer: Peer): string[] {
  return [...[...peer.names.values()].flatMap((names) => [...names]), ...peer.silent];
}

function property(session: Session, method: string, params: unknown, id: unknown): string {
  const [name, value] = Array.isArray(params) ? params : [];
  if (typeof name !== 'string') return failure(2, 'Invalid request: missing property name', id);
  if (name !== 'combined') return failure(0, `Unknown property: ${name}`, id);
  if (method === 'GET_PROPERTY') return JSON.stringify({ result: session.combined, id });
  if (typeof value !== 'boolean') return failure(1, 'Invalid value type: expected Boolean', id);
  session.combined = value;
  return JSON.stringify({ result: null, id });
}

function failure(code: number, msg: string, id?: unknown): string {
  return JSON.stringify(id === undefined ? { code, msg } : { code, msg, id });
}

function isId(id: unknown): boolean {
  return (
    id === null || (typeof id === 'number' && Number.isSafeInteger(id)) || (typeof id === 'string' && id.length <= 36)
  );
}

function parseRequest(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
