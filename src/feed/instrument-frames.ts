import type { ChannelStatus } from '@/market/feed-state.ts';
import type { WantedBook } from '@/protocol/command.ts';
import type { InstrumentFrame } from '@/protocol/frame.ts';
import type { BookFeed } from './book-feed.ts';
import type { ChannelStates } from './channel-states.ts';
import type { FeedContext } from './feed-context.ts';
import { type Counted, countersOf } from './instrument-counts.ts';
import type { InstrumentListing } from './instrument-listing.ts';
import type { TickerFeed } from './ticker-feed.ts';
import type { TradeFeed } from './trade-feed.ts';

/** What the frames of one instrument are made of. */
export interface FrameParts {
  readonly book: BookFeed;
  readonly trade: TradeFeed;
  readonly ticker: TickerFeed;
  readonly listing: InstrumentListing;
  readonly states: ChannelStates;
  readonly counts: Counted;
  /** How often the lines of the venue were opened again. */
  reconnects(): number;
}

/** Makes one instrument's part of a frame: the present, and of what is large only what is new. */
export class InstrumentFrames {
  /** A state or a figure that the page does not have yet. */
  statusDirty = true;

  constructor(
    private readonly context: FeedContext,
    private readonly parts: FrameParts,
  ) {}

  /** Events, states or figures that the page does not have yet. */
  get isDirty(): boolean {
    const { listing, ticker, book, trade } = this.parts;
    return this.statusDirty || listing.isDirty || ticker.isDirty || book.isDirty || trade.isDirty;
  }

  /** This instrument's part of the next frame. */
  take(wanted: WantedBook | null): InstrumentFrame {
    const { parts } = this;
    // Whatever happened since the last look at the states: a frame never says more than is true now.
    parts.states.refreshLive(this.context.clock.now());
    const passed = parts.book.channel.takePassed();
    if (passed) return this.ofPassed(passed);
    const { epoch } = this.context.grid();
    const prints = parts.trade.takePrints(epoch);
    const candles = parts.trade.takeCandles(epoch);
    const book = parts.book.takeFrame(wanted);
    const gaps = parts.trade.takeGaps();
    const ticker = parts.ticker.takeFrame(epoch);
    const frame: InstrumentFrame = {
      id: this.context.id,
      status: parts.states.status(),
      counters: countersOf(parts.counts, parts.reconnects()),
      trades: parts.trade.ledger.totals(),
      lastTrade: parts.trade.ledger.lastTrade(),
      ...(parts.listing.isDirty && { info: parts.listing.info() }),
      ...(book && { book }),
      ...(prints && { prints }),
      ...(candles.length > 0 && { candles }),
      ...(ticker && { ticker }),
      ...(gaps && { gaps }),
    };
    parts.listing.isDirty = false;
    this.statusDirty = false;
    parts.trade.tradesDirty = false;
    parts.book.countersDirty = false;
    return frame;
  }

  /** The book was lost and found between two frames: that is told, without a picture, before the present is. */
  private ofPassed(book: ChannelStatus): InstrumentFrame {
    const { states, counts, trade } = this.parts;
    this.statusDirty = true;
    return {
      id: this.context.id,
      status: { ...states.status(), book },
      counters: countersOf(counts, this.parts.reconnects()),
      trades: trade.ledger.totals(),
      lastTrade: trade.ledger.lastTrade(),
    };
  }
}
