import type { Interval } from '@/market/time.ts';
import type { Stream, StreamNeed } from './venue.ts';

/** Path of the one socket, which carries every stream and the list of instruments. */
export const KRAKEN_PATH = '/v2';
/** Levels a side asked for: the checksum proves ten, and each level below is one that nothing proves. */
export const KRAKEN_DEPTH = 100;
/** Our number of the request for the list of instruments; no subscription reaches it. */
export const INSTRUMENT_REQUEST = 900_000_001;
/** Key under which the list of instruments answers. */
export const INSTRUMENT_ANSWER = 'instrument';
/** The number of a ping that asks for the time; other pings have none. */
export const CLOCK_REQUEST = 900_000_002;
/** Key under which the venue's clock answers. */
export const CLOCK_ANSWER = 'clock';

/**
 * Intervals by the venue's minutes, shortest first. Its weeks (10080) begin on Thursday as its 15 days (21600) begin
 * anywhere, so neither is a bar of ours: weeks and months are folded from days.
 */
export const KRAKEN_INTERVALS: ReadonlyMap<number, Interval> = new Map([
  [1, '1m'],
  [5, '5m'],
  [15, '15m'],
  [30, '30m'],
  [60, '1h'],
  [240, '4h'],
  [1440, '1d'],
]);

const MINUTES: ReadonlyMap<Interval, number> = new Map(
  [...KRAKEN_INTERVALS].map(([minutes, interval]) => [interval, minutes]),
);

/** Names one subscription message may carry. */
const NAMES_A_MESSAGE = 50;

/** A stream's name taken apart. */
interface NameParts {
  readonly channel: string;
  /** Minutes of an `ohlc` stream, else null. */
  readonly minutes: number | null;
  readonly symbol: string;
}

/** Our name of a stream: `book:BTC/USD`, `ohlc-5:BTC/USD`. The venue has none, it repeats channel and symbol. */
export const streamName = (channel: string, symbol: string, minutes?: number): string =>
  `${minutes === undefined ? channel : `${channel}-${minutes}`}:${symbol}`;

/** Every name a symbol's streams can have. */
export function namesOf(symbol: string): string[] {
  const plain = ['book', 'trade', 'ticker'].map((channel) => streamName(channel, symbol));
  return [...plain, ...[...KRAKEN_INTERVALS.keys()].map((minutes) => streamName('ohlc', symbol, minutes))];
}

/** The streams that a need comes to. */
export function krakenStreams(need: StreamNeed): Stream[] {
  const { symbol } = need;
  const streams: Stream[] = [];
  if (need.book) streams.push({ name: streamName('book', symbol), path: KRAKEN_PATH, channel: 'book' });
  if (need.trades) streams.push({ name: streamName('trade', symbol), path: KRAKEN_PATH, channel: 'trades' });
  for (const interval of need.candles) {
    const minutes = MINUTES.get(interval);
    if (minutes === undefined) continue;
    streams.push({ name: streamName('ohlc', symbol, minutes), path: KRAKEN_PATH, channel: 'candles' });
  }
  if (need.ticker) streams.push({ name: streamName('ticker', symbol), path: KRAKEN_PATH, channel: 'ticker' });
  return streams;
}

/** Split names into what one message may carry: one channel, one interval, a bounded number of symbols. */
export function groupNames(names: readonly string[]): string[][] {
  const groups = new Map<string, string[][]>();
  for (const name of names) {
    const kind = name.slice(0, name.indexOf(':'));
    const lists = groups.get(kind) ?? [];
    const last = lists[lists.length - 1];
    if (last === undefined || last.length === NAMES_A_MESSAGE) lists.push([name]);
    else last.push(name);
    groups.set(kind, lists);
  }
  return [...groups.values()].flat();
}

/**
 * The message that begins or ends the streams of one group.
 * @param names  as `groupNames` grouped them; the first one's channel is everybody's
 * @param id     comes back with every answer, one per symbol
 */
export function subscription(method: 'subscribe' | 'unsubscribe', names: readonly string[], id: number): string {
  const { channel, minutes } = partsOf(names[0] ?? '');
  const params = {
    channel,
    symbol: names.map((name) => partsOf(name).symbol),
    ...(channel === 'book' && { depth: KRAKEN_DEPTH }),
    ...(minutes !== null && { interval: minutes }),
    ...(method === 'subscribe' && { snapshot: true }),
  };
  return JSON.stringify({ method, params, req_id: id });
}

function partsOf(name: string): NameParts {
  const colon = name.indexOf(':');
  const kind = name.slice(0, Math.max(0, colon));
  const symbol = name.slice(colon + 1);
  const [channel, minutes] = kind.split('-');
  return { channel, minutes: minutes === undefined ? null : Number(minutes), symbol };
}
