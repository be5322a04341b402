import { MAX_LEVELS } from '../book/level-list.ts';
import { arrayOf, type JsonObject, textOf } from '../json.ts';
import type { DecodeScratch } from './decode-scratch.ts';
import { checkDecimal, checkPositive, pushLevels, Refusal, scaleFigures, wantInteger } from './strict-fields.ts';
import type { DecodeSink } from './venue.ts';

/** Levels a side of the stream of whole books. */
const WHOLE_DEPTH = 20;

/** Read the levels of a side onto the ends of two lists. @throws Refusal when one is malformed */
export function wantPairs(body: JsonObject, key: string, prices: string[], sizes: string[]): void {
  const pairs = arrayOf(body.get(key));
  if (pairs === undefined) throw new Refusal(`${key} is not an array`);
  if (pairs.length > MAX_LEVELS) throw new Refusal(`${key} holds more than ${MAX_LEVELS} levels`);
  for (const item of pairs) {
    const pair = arrayOf(item);
    if (pair === undefined || pair.length !== 2) throw new Refusal(`a level of ${key} is not a pair`);
    prices.push(checkPositive(textOf(pair[0]), 'price'));
    sizes.push(checkDecimal(textOf(pair[1]), 'size'));
  }
}

/** Read a whole book: its best levels, and the id they are of. It says neither its symbol nor its time. */
export function decodeWholeBook(
  { body, sink, scratch }: { readonly body: JsonObject; readonly sink: DecodeSink; readonly scratch: DecodeScratch },
  symbol: string,
): void {
  const { book } = scratch;
  const sequence = wantInteger(body, 'lastUpdateId');
  const prices: string[] = [];
  const sizes: string[] = [];
  wantPairs(body, 'bids', prices, sizes);
  const bids = prices.length;
  wantPairs(body, 'asks', prices, sizes);
  if (sizes.some((size) => Number(size) === 0)) throw new Refusal('a level without size in a whole book');
  const scaled = scaleFigures(sink, symbol, { prices, sizes });
  if (scaled === null) {
    sink.ignored(false);
    return;
  }
  book.sequence = sequence;
  book.eventTime = 0;
  book.depth = WHOLE_DEPTH;
  book.bids.clear();
  book.asks.clear();
  pushLevels(book.bids, scaled, 0, bids);
  pushLevels(book.asks, scaled, bids, prices.length);
  sink.book(symbol, book);
}
