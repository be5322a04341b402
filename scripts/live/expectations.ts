import type { VenueId } from '@/market/instrument.ts';

/** What a live check needs to know of a venue. */
export interface Expectation {
  /** A busy symbol in the venue's own spelling. */
  readonly symbol: string;
  /** How a message names its kind. */
  readonly kind: RegExp;
  /** What our notes say and nobody has confirmed: to be held against the recording by eye. */
  readonly unconfirmed: readonly string[];
}

/** By venue. The demo exchange needs no confirmation. */
export const EXPECTATIONS: Readonly<Record<Exclude<VenueId, 'demo'>, Expectation>> = {
  binance: {
    symbol: 'BTCUSDT',
    kind: /"stream":"[^"@]*@([^"]+)"/,
    unconfirmed: ['partial depth carries no symbol of its own', 'the request socket serves trades.aggregate'],
  },
  'binance-usdm': {
    symbol: 'BTCUSDT',
    kind: /"stream":"[^"@]*@([^"]+)"/,
    unconfirmed: ['the methods of ws-fapi', 'the futures stream @trade'],
  },
  coinbase: {
    symbol: 'BTC-USD',
    kind: /"type":"([^"]+)"/,
    unconfirmed: [
      'heartbeat and its last_trade_id',
      'best sizes in the ticker',
      'the name of the batched channel in the acknowledgement',
      'texts of errors, /stats and /time',
    ],
  },
  kraken: {
    symbol: 'BTC/USD',
    kind: /"(?:channel|method)":"([^"]+)"/,
    unconfirmed: [
      'how many bars the ohlc snapshot holds, and what its timestamp means',
      'where weeks begin',
      'whether refusals repeat req_id',
      'trades over HTTP from a page',
    ],
  },
  bybit: {
    symbol: 'BTCUSDT',
    kind: /"(?:topic":"([a-zA-Z]+(?:\.\d+)?)|op":"[a-z]+)/,
    unconfirmed: [
      'a wrong topic fails the whole request',
      'levels pushed out of the depth are deleted',
      'the open of a bar',
    ],
  },
  'bybit-linear': {
    symbol: 'BTCUSDT',
    kind: /"(?:topic":"([a-zA-Z]+(?:\.\d+)?)|op":"[a-z]+)/,
    unconfirmed: ['a wrong topic fails the whole request', 'levels pushed out of the depth are deleted'],
  },
  okx: {
    symbol: 'BTC-USDT',
    kind: /"channel":"([^"]+)"/,
    unconfirmed: [
      'whether the first book is still pushed',
      'whether checksum is 0, absent or right',
      'count in trades',
      'requests from a page',
    ],
  },
  bitstamp: {
    symbol: 'btcusd',
    kind: /"channel":"([a-z_]+)_[a-z0-9]+"/,
    unconfirmed: [
      'microtimestamp of order_book_*, and that it meets those of the diffs',
      'the answer to bts:heartbeat and to an unsubscription',
      'that an unknown market is refused',
    ],
  },
  hyperliquid: {
    symbol: 'BTC',
    kind: /"channel":"([^"]+)"/,
    unconfirmed: ['the plain text after opening', 'weights of candleSnapshot'],
  },
  deribit: {
    symbol: 'BTC-PERPETUAL',
    kind: /"channel":"([a-z_.]+)\.[A-Z]/,
    unconfirmed: ['how many channels one call may name', 'how many rows of history one call gives'],
  },
};
