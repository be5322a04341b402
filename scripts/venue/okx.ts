import { basename } from 'node:path';
import type { Capture, CaptureLine } from '../capture-file';
import {
  channelOf,
  type Derivation,
  type Dialect,
  type DiffIds,
  type Reading,
  type ReplayMessage,
  type Shift,
} from './dialect';
import type { Peer } from './hub';
import { OkxDerived } from './okx-derived';
import {
  bookText,
  type ChecksumStyle,
  levelsOf,
  OKX_CHANNELS,
  OKX_DEPTH,
  okxChecksum,
  readOkxTrades,
  rewritten,
  timeOf,
} from './okx-format';
import { OkxRequests } from './okx-requests';
import { OkxSockets } from './okx-sockets';
import type { ReplayMarket } from './replay-market';
import { recordedHosts, replayProtocol } from './replay-protocol';
import type { ReplaySymbol } from './replay-symbol';
import type { Level, TrueBook } from './true-book';
import { type RestAnswer, type RestRequest, type Upgrade, VenueError, type VenueProtocol } from './venue-protocol';
import { type Fields, isFields, parseFields, shiftWhole } from './wire-text';

const OKX_HOSTS = /^(?:ws|wspap|wseea|wsus|wseeapap|wsuspap)\.okx\.com$/;

type Sides = { readonly bids: readonly Level[]; readonly asks: readonly Level[] };

/** OKX v5: books of 400 levels that name the id before them, or of old carry a checksum alone. */
class OkxDialect implements Dialect {
  readonly venue = 'okx';
  readonly connects = { most: 3, withinMs: 1_000, status: 429 };
  readonly garbage = [
    '{"arg":{"channel":"books","instId":"NO-BODY"},"action":"update","data":[{"asks":null,"bids":[["1"]],"ts":"x"}]}',
    '{"arg":{"channel":"books","instId":"NO-BODY"},"action":"neither","data":{}}',
    '{"arg":{"channel":"trades","instId":"NO-BODY"},"data":[{"instId":"NO-BODY","px":"1e9","sz":"-0","side":"both"}]}',
    '{"event":"subscribe","arg":"everything"}',
    'pong pong',
  ];
  /** Rows of recorded `instruments` answers by their kind. */
  readonly instruments = new Map<string, Fields[]>();
  checksumStyle: ChecksumStyle = 'absent';
  readonly #last = new Map<string, number>();
  #numbered: boolean | null = null;
  #isPushed = false;
  #isAnswered = false;
  #derived: OkxDerived | null = null;
  #market: ReplayMarket | null = null;
  #sockets: OkxSockets | null = null;
  #requests: OkxRequests | null = null;

