import { type JsonObject, objectOf, textOf } from '../json.ts';
import { MAX_SYMBOL, Refusal, wantText } from './strict-fields.ts';

/** Whose message it is and whether it changed a book, as far as that could be read. */
export interface Suspect {
  readonly symbol: string | null;
  readonly isDiff: boolean;
}

/** Characters searched for the symbol of a message that cannot be read. */
const SUSPECT_LENGTH = 1024;

/** Whose diff an unreadable text may have been, by what stands in its first characters. */
export function suspectText(text: string): Suspect {
  const head = text.slice(0, SUSPECT_LENGTH);
  const stream = /"stream":"([^"@\\]{1,64})@/.exec(head)?.[1];
  const symbol = /"s":"([^"\\]{1,64})"/.exec(head)?.[1] ?? stream?.toUpperCase() ?? null;
  return { symbol, isDiff: /"stream":"[^"@\\]{1,64}@depth|"depthUpdate"/.test(head) };
}

/** The same of a message that was read and then refused. */
export function suspectBody(body: JsonObject, stream: string | null): Suspect {
  const named = textOf(body.get('s')) ?? (stream?.includes('@') ? symbolPart(stream).toUpperCase() : null);
  return {
    symbol: named !== null && named.length <= MAX_SYMBOL ? named : null,
    isDiff: BOOK_KINDS.has(textOf(body.get('e')) ?? '') || BOOK_KINDS.has(streamKind(stream) ?? ''),
  };
}

/** Take the wrapping of a combined stream off. @throws Refusal when it is not one */
export function unwrap(root: JsonObject): { readonly body: JsonObject; readonly stream: string | null } {
  if (!root.has('stream')) return { body: root, stream: null };
  const stream = textOf(root.get('stream'));
  const body = objectOf(root.get('data'));
  if (stream === undefined || body === undefined) throw new Refusal('bad wrapping');
  return { body, stream };
}

const symbolPart = (stream: string): string => stream.slice(0, Math.max(0, stream.indexOf('@')));

/** Name given to the kind that states none: the best levels of a side, whole. */
export const WHOLE_BOOK = 'partialDepth';
/** Kinds without which the book cannot be trusted. */
const BOOK_KINDS: ReadonlySet<string> = new Set(['depthUpdate', WHOLE_BOOK]);

const STREAM_KINDS: ReadonlyMap<string, string> = new Map([
  ['depth', 'depthUpdate'],
  ['depth20', WHOLE_BOOK],
  ['trade', 'trade'],
  ['aggTrade', 'aggTrade'],
  ['bookTicker', 'bookTicker'],
  ['kline', 'kline'],
  ['ticker', '24hrTicker'],
  ['markPrice', 'markPriceUpdate'],
]);

/** The kind of message a stream carries: `btcusdt@depth@100ms` is depth. Null when its name says nothing we know. */
function streamKind(stream: string | null): string | null {
  const channel = stream?.split('@')[1]?.split('_')[0];
  return channel === undefined ? null : (STREAM_KINDS.get(channel) ?? null);
}

/**
 * The kind of a message, null when it states none. Spot's best price and whole books state none: they are known by their
 * stream or, a bare best price, by its update id coming first.
 * @throws Refusal when it is not what its stream carries
 */
export function wantKind(body: JsonObject, stream: string | null): string | null {
  const stated = body.get('e');
  if (stated !== undefined && typeof stated !== 'string') throw new Refusal('e is not a text');
  if (stated === WHOLE_BOOK) throw new Refusal('kind and shape differ');
  const carried = streamKind(stream);
  const isQuote = body.keys().next().value === 'u' || (stated === undefined && carried === 'bookTicker');
  const unstated = carried === WHOLE_BOOK ? WHOLE_BOOK : null;
  const kind = isQuote ? 'bookTicker' : (stated ?? unstated);
  if ((stated ?? kind) !== kind) throw new Refusal('kind and shape differ');
  if (carried !== null && kind !== carried) throw new Refusal('kind and stream differ');
  return kind;
}

/** The symbol of a message that only its stream names, in lower case. @throws Refusal when the stream names none */
export function wantStreamSymbol(stream: string | null): string {
  const name = stream === null ? '' : symbolPart(stream);
  if (name === '' || name.length > MAX_SYMBOL || name !== name.toLowerCase()) throw new Refusal('no symbol');
  return name.toUpperCase();
}

/** The symbol, which must be the one its stream is named for. @throws Refusal otherwise */
export function wantSymbol(body: JsonObject, stream: string | null): string {
  const symbol = wantText(body, 's');
  if (symbol.length > MAX_SYMBOL) throw new Refusal('symbol too long');
  if (stream !== null && symbolPart(stream) !== symbol.toLowerCase()) throw new Refusal('symbol and stream differ');
  return symbol;
}
