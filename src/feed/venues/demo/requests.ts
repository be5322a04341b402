import { isInterval } from './bars';
import type { Floor, Stall } from './floor';
import { demoInstruments, findInstrument } from './instruments';
import { aggTradeRow, createDigits, dayTickerRow, instrumentText, klineRow, levelsText, tradeRow } from './wire';

/** What the request API needs to know and do. */
export interface RequestRoom {
  readonly floor: Floor;
  /** Venue time in ms, maybe fractional. */
  now(): number;
}

/** A refusal in the venue's words. */
class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

type Params = Readonly<Record<string, unknown>>;
/** Answers with the text of a result. */
type Method = (params: Params, stall: Stall) => string;

/** Request weights of the venue, spent against 6,000 a minute; the simulated exchange counts but never bans. */
const weights: Readonly<Record<string, number>> = {
  exchangeInfo: 20,
  'trades.recent': 25,
  'trades.historical': 25,
  'trades.aggregate': 4,
  klines: 2,
  'ticker.24hr': 2,
};

const marketMethods: Readonly<Record<string, Method>> = {
  depth: answerDepth,
  klines: answerKlines,
  'trades.recent': answerRecentTrades,
  'trades.historical': answerHistoricalTrades,
  'trades.aggregate': answerAggregates,
  'ticker.24hr': (_params, stall) => dayTickerRow(stall.market.instrument.symbol, digitsOf(stall), stall.market.day()),
};

/**
 * The request API of one exchange, `…/ws-api/v3`.
 * @returns a function that takes a request's text and answers through `reply`, at once or when its market is ready
 */
export function createRequestApi(room: RequestRoom): (text: string, reply: (text: string) => void) => void {
  let minute = -1;
  let spent = 0;
  const spend = (method: string, params: Params): string => {
    const now = Math.floor(room.now() / 60_000);
    if (now !== minute) spent = 0;
    minute = now;
    spent += method === 'depth' ? depthWeight(params.limit) : Object.hasOwn(weights, method) ? weights[method] : 1;
    return `[{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":${spent}}]`;
  };
  return (text, reply) => {
    const request = readRequest(text);
    const limits = spend(request.method, request.params);
    const refuse = (error: Refusal): void => {
      const body = `{"code":${error.code},"msg":${JSON.stringify(error.message)}}`;
      reply(`{"id":${request.id},"status":400,"error":${body},"rateLimits":${limits}}`);
    };
    const answer = (make: () => string): void => {
      const outcome = attempt(make);
      if (typeof outcome !== 'string') refuse(outcome);
      else reply(`{"id":${request.id},"status":200,"result":${outcome},"rateLimits":${limits}}`);
    };
    if (request.fault !== null) {
      refuse(request.fault);
      return;
    }
    if (!Object.hasOwn(marketMethods, request.method)) {
      answer(() => answerGeneral(request.method, request.params, room));
      return;
    }
    const stall = attempt(() => readStall(request.params, room));
    if (stall instanceof Refusal) refuse(stall);
    else stall.whenReady(() => answer(() => marketMethods[request.method](request.params, stall)));
  };
}

