import type { Side } from './book-side';
import type { Market } from './market';
import type { Accepted, Amended, Cancelled, Fill, OrderKind, Rejected, TimeInForce } from './order';
import { FIRST_TRADER } from './quoting';

/** A person's new order; see the engine's OrderRequest. `id` is the person's own and never used twice. */
export interface TraderOrder {
  readonly id: string;
  readonly side: Side;
  readonly kind: OrderKind;
  readonly ticks?: number;
  readonly lots: number;
  readonly timeInForce?: TimeInForce;
}

/** A person's order as it now rests, in ticks and lots. */
export interface TraderOpenOrder {
  readonly id: string;
  readonly side: Side;
  readonly ticks: number;
  readonly openLots: number;
}

/** One fill of a person's order. `time` is venue time in ms; `openLots` is what still rests of a maker's order. */
export interface TraderFill {
  readonly orderId: string;
  readonly tradeId: number;
  readonly time: number;
  readonly side: Side;
  readonly role: 'maker' | 'taker';
  readonly ticks: number;
  readonly lots: number;
  readonly openLots: number | null;
}

/** What an order led to, with the person's own id. */
export type TraderResult<T extends { readonly id: number }> = Omit<T, 'id'> & { readonly id: string };

/**
 * Order entry of one person into one running market. Orders take part in matching like any other: they show in the
 * book, in the diffs and on the tape. Nothing here throws; refusals are values with a reason.
 */
export interface OrderEntry {
  submit(order: TraderOrder): TraderResult<Accepted> | TraderResult<Rejected>;
  cancel(id: string): TraderResult<Cancelled> | TraderResult<Rejected>;
  amend(
    id: string,
    change: { readonly lots?: number; readonly ticks?: number },
  ): TraderResult<Amended> | TraderResult<Rejected>;
  /** Orders now resting, oldest first. */
  openOrders(): TraderOpenOrder[];
  /** Hears of every fill of this person's orders; answers how to stop. A listener may send orders. */
  onFill(listener: (fill: TraderFill) => void): () => void;
  /** Cancels what rests and stops listening. */
  dispose(): void;
}

/** Ids from here on belong to people; the agents count up from 1. */
const FIRST_PERSONAL_ID = 2 ** 48;
const ORDERS_PER_TRADER = 2 ** 32;

/** @param trader 0 for the first person of this market, 1 for the next, at most 1,000 */
export function createOrderEntry(market: Market, trader: number): OrderEntry {
  const owner = FIRST_TRADER + trader;
  let nextId = FIRST_PERSONAL_ID + trader * ORDERS_PER_TRADER;
  const engineIds = new Map<string, number>();
  const names = new Map<number, string>();
  const listeners = new Set<(fill: TraderFill) => void>();

  const tell = (fill: Fill, time: number, role: 'maker' | 'taker'): void => {
    const orderId = names.get(role === 'maker' ? fill.makerId : fill.takerId);
    if (orderId === undefined) return;
    const buys = (fill.aggressor === 'buyer') === (role === 'taker');
    const told: TraderFill = {
      orderId,
      tradeId: fill.tradeId,
      time,
      side: buys ? 'bid' : 'ask',
      role,
      ticks: fill.ticks,
      lots: fill.lots,
      openLots: role === 'maker' ? fill.makerOpenLots : null,
    };
    for (const listener of listeners) listener(told);
  };
  const stop = market.onFill((fill, time) => {
    if (fill.makerOwner === owner) tell(fill, time, 'maker');
    if (fill.takerOwner === owner) tell(fill, time, 'taker');
  });
  const refuse = (id: string, reason: Rejected['reason']): TraderResult<Rejected> => ({ kind: 'rejected', id, reason });

  return {
    submit(order) {
      if (engineIds.has(order.id)) return refuse(order.id, 'duplicate-id');
      const engineId = nextId++;
      engineIds.set(order.id, engineId);
      names.set(engineId, order.id);
      const result = market.enter((engine) => engine.submit({ ...order, id: engineId, owner }));
      if (result.kind === 'rejected') {
        engineIds.delete(order.id);
        names.delete(engineId);
      }
      return { ...result, id: order.id };
    },
    cancel(id) {
      const engineId = engineIds.get(id);
      if (engineId === undefined) return refuse(id, 'unknown-order');
      return { ...market.enter((engine) => engine.cancel(engineId, owner)), id };
    },
    amend(id, change) {
      const engineId = engineIds.get(id);
      if (engineId === undefined) return refuse(id, 'unknown-order');
      return { ...market.enter((engine) => engine.amend(engineId, change, owner)), id };
    },
    openOrders() {
      const open: TraderOpenOrder[] = [];
      for (const [id, engineId] of engineIds) {
        const order = market.engine.order(engineId);
        if (order !== null) open.push({ id, side: order.side, ticks: order.ticks, openLots: order.openLots });
      }
      return open;
    },
    onFill(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose() {
      for (const engineId of engineIds.values()) market.enter((engine) => engine.cancel(engineId, owner));
      stop();
      listeners.clear();
    },
  };
}
