import type { RecordedKind } from './binance-recording';

/** What is added to the numbers of a recorded message before it goes out. All zero: the text is sent as recorded. */
export interface Shift {
  /** ms onto every venue time. */
  readonly time: number;
  /** onto update ids. */
  readonly book: number;
  /** onto trade ids. */
  readonly trade: number;
  /** onto aggregate ids. */
  readonly aggregate: number;
}

const DEPTH = /"(E|T|U|u|pu)":(\d+)/g;
const TICKER = /"(E|T|u)":(\d+)/g;
const TRADE = /"(E|T|t)":(\d+)/g;
const AGGREGATE = /"(E|T|a|f|l)":(\d+)/g;
const DAY = /"(E|O|C|F|L)":(\d+)/g;
const TIMES = /"(E|T|O|C)":(\d+)/g;

/** Moves a recorded payload to its place on the wire: times by the clock, ids by the laps gone by. */
export function rewrite(kind: RecordedKind, text: string, shift: Shift): string {
  if (shift.time === 0 && shift.book === 0 && shift.trade === 0 && shift.aggregate === 0) return text;
  switch (kind) {
    case 'depth':
      return rewriteHead(text, shift);
    case 'bookTicker':
      return text.replace(TICKER, (_, key, digits) => `"${key}":${+digits + (key === 'u' ? shift.book : shift.time)}`);
    case 'trade':
      return text.replace(TRADE, (_, key, digits) => `"${key}":${+digits + (key === 't' ? shift.trade : shift.time)}`);
    case 'aggTrade':
      return text.replace(AGGREGATE, (_, key, digits) => `"${key}":${+digits + aggregateShift(key, shift)}`);
    case 'ticker':
      return text.replace(
        DAY,
        (_, k, digits) => `"${k}":${+digits + (k === 'F' || k === 'L' ? shift.trade : shift.time)}`,
      );
    case 'raw':
    case 'partial':
    case 'kline':
      return text;
    default:
      return text.replace(TIMES, (_, key, digits) => `"${key}":${+digits + shift.time}`);
  }
}

/** Millisecond times as microseconds, for sockets opened with `timeUnit=MICROSECOND`. */
export function toMicroseconds(text: string): string {
  return text.replace(/"(E|T|O|C|t)":(\d{13})\b/g, '"$1":$2000');
}

// Levels are most of a diff and hold no numbers to move: only what stands before the first side is scanned. Where a
// side comes first (not seen in a recording) the whole text is.
function rewriteHead(text: string, shift: Shift): string {
  const side = text.indexOf(':[');
  const head = side < 0 ? '' : text.slice(0, side);
  const move = (_: string, key: string, digits: string): string =>
    `"${key}":${+digits + (key === 'E' || key === 'T' ? shift.time : shift.book)}`;
  if (!head.includes('"u":')) return text.replace(DEPTH, move);
  return head.replace(DEPTH, move) + text.slice(side);
}

function aggregateShift(key: string, shift: Shift): number {
  if (key === 'a') return shift.aggregate;
  return key === 'f' || key === 'l' ? shift.trade : shift.time;
}
