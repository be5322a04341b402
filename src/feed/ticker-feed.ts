import type { Millis } from '@/market/time.ts';
import type { TickerFrame } from '@/protocol/frame.ts';
import { ChannelState } from './channel.ts';
import type { FeedContext } from './feed-context.ts';
import type { TickerEvent } from './venues/venue.ts';

/** Slow figures may rightly stand so long. */
const QUIET_MS = 30_000;
const ASK_AHEAD = 0.6;

const NOTHING: Omit<TickerFrame, 'epoch'> = {
  lastTicks: null,
  changeTicks: null,
  changeBasisPoints: null,
  highTicks: null,
  lowTicks: null,
  volume: null,
  quoteVolume: null,
  markTicks: null,
  fundingRate: null,
  nextFundingAt: null,
};

/** The slow figures of one instrument, asked for once and then heard. */
export class TickerFeed {
  readonly channel: ChannelState;
  private figures = NOTHING;
  private askedAt: Millis = 0;
  isDirty = false;

  constructor(private readonly context: FeedContext) {
    const { venue, clock } = context;
    this.channel = new ChannelState(Math.max(QUIET_MS, venue.quietMs), clock.now(), venue.proof, () =>
      context.changed(),
    );
  }

  /** Ask for the figures of the day: the stream may be slow to say them. What the stream has said by then stands. */
  fetch(): void {
    this.ask((event) => {
      if (event && this.figures === NOTHING) this.take(event);
    });
  }

  /** Ask ahead of the deadline: figures of a thin market change rarely. */
  askEarly(now: Millis): void {
    const { liveness } = this.channel;
    const deadlineMs = liveness.deadlineMs(now);
    if (liveness.lastAt === 0 || now - liveness.lastAt < deadlineMs * ASK_AHEAD) return;
    if (now - this.askedAt < deadlineMs * (1 - ASK_AHEAD)) return;
    this.askedAt = now;
    const isAsked = this.ask((event) => {
      if (event) this.take(event);
    });
    // Subscribing again brings the figures where they cannot be asked for, or at least a sign that the stream is alive.
    if (!isAsked) this.context.resubscribe('ticker', true);
  }

  /** The venue acknowledged the subscription anew: it has nothing newer to say. */
  acknowledged(): void {
    this.channel.liveness.confirmed(this.context.clock.now());
  }

  private ask(use: (event: TickerEvent | null) => void): boolean {
    const { venue, symbol, requests } = this.context;
    const request = venue.tickerRequest(symbol);
    if (!request) return false;
    this.context.guard(requests.ask(request), (answer) => {
      use(answer.ok ? venue.readTicker(answer.value, this.context.grid()) : null);
      this.context.changed();
    });
    return true;
  }

  /** Some figures were stated; the others stay. */
  take(event: TickerEvent): void {
    const { eventTime, ...stated } = event;
    this.figures = { ...this.figures, ...stated };
    this.isDirty = true;
    this.channel.data(this.context.clock.now());
  }

  /** The grid became finer. */
  rescale(pricePower: number, lotPower: number): void {
    if (this.figures === NOTHING) return;
    const { lastTicks, changeTicks, highTicks, lowTicks, markTicks, volume } = this.figures;
    const scaled = (ticks: number | null): number | null => (ticks === null ? null : ticks * 10 ** pricePower);
    const lots = volume === null ? null : BigInt(volume) * 10n ** BigInt(lotPower);
    this.figures = {
      ...this.figures,
      lastTicks: scaled(lastTicks),
      changeTicks: scaled(changeTicks),
      highTicks: scaled(highTicks),
      lowTicks: scaled(lowTicks),
      markTicks: scaled(markTicks),
      volume: lots === null ? null : lots <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(lots) : lots.toString(),
    };
    this.isDirty = true;
  }

  /** What to send; null when nothing is new. */
  takeFrame(epoch: number): TickerFrame | null {
    if (!this.isDirty) return null;
    this.isDirty = false;
    return { ...this.figures, epoch };
  }
}
