import { booleanOf, integerOf, type JsonObject, objectOf, textOf } from '../json.ts';
import type { KrakenMemory } from './kraken-memory.ts';
import {
  CLOCK_ANSWER,
  CLOCK_REQUEST,
  INSTRUMENT_ANSWER,
  INSTRUMENT_REQUEST,
  KRAKEN_INTERVALS,
  streamName,
} from './kraken-names.ts';
import { MAX_SYMBOL, Refusal } from './strict-fields.ts';
import type { DecodeSink } from './venue.ts';

const MAX_DETAIL = 300;
const MAX_BOOK_DEPTH = 1000;

/**
 * Read an answer to something we sent: the venue sends one for each symbol of a subscription.
 * Source: "Spot WebSocket v2" of Kraken's API centre, read 2026-07; refusals name the symbol they are about, but for
 * those about a whole message.
 * @throws Refusal when it is no answer
 */
export function decodeAnswer(root: JsonObject, text: string, sink: DecodeSink, memory: KrakenMemory): void {
  const method = textOf(root.get('method'));
  if (method === undefined) throw new Refusal('method is not a text');
  const id = requestId(root);
  if (method === 'pong') {
    if (id === String(CLOCK_REQUEST)) sink.control({ kind: 'response', id: CLOCK_ANSWER, status: 200, text });
    else sink.control({ kind: 'heartbeat' });
    return;
  }
  if (method !== 'subscribe' && method !== 'unsubscribe') {
    decodeComplaint(root, id, sink);
    return;
  }
  const succeeded = booleanOf(root.get('success'));
  if (succeeded === undefined) throw new Refusal('success is not true or false');
  // What was to end has ended, also when the venue knew nothing of it; what was begun again since has not.
  if (method === 'unsubscribe') sink.ignored(false);
  else if (succeeded) decodeBegin(root, id, sink, memory);
  else decodeRefusal(root, id, text, sink, memory);
}

/**
 * Read a message without channel and method. `{"Error":"Exceeded msg rate"}` names nobody: what it swallowed is asked
 * for again for want of an acknowledgement.
 */
export function decodeBare(root: JsonObject, sink: DecodeSink): void {
  sink.ignored(textOf(root.get('Error')) === undefined && textOf(root.get('error')) === undefined);
}

function decodeBegin(root: JsonObject, id: string | null, sink: DecodeSink, memory: KrakenMemory): void {
  const result = objectOf(root.get('result'));
  const channel = textOf(result?.get('channel'));
  if (result === undefined || channel === undefined) throw new Refusal('result names no channel');
  if (channel === 'instrument') {
    sink.ignored(false);
    return;
  }
  const symbol = symbolOf(result);
  const depth = integerOf(result.get('depth'));
  if (symbol !== null && channel === 'book' && depth !== undefined && depth > 0 && depth <= MAX_BOOK_DEPTH) {
    memory.acknowledged(symbol, depth);
  }
  if (symbol !== null) sink.control({ kind: 'ack', id, names: acknowledgedNames(channel, symbol, id, result, memory) });
  else if (id !== null) sink.control({ kind: 'ack', id });
  else sink.ignored(false);
}

/** Our names of what was acknowledged. Not every acknowledgement of candles states the interval. */
function acknowledgedNames(
  channel: string,
  symbol: string,
  id: string | null,
  result: JsonObject,
  memory: KrakenMemory,
): readonly string[] {
  if (channel !== 'ohlc') return [streamName(channel, symbol)];
  const minutes = integerOf(result.get('interval'));
  if (minutes !== undefined && KRAKEN_INTERVALS.has(minutes)) return [streamName(channel, symbol, minutes)];
  return memory.meant(id, symbol).filter((name) => name.startsWith('ohlc-'));
}

function decodeRefusal(
  root: JsonObject,
  id: string | null,
  text: string,
  sink: DecodeSink,
  memory: KrakenMemory,
): void {
  const detail = detailOf(root);
  if (id === String(INSTRUMENT_REQUEST)) {
    sink.control({ kind: 'response', id: INSTRUMENT_ANSWER, status: 400, text });
    return;
  }
  const symbol = symbolOf(root) ?? /\S+\/\S+$/.exec(detail)?.[0] ?? null;
  const names = symbol === null ? undefined : memory.meant(id, symbol);
  // What is asked for twice and was had once is had.
  const kind = /^already subscribed/i.test(detail) ? 'ack' : 'refusal';
  if (kind === 'refusal') sink.control({ kind, id, detail, ...(names !== undefined && { names }) });
  else if (id === null && names === undefined) sink.ignored(false);
  else sink.control({ kind, id, ...(names !== undefined && { names }) });
}

/** `{"method":"error","error":"Malformed request"}` and whatever else complains without saying of what. */
function decodeComplaint(root: JsonObject, id: string | null, sink: DecodeSink): void {
  if (textOf(root.get('error')) === undefined) sink.ignored(true);
  else if (id === null) sink.ignored(false);
  else sink.control({ kind: 'refusal', id, detail: detailOf(root) });
}

const detailOf = (root: JsonObject): string => (textOf(root.get('error')) ?? 'no reason given').slice(0, MAX_DETAIL);

function symbolOf(body: JsonObject): string | null {
  const symbol = textOf(body.get('symbol'));
  return symbol !== undefined && symbol !== '' && symbol.length <= MAX_SYMBOL ? symbol : null;
}

function requestId(root: JsonObject): string | null {
  const id = integerOf(root.get('req_id'));
  return id === undefined ? null : String(id);
}
