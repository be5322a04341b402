import type { Side } from './book-side';

/** How an order behaves: take what is there, rest what is left at a limit, or only ever rest. */
export type OrderKind = 'market' | 'limit' | 'post-only';

/** `gtc` rests until cancelled, `ioc` never rests, `fok` fills whole at once or not at all. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok';

/**
 * A new order. `id` is chosen by the sender and must be unused among open orders; `owner` is any number.
 * `ticks` (a positive integer of price steps) is needed by all but `market`, which ignores it; `lots` is a positive
 * integer of size steps. A `limit` defaults to `gtc`; `market` is always `ioc` or `fok`; `post-only` is always `gtc`.
 */
export interface OrderRequest {
  readonly id: number;
  readonly owner: number;
  readonly side: Side;
  readonly kind: OrderKind;
  readonly ticks?: number;
  readonly lots: number;
  readonly timeInForce?: TimeInForce;
}

/** Why an order, a cancel or an amendment was refused. A refusal changes nothing. */
export type RejectReason =
  | 'duplicate-id'
  | 'unknown-order'
  | 'not-owner'
  | 'size-not-positive'
  | 'size-off-step'
  | 'size-too-large'
  | 'price-missing'
  | 'price-not-positive'
  | 'price-off-step'
  | 'time-in-force'
  | 'would-cross'
  | 'no-liquidity'
  | 'nothing-to-amend';

/** One execution between a resting order (maker) and an arriving one (taker), at the maker's price. */
export interface Fill {
  readonly tradeId: number;
  readonly ticks: number;
  readonly lots: number;
  readonly aggressor: 'buyer' | 'seller';
  readonly makerId: number;
  readonly makerOwner: number;
  /** Lots of the maker still open after this fill; 0 means it is done. */
  readonly makerOpenLots: number;
  readonly takerId: number;
  readonly takerOwner: number;
}

/** A refusal, with its reason. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly id: number;
  readonly reason: RejectReason;
}

/** The order was taken: filled as listed, `openLots` now rest, `cancelledLots` went nowhere. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly id: number;
  readonly fills: readonly Fill[];
  readonly openLots: number;
  readonly cancelledLots: number;
}

/** The order is gone; `cancelledLots` were still open. */
export interface Cancelled {
  readonly kind: 'cancelled';
  readonly id: number;
  readonly cancelledLots: number;
}

/** The order changed; `keptPriority` tells whether it kept its place in the queue. */
export interface Amended {
  readonly kind: 'amended';
  readonly id: number;
  readonly keptPriority: boolean;
  readonly fills: readonly Fill[];
  readonly openLots: number;
  readonly cancelledLots: number;
}

/** An order resting in the book. */
export interface OpenOrder {
  readonly id: number;
  readonly owner: number;
  readonly side: Side;
  readonly ticks: number;
  readonly openLots: number;
  readonly postOnly: boolean;
}