/** Runs what may refuse; anything but a refusal is a fault of ours and goes on up. */
function attempt<T>(make: () => T): T | Refusal {
  try {
    return make();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

interface ReadRequest {
  /** JSON text of the id. */
  readonly id: string;
  readonly method: string;
  readonly params: Params;
  readonly fault: Refusal | null;
}

function readRequest(text: string): ReadRequest {
  const value = parseJson(text);
  const bare = { id: 'null', method: '', params: {} };
  if (!isRecord(value)) return { ...bare, fault: new Refusal(-1135, 'Invalid JSON in request; expected an object.') };
  const id = readId(value.id);
  if (id === null) return { ...bare, fault: new Refusal(-1135, "Invalid 'id' in JSON request.") };
  if (typeof value.method !== 'string') {
    return { ...bare, id, fault: new Refusal(-1135, "Invalid 'method' in JSON request; expected a string.") };
  }
  const params = value.params ?? {};
  if (!isRecord(params)) {
    const fault = new Refusal(-1135, "Invalid 'params' in JSON request; expected an object.");
    return { id, method: value.method, params: {}, fault };
  }
  return { id, method: value.method, params, fault: null };
}

/** JSON value of a text, or undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON text of a valid id (an integer, a text of at most 36 characters, null or none), or null for an invalid one. */
export function readId(id: unknown): string | null {
  if (id === undefined || id === null) return 'null';
  if (typeof id === 'string') return id.length <= 36 ? JSON.stringify(id) : null;
  return Number.isSafeInteger(id) ? `${id}` : null;
}

function answerGeneral(method: string, params: Params, room: RequestRoom): string {
  switch (method) {
    case 'ping':
      return '{}';
    case 'time':
      return `{"serverTime":${Math.floor(room.now())}}`;
    case 'exchangeInfo':
      return answerExchangeInfo(params, room);
    default:
      throw new Refusal(-1020, 'This operation is not supported.');
  }
}

function answerExchangeInfo(params: Params, room: RequestRoom): string {
  const asked = params.symbols ?? (params.symbol === undefined ? undefined : [params.symbol]);
  if (asked !== undefined && (!Array.isArray(asked) || asked.length === 0)) throw malformed('symbols');
  const chosen =
    asked === undefined
      ? demoInstruments
      : asked.map((symbol: unknown) => {
          const instrument = typeof symbol === 'string' ? findInstrument(symbol) : undefined;
          if (instrument === undefined) throw new Refusal(-1121, 'Invalid symbol.');
          return instrument;
        });
  const symbols = chosen.map(instrumentText).join(',');
  return `{"timezone":"UTC","serverTime":${Math.floor(room.now())},"rateLimits":[],"exchangeFilters":[],"symbols":[${symbols}]}`;
}

function answerDepth(params: Params, stall: Stall): string {
  const limit = Math.min(5000, readInteger(params, 'limit', 1) ?? 100);
  const { engine } = stall.market;
  const digits = digitsOf(stall);
  const bids: number[] = [];
  const asks: number[] = [];
  engine.eachLevel('bid', limit, (ticks) => bids.push(ticks));
  engine.eachLevel('ask', limit, (ticks) => asks.push(ticks));
  const bidsText = levelsText(digits, bids, (ticks) => engine.lotsAt('bid', ticks));
  const asksText = levelsText(digits, asks, (ticks) => engine.lotsAt('ask', ticks));
  return `{"lastUpdateId":${engine.updateId},"bids":${bidsText},"asks":${asksText}}`;
}

function answerKlines(params: Params, stall: Stall): string {
  const { interval } = params;
  if (typeof interval !== 'string') throw malformed('interval');
  if (!isInterval(interval)) throw new Refusal(-1120, 'Invalid interval.');
  const from = readInteger(params, 'startTime', 0);
  const to = readInteger(params, 'endTime', 0) ?? Number.POSITIVE_INFINITY;
  const limit = Math.min(1000, readInteger(params, 'limit', 1) ?? 500);
  const { market } = stall;
  const digits = digitsOf(stall);
  const bars = market.candles.range(interval, from, to, limit, market.time);
  return `[${bars.map((bar) => klineRow(digits, interval, bar)).join(',')}]`;
}

function answerRecentTrades(params: Params, stall: Stall): string {
  const limit = Math.min(1000, readInteger(params, 'limit', 1) ?? 500);
  return tradeRows(stall, stall.market.tape.nextId - limit, limit);
}

function answerHistoricalTrades(params: Params, stall: Stall): string {
  const limit = Math.min(1000, readInteger(params, 'limit', 1) ?? 500);
  return tradeRows(stall, readInteger(params, 'fromId', 0) ?? stall.market.tape.nextId - limit, limit);
}

function tradeRows(stall: Stall, from: number, limit: number): string {
  const { tape } = stall.market;
  const digits = digitsOf(stall);
  const rows: string[] = [];
  const first = Math.max(from, tape.oldestId);
  for (let id = first; id < tape.nextId && rows.length < limit; id++) {
    const trade = tape.trade(id);
    if (trade !== null) rows.push(tradeRow(digits, trade));
  }
  return `[${rows.join(',')}]`;
}

function answerAggregates(params: Params, stall: Stall): string {
  const limit = Math.min(1000, readInteger(params, 'limit', 1) ?? 500);
  const fromId = readInteger(params, 'fromId', 0);
  const startTime = readInteger(params, 'startTime', 0);
  const endTime = readInteger(params, 'endTime', 0) ?? Number.POSITIVE_INFINITY;
  const { tape } = stall.market;
  const digits = digitsOf(stall);
  const isLatest = fromId === null && startTime === null;
  const last = tape.aggregateIdOf(tape.nextId - 1);
  const rows: string[] = [];
  for (let id = tape.firstTradeOf(fromId ?? (isLatest ? last - limit + 1 : 0)); rows.length < limit; ) {
    const aggregate = tape.aggregateOf(id);
    if (aggregate === null || aggregate.time > endTime) break;
    if (aggregate.time >= (startTime ?? 0)) rows.push(aggTradeRow(digits, aggregate));
    id = aggregate.lastId + 1;
  }
  return `[${rows.join(',')}]`;
}

function readStall(params: Params, room: RequestRoom): Stall {
  if (typeof params.symbol !== 'string' || params.symbol === '') throw malformed('symbol');
  const stall = room.floor.stall(params.symbol, room.now());
  if (stall === null) throw new Refusal(-1121, 'Invalid symbol.');
  return stall;
}

function readInteger(params: Params, name: string, least: number): number | null {
  const value = params[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
  }
  return value;
}

function malformed(name: string): Refusal {
  return new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

function digitsOf(stall: Stall) {
  return createDigits(stall.market.instrument);
}

function depthWeight(limit: unknown): number {
  if (typeof limit !== 'number' || limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}