  get market(): ReplayMarket {
    if (this.#market === null) throw new VenueError('okx was used before it was opened.');
    return this.#market;
  }

  get derived(): OkxDerived {
    if (this.#derived === null) throw new VenueError('okx was used before it was opened.');
    return this.#derived;
  }

  /** Recordings from before the ids came have none. */
  get sequence(): 'ids' | 'none' {
    return this.#numbered === true ? 'ids' : 'none';
  }

  /** Where no book was pushed and one was answered, the venue is one that pushes none. */
  get snapshotBy(): 'subscription' | 'request' {
    return this.#isAnswered && !this.#isPushed ? 'request' : 'subscription';
  }

  get checksums(): boolean {
    return this.checksumStyle === 'real';
  }

  read(line: CaptureLine): readonly Reading[] {
    const fields = parseFields(line.m);
    // What is said to every socket: that the connection will soon be closed, and the like.
    if (fields?.event === 'notice') return [{ kind: 'other', symbol: '', channel: '', text: line.m }];
    const arg = isFields(fields?.arg) ? fields.arg : {};
    const { channel, instId: symbol } = arg;
    if (fields === null || typeof symbol !== 'string' || !Array.isArray(fields.data)) return [];
    const entry: Fields = isFields(fields.data[0]) ? fields.data[0] : {};
    const place = { symbol, text: line.m, ...timeOf(entry) };
    switch (channel) {
      case 'books':
        return [this.#readBook(line, fields, entry, symbol)];
      case 'trades':
        return readOkxTrades(line.m, fields.data, symbol);
      case 'tickers':
        return [{ ...place, kind: 'ticker' }];
      case 'bbo-tbt':
      case 'books5':
        return [{ ...place, kind: 'other', channel: channelOf(channel, symbol) }];
      // Moved in time, a bar would open in the middle of a minute: bars are always made of the trades.
      default:
        return [];
    }
  }

  readAnswer({ url = '', m }: CaptureLine): readonly Reading[] {
    const data = parseFields(m)?.data;
    if (!Array.isArray(data)) return [];
    const entries = data.filter(isFields);
    if (/\/api\/v5\/public\/instruments\b/.test(url)) this.#keepInstruments(entries);
    const symbol = /\/api\/v5\/market\/books\?(?:.*&)?instId=([^&]+)/.exec(url)?.[1];
    const entry = entries[0];
    if (symbol === undefined || entry === undefined) return [];
    const [bids, asks, last] = [levelsOf(entry.bids), levelsOf(entry.asks), entry.seqId];
    if (bids === null || asks === null || !Number.isSafeInteger(last)) return [];
    this.#isAnswered = true;
    this.#seeNumbering(true, symbol);
    return [{ kind: 'snapshot', symbol, text: m, ...timeOf(entry), bids, asks, last: last as number }];
  }

  depth(): number {
    return OKX_DEPTH;
  }

  enter(market: ReplayMarket): void {
    this.#market = market;
    this.#derived = new OkxDerived(market, this);
    this.#sockets = new OkxSockets(this);
    this.#requests = new OkxRequests(this);
  }

  notes(): readonly string[] {
    const notes: string[] = [];
    if (this.sequence === 'none') notes.push('the recording is older than sequence ids, so books are sent without');
    if (this.snapshotBy === 'request') notes.push('no book was pushed, so none is: it has to be requested');
    const listed = new Set([...this.instruments.values()].flat().map(({ instId }) => instId));
    const missing = this.market.symbols.filter((symbol) => !listed.has(symbol));
    if (missing.length > 0) notes.push(`${missing.join(' ')}: instruments are derived from the recorded digits`);
    return [
      ...notes,
      'orders a level are not kept: a book begins with one each',
      'bbo-tbt and books5, where not recorded, are derived from the true book',
      'candles, and tickers where not recorded, are derived from the trades so far and generated history',
    ];
  }

  refuse({ path }: RestRequest): Extract<Upgrade, { refuse: number }> | null {
    return Object.hasOwn(OKX_CHANNELS, path) ? null : { refuse: 404 };
  }

  open(peer: Peer, { path }: RestRequest): void {
    this.#sockets?.open(peer, path);
  }

  hear(peer: Peer, text: string | null): void {
    this.#sockets?.hear(peer, text);
  }

  left(peer: Peer): void {
    this.#sockets?.left(peer);
  }

  rest(request: RestRequest): RestAnswer | null {
    return this.#requests?.answer(request) ?? null;
  }

  banAnswer(): RestAnswer {
    return { status: 429, body: '{"code":"50011","data":[],"msg":"Too Many Requests"}' };
  }

  failure(): RestAnswer {
    return {
      status: 503,
      body: '{"code":"50001","data":[],"msg":"Service temporarily unavailable. Try again later."}',
    };
  }

  rewrite(message: ReplayMessage, shift: Shift): string {
    return rewritten(message, shift);
  }

  tradeId(id: string, shift: Shift): string {
    return shiftWhole(id, shift.trade);
  }

  snapshot(state: ReplaySymbol, book: TrueBook, now: number): string {
    const levels = { bids: book.levels('bid'), asks: book.levels('ask') };
    const ids = { last: book.sequence, previous: -1 };
    return this.#bookText('snapshot', state, levels, ids, now, okxChecksum(book));
  }

  diff(state: ReplaySymbol, levels: Sides, ids: DiffIds, now: number): string {
    return this.#bookText('update', state, levels, ids, now, okxChecksum(state.book));
  }

  checksum(state: ReplaySymbol): string {
    return okxChecksum(state.book);
  }

  derive(channel: string): Derivation | null {
    return this.derived.derive(channel);
  }

  moved(state: ReplaySymbol): void {
    this.derived.moved(state);
  }

  #bookText(
    action: 'snapshot' | 'update',
    { symbol }: ReplaySymbol,
    levels: Sides,
    ids: { readonly last: number; readonly previous: number },
    now: number,
    checksum: string,
  ): string {
    const style = this.checksumStyle;
    const carried = style === 'real' ? checksum : style === 'zero' ? '0' : null;
    return bookText(action, symbol, levels, now, carried, this.sequence === 'ids' ? ids : null);
  }

  #readBook(line: CaptureLine, { action }: Fields, entry: Fields, symbol: string): Reading {
    const [bids, asks] = [levelsOf(entry.bids), levelsOf(entry.asks)];
    const sides = bids === null || asks === null ? {} : { bids, asks };
    const kind = action === 'snapshot' ? 'snapshot' : 'diff';
    if (kind === 'snapshot') this.#isPushed = true;
    if (Number.isSafeInteger(entry.checksum)) this.#seeChecksum(entry.checksum as number);
    const isNumbered = Number.isSafeInteger(entry.seqId);
    if (kind === 'snapshot') this.#seeNumbering(isNumbered, symbol);
    // A message that cannot be read has still happened: it has the number of the one before.
    if (isNumbered) this.#last.set(symbol, entry.seqId as number);
    const last = this.#last.get(symbol);
    const ids = last === undefined ? {} : { last };
    return { kind, symbol, text: line.m, ...timeOf(entry), ...sides, ...ids };
  }

  /** @throws VenueError for recordings of both ages, since books are numbered at a venue or are not */
  #seeNumbering(isNumbered: boolean, symbol: string): void {
    this.#numbered ??= isNumbered;
    if (this.#numbered === isNumbered) return;
    const [has, other] = isNumbered ? ['has', 'lack'] : ['lacks', 'have'];
    throw new VenueError(
      `${symbol} ${has} sequence ids, which other books ${other}; play the one and the others apart.`,
    );
  }

  #seeChecksum(checksum: number): void {
    if (checksum !== 0) this.checksumStyle = 'real';
    else if (this.checksumStyle === 'absent') this.checksumStyle = 'zero';
  }

  #keepInstruments(entries: readonly Fields[]): void {
    for (const entry of entries) {
      const kind = String(entry.instType);
      const rows = this.instruments.get(kind);
      if (rows === undefined) this.instruments.set(kind, [entry]);
      else if (!rows.some(({ instId }) => instId === entry.instId)) rows.push(entry);
    }
  }
}

export type { OkxDialect };

/** OKX v5: spot, perpetuals and dated futures; candles over a socket path of their own. */
export const okx: VenueProtocol = replayProtocol(['okx'], detect, () => new OkxDialect());

/** @throws VenueError for a recording of the protocol before v5. */
function detect(capture: Capture): string | null {
  if (capture.header !== null) return capture.header.venue === 'okx' ? 'okx' : null;
  const hosts = recordedHosts(capture);
  if (hosts.some(({ host }) => /^real\.(?:okex|okx)\.com$/.test(host))) {
    throw new VenueError(`${basename(capture.file)} is of OKX's protocol before v5; this server speaks v5.`);
  }
  return hosts.some(({ host }) => OKX_HOSTS.test(host)) ? 'okx' : null;
}
