/** A subscription in the venue's terms. */
export interface Subscription {
  readonly type: string;
  readonly coin: string;
  /** Of candles. */
  readonly interval: string | null;
}

/**
 * The name this product gives a subscription: `l2Book:BTC`, `candle:1m:kPEPE`. Coins may hold colons of their own
 * (`xyz:TSLA`), so the coin stands last.
 */
export function streamName({ type, coin, interval }: Subscription): string {
  return interval === null ? `${type}:${coin}` : `${type}:${interval}:${coin}`;
}

/** The subscription behind a name that `streamName` made. */
export function subscriptionOf(name: string): Subscription {
  const [type, ...rest] = name.split(':');
  if (type !== 'candle') return { type, coin: rest.join(':'), interval: null };
  const [interval, ...coin] = rest;
  return { type, coin: coin.join(':'), interval };
}
