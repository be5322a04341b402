export type StreamKind =
  | 'depth'
  | 'partial'
  | 'trade'
  | 'aggTrade'
  | 'bookTicker'
  | 'kline'
  | 'ticker'
  | 'miniTicker'
  | 'markPrice';

/** What a stream name asks for, the speed suffix left out. */
export interface Stream {
  readonly kind: StreamKind;
  /** Upper case; `*` for an all-market stream. */
  readonly symbol: string;
  /** Kline interval or partial-depth level count. */
  readonly detail: string;
  /** Equal for all names that mean the same data. */
  readonly channel: string;
}

const SHAPES: readonly (readonly [RegExp, StreamKind])[] = [
  [/^depth(?:@(?:0|100|250|500|1000)ms)?$/, 'depth'],
  [/^depth(5|10|20)(?:@(?:100|250|500|1000)ms)?$/, 'partial'],
  [/^trade$/, 'trade'],
  [/^aggTrade$/, 'aggTrade'],
  [/^bookTicker$/, 'bookTicker'],
  [/^kline_(1s|1m|3m|5m|15m|30m|1h|2h|4h|6h|8h|12h|1d|3d|1w|1M)$/, 'kline'],
  [/^ticker$/, 'ticker'],
  [/^miniTicker$/, 'miniTicker'],
  [/^markPrice(?:@1s)?$/, 'markPrice'],
];

const ALL_MARKET: Readonly<Record<string, StreamKind>> = {
  '!bookTicker': 'bookTicker',
  '!ticker@arr': 'ticker',
  '!miniTicker@arr': 'miniTicker',
  '!markPrice@arr': 'markPrice',
  '!markPrice@arr@1s': 'markPrice',
};

/** Null for a name the venue would acknowledge and never send anything for. */
export function parseStream(name: string): Stream | null {
  const everything = ALL_MARKET[name];
  if (everything !== undefined) return stream(everything, '*', '');
  const at = name.indexOf('@');
  if (at <= 0) return null;
  const symbol = name.slice(0, at);
  if (symbol !== symbol.toLowerCase()) return null;
  const rest = name.slice(at + 1);
  for (const [shape, kind] of SHAPES) {
    const match = shape.exec(rest);
    if (match) return stream(kind, symbol.toUpperCase(), match[1] ?? '');
  }
  return null;
}

export function channelOf(kind: StreamKind, symbol: string, detail = ''): string {
  return `${symbol}@${kind}${detail === '' ? '' : `_${detail}`}`;
}

/** Which of the two futures paths serves a stream; asked for on the other one it stays silent. */
export function futuresPath(kind: StreamKind): 'public' | 'market' {
  return kind === 'depth' || kind === 'partial' || kind === 'bookTicker' || kind === 'trade' ? 'public' : 'market';
}

function stream(kind: StreamKind, symbol: string, detail: string): Stream {
  return { kind, symbol, detail, channel: channelOf(kind, symbol, detail) };
}
