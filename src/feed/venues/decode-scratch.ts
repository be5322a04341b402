import { BUYER } from '@/market/trade.ts';
import { LevelList } from '../book/level-list.ts';
import type { Diff, TradeEvent } from './venue.ts';

/** What a decoder fills and hands to its sink, again and again. */
export interface DecodeScratch {
  readonly diff: Diff;
  readonly trade: TradeEvent;
}

/** Scratch of one decoder. */
export function makeScratch(): DecodeScratch {
  return {
    diff: { first: 0, last: 0, previous: -1, eventTime: 0, bids: new LevelList(), asks: new LevelList() },
    trade: {
      id: 0,
      firstId: 0,
      ticks: 0,
      lots: 0,
      wideLots: 0n,
      aggressor: BUYER,
      time: 0,
      eventTime: 0,
      aggregated: false,
    },
  };
}
