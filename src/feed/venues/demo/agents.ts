import type { Side } from './book-side';
import type { FairValue } from './fair-value';
import type { Fill } from './order';
import { createCrowd, createJoiner, createMakers, type Desk, drawLots, owners } from './quoting';

/** Share of the messages that are trades, held over any half minute. */
const TRADE_SHARE = 0.25;
/** Milliseconds between two makers bringing their quotes to the fair value. */
const MAKER_TURN_MS = 16;
/** Orders cancelled at once when the fair value has run through them. */
const MOST_PULLED = 60;

const NO_FILLS: readonly Fill[] = [];

/** The simulated participants of one market. */
export interface Agents {
  /** Furnishes the empty book. */
  open(): void;
  /**
   * Lets `ms` of venue time pass and somebody act.
   * @param now venue time
   * @returns the fills of the taker's order, if one was sent, at most `maxFills`
   */
  act(ms: number, now: number, maxFills: number): readonly Fill[];
  /** Changes the size at one of the best prices, whatever happens. */
  flicker(): void;
  /** Sees to it that both sides have a quote. */
  refurnish(): void;
  /** Counts a message that went out, so that trades keep their share. */
  count(isTrade: boolean): void;
}

export function createAgents(desk: Desk, fair: FairValue, rate: number): Agents {
  const { engine, random, instrument } = desk;
  const makers = createMakers(desk);
  const crowd = createCrowd(desk);
  const joiner = createJoiner(desk);
  const debtSpan = Math.max(6, rate * 0.6);
  let makerDue = 0;
  let tradeDebt = 0;
  let lastSide: Side = 'bid';

  const middle = (): number => {
    const bid = engine.bestTicks('bid');
    const ask = engine.bestTicks('ask');
    return bid === 0 || ask === 0 ? bid + ask || fair.ticks : (bid + ask) / 2;
  };

  const throughSide = (): Side | null => {
    const bid = engine.bestTicks('bid');
    const ask = engine.bestTicks('ask');
    if (ask !== 0 && ask < fair.ticks - 0.4) return 'ask';
    return bid !== 0 && bid > fair.ticks + 0.4 ? 'bid' : null;
  };

  const send = (side: Side, limit: number, lots: number, maxFills: number): readonly Fill[] => {
    const reachable = engine.reachableLots(side === 'bid' ? 'ask' : 'bid', limit, maxFills);
    if (reachable === 0) return NO_FILLS;
    const result = engine.submit({
      id: desk.nextId(),
      owner: owners.taker,
      side,
      kind: 'limit',
      timeInForce: 'ioc',
      ticks: limit,
      lots: Math.min(lots, reachable),
    });
    return result.kind === 'accepted' ? result.fills : NO_FILLS;
  };

  /** Trades come larger in a wild market, since their number is held to their share of the messages. */
  const eagerness = (): number => fair.regime * (0.3 + 0.5 * fair.regime) * (0.7 + 2.4 * fair.excitement);

  /** Someone takes what the fair value has left behind. */
  const pickOff = (stale: Side, maxFills: number): readonly Fill[] => {
    const side = stale === 'ask' ? 'bid' : 'ask';
    const limit = side === 'bid' ? Math.floor(fair.ticks) : Math.ceil(fair.ticks);
    lastSide = side;
    return send(side, limit, drawLots(desk, instrument.takeLots * 4 * eagerness(), 1), maxFills);
  };

  const take = (maxFills: number): readonly Fill[] => {
    const pull = (fair.ticks - middle()) * 0.08 + (fair.pending > 0 ? 0.12 : fair.pending < 0 ? -0.12 : 0);
    const herd = lastSide === 'bid' ? 0.14 : -0.14;
    const side = random.next() - 0.5 < Math.max(-0.42, Math.min(0.42, pull + herd)) ? 'bid' : 'ask';
    lastSide = side;
    const isSweep = random.next() < 0.012 + 0.02 * fair.excitement;
    const give = isSweep ? 4 + Math.floor(0.1 * Math.abs(fair.pending)) : random.below(2);
    const best = engine.bestTicks(side === 'bid' ? 'ask' : 'bid');
    const limit = side === 'bid' ? best + give : Math.max(1, best - give);
    const median = instrument.takeLots * (isSweep ? 25 : eagerness());
    return send(side, limit, drawLots(desk, median, 1.2), maxFills);
  };

  /** Owners of quotes that the fair value has run through withdraw them; walls and people's orders stay to be hit. */
  const pullStale = (): void => {
    for (let pulled = 0; pulled < MOST_PULLED; pulled++) {
      const side = throughSide();
      const front = side === null ? null : engine.frontOrder(side);
      if (front === null || front.owner >= owners.wall) return;
      engine.cancel(front.id);
    }
  };

  const requote = (ms: number): void => {
    makerDue = Math.min(instrument.shape.makers, makerDue + ms / MAKER_TURN_MS);
    for (; makerDue >= 1; makerDue--) makers.turn(fair.ticks);
  };

  /** Somebody always quotes both sides; where a person's order stands in the way, the fair value goes to meet it. */
  const refurnish = (): void => {
    for (let tries = 0; tries < 40; tries++) {
      const bid = engine.bestTicks('bid');
      const ask = engine.bestTicks('ask');
      if (bid !== 0 && ask !== 0) return;
      if (tries > 0) fair.concede(bid === 0 ? ask - 1 : bid + 1, 0.5);
      makers.all(fair.ticks);
    }
  };

  /** A market held by an order too large to be taken drags the fair value along, in the end. */
  const concede = (ms: number): void => {
    const mid = middle();
    if (Math.abs(fair.ticks - mid) > 0.004 * mid + 20) fair.concede(mid, Math.min(1, ms / 10_000));
  };

  return {
    open() {
      makers.all(fair.ticks);
      crowd.open(fair.ticks);
      engine.forgetChanges();
    },
    act(ms, now, maxFills) {
      fair.advance(ms);
      refurnish();
      concede(ms);
      const stale = throughSide();
      const appetite = 0.1 + 0.3 * fair.excitement + (stale === null ? 0 : 0.35);
      let fills = NO_FILLS;
      if (random.next() < appetite * (1 - tradeDebt / debtSpan))
        fills = stale ? pickOff(stale, maxFills) : take(maxFills);
      pullStale();
      requote(ms);
      crowd.advance(ms, now, fair.ticks);
      refurnish();
      return fills;
    },
    refurnish,
    flicker() {
      joiner.flicker(random.next() < 0.5 ? 'bid' : 'ask');
    },
    count(isTrade) {
      tradeDebt = Math.max(-debtSpan, tradeDebt + (isTrade ? 1 : 0) - TRADE_SHARE);
    },
  };
}
