import type { InstrumentInfo } from '@/market/instrument.ts';
import { stepTicks } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { BookFeed } from './book-feed.ts';
import type { FeedContext } from './feed-context.ts';
import type { TradeLedger } from './trade-ledger.ts';
import type { Listing } from './venues/venue.ts';

const LISTING_RETRY_MS = 30_000;
/** A listing is asked for again so often, while levels come that it does not explain. */
const LISTING_AGAIN_MS = 15_000;

/** What the venue's catalogue says of one instrument: its steps, units and whether it trades. */
export class InstrumentListing {
  private listing: Listing | null = null;
  private stepNow = 1;
  /** The venue's price step as told last; empty before it was. */
  private stepDeclared = '';
  private offGridAsked = 0;
  private askedAt: Millis = 0;
  /** The page does not have it yet. */
  isDirty = true;

  constructor(
    private readonly context: FeedContext,
    private readonly book: BookFeed,
    private readonly ledger: TradeLedger,
    private readonly isLocal: boolean,
  ) {}

  /** The price step, in ticks of the current grid; at least 1. */
  get step(): number {
    return this.stepNow;
  }

  /** The venue has said that the instrument trades. */
  get isTradable(): boolean {
    return this.listing?.tradable === true;
  }

  /** Ask for it, until there is an answer. What the venue does not list or trade is refused. */
  fetch(): void {
    const { venue, requests, symbol } = this.context;
    this.context.guard(requests.askOnce(venue.listingRequest(symbol)), (answer) => {
      const listing = answer.ok ? venue.readListing(answer.value, symbol) : null;
      if (answer.ok && !listing) this.book.refuse('unknown-symbol', `${venue.name} does not list ${symbol}`);
      else if (!answer.ok && answer.error.kind === 'unknown-symbol')
        this.book.refuse('unknown-symbol', answer.error.detail);
      else if (listing && !listing.tradable) this.book.refuse('unknown-symbol', `${symbol} is not trading now`);
      else if (listing) this.listed(listing);
      else this.context.later(LISTING_RETRY_MS, () => this.fetch());
    });
  }

  /** Look at the clock: the step may depend on the price, and the venue may have changed it. */
  tick(now: Millis): void {
    this.followStep();
    this.followListing(now);
  }

  /** The grid or the listing changed: work the step out anew. */
  restep(): void {
    this.isDirty = true;
    const info = this.info();
    this.stepNow = stepTicks(info);
    if (!this.listing) return;
    const before = this.stepDeclared;
    this.stepDeclared = info.priceStep;
    if (before === '' || before === info.priceStep) return;
    this.context.health.note(`price step ${before}, now ${info.priceStep}`, this.context.clock.now());
  }

  /** What the page is told of the instrument; before the listing is there, what its venue and grid say. */
  info(): InstrumentInfo {
    const { venue, id, symbol } = this.context;
    const { listing } = this;
    const grid = this.context.grid();
    const finest = (decimals: number): string => (decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`);
    return {
      id,
      venue: venue.id,
      symbol,
      venueName: venue.name,
      kind: listing?.kind ?? venue.kind,
      base: listing?.base ?? symbol,
      quote: listing?.quote ?? '',
      priceStep: listing?.priceStep ?? finest(grid.priceDecimals),
      ...(listing?.stepAt && { stepFollowsPrice: true }),
      sizeStep: listing?.sizeStep ?? finest(grid.lotDecimals),
      sizeUnit: listing?.sizeUnit ?? '',
      contract: listing?.contract ?? null,
      grid,
      simulated: venue.simulated,
      local: this.isLocal,
    };
  }

  private listed(listing: Listing): void {
    this.listing = listing;
    const decimals = (text: string): number => Math.max(0, text.replace(/\.?0+$/, '').split('.')[1]?.length ?? 0);
    this.context.refine(decimals(listing.priceStep), decimals(listing.sizeStep));
    this.restep();
    this.context.changed();
  }

  /** The increment may depend on the price. */
  private followStep(): void {
    if (!this.listing?.stepAt) return;
    const ticks = this.ledger.lastTrade()?.ticks ?? this.book.bestTicks;
    if (!(ticks > 0)) return;
    const step = this.listing.stepAt(ticks, this.context.grid().priceDecimals);
    if (step === this.listing.priceStep) return;
    this.listing = { ...this.listing, priceStep: step };
    this.restep();
    this.context.changed();
  }

  /** Levels finer than the declared step: perhaps it was changed. */
  private followListing(now: Millis): void {
    if (!this.listing || this.book.offGrid === this.offGridAsked || now - this.askedAt < LISTING_AGAIN_MS) return;
    this.offGridAsked = this.book.offGrid;
    this.askedAt = now;
    const { venue, requests, symbol } = this.context;
    this.context.guard(requests.askOnce(venue.listingRequest(symbol)), (answer) => {
      const listing = answer.ok ? venue.readListing(answer.value, symbol) : null;
      if (listing?.tradable && listing.priceStep !== this.listing?.priceStep && !listing.stepAt) this.listed(listing);
    });
  }
}
