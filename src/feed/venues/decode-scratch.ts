import { BUYER } from '@/market/trade.ts';
import { LevelList } from '../book/level-list.ts';
import { type Diff, NO_SEQUENCE, type Statement, type StreamBook, type TradeEvent } from './venue.ts';

/** What a decoder fills and hands to its sink, again and again. */
export interface DecodeScratch {
  readonly diff: Diff;
  readonly trade: TradeEvent;
  readonly book: StreamBook;
  readonly statement: Statement;
}

/** Scratch of one decoder. */
export function makeScratch(): DecodeScratch {
  return {
    diff: {
      first: 0,
      last: 0,
      previous: -1,
      eventTime: 0,
      bids: new LevelList(),
      asks: new LevelList(),
      checksum: null,
    },
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
      idText: '',
      initial: false,
    },
    book: {
      sequence: NO_SEQUENCE,
      eventTime: 0,
      bids: new LevelList(),
      asks: new LevelList(),
      checksum: null,
      depth: 0,
    },
    statement: { sequence: NO_SEQUENCE, time: 0, bids: new LevelList(), asks: new LevelList(), hasSizes: false },
  };
}
