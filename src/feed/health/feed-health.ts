import { CHANNELS, type Channel, type ChannelStatus, isCurrent } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { FeedReport, LogSeverity, StateLine } from '@/protocol/health.ts';
import type { EventLog } from './event-log.ts';
import { GapList } from './gap-list.ts';
import { plainText } from './plain-text.ts';
import { RateMeter } from './rate-meter.ts';
import type { FeedRecorder } from './recorder.ts';
import { SlicedHistogram } from './sliced-histogram.ts';
import { StateTrack } from './state-track.ts';
import { breakWords, lossWords, stateWords } from './state-words.ts';
import { Tally } from './tally.ts';

/** Totals of one feed, read once a second. */
export interface FeedSample {
  readonly messages: number;
  readonly bytes: number;
  /** Trades known to be lost and not fetched. */
  readonly missing: number;
  /** The smallest difference of our clock and the venue's in the last minute, ms; not finite while unknown. */
  readonly offsetMs: number;
  /** How far that may be wrong, ms; null while nobody can say. */
  readonly offsetErrorMs: number | null;
  readonly auditsAgreed: number;
  readonly auditsCompared: number;
}

/** What a feed is, for its report. */
export interface FeedKind {
  readonly simulated: boolean;
  readonly local: boolean;
}

/** Why a book broke: the cause as the continuity machine names it, and what the log of it says. */
export interface Break {
  readonly cause: string;
  readonly detail: string;
  /** The venue's numbers, where the break is one of numbers. */
  readonly expected?: string;
  readonly got?: string;
  readonly missing?: number;
}

const OF_TRADES = 'trades';
/** Rebuilding for these is no break in what came: the states tell of it. */
const NO_BREAK: ReadonlySet<string> = new Set(['connection', 'snapshot', 'overflow']);
const NUMBERS = /(?:expected|checksum) (-?\d{1,24})(?: stated)?, (?:got )?(-?\d{1,24})/;

const EMPTY: FeedSample = {
  messages: 0,
  bytes: 0,
  missing: 0,
  offsetMs: Number.NaN,
  offsetErrorMs: null,
  auditsAgreed: 0,
  auditsCompared: 0,
};

/**
 * The record of one feed's health. It is told of what is rare (states, breaks, refusals); what is frequent it reads
 * once a second, or counts by one increment (`lag`). It decides nothing.
 */
export class FeedHealth implements FeedRecorder {
  /** Lag of each diff and trade, ms. */
  readonly lag: SlicedHistogram;
  private readonly tracks: Readonly<Record<Channel, StateTrack>>;
  private readonly gaps = new GapList();
  private readonly resyncs = new Tally();
  private readonly rejects = new Tally();
  private readonly rate = new RateMeter();
  private sample = EMPTY;
  private readAt: Millis;
  private attempt = 0;
  /** Channels whose trouble was told although the book had none. */
  private readonly told = new Set<Channel>();

  constructor(
    readonly id: InstrumentId,
    private readonly since: Millis,
    private readonly log: EventLog,
  ) {
    this.lag = new SlicedHistogram(since);
    this.readAt = since;
    this.tracks = {
      book: new StateTrack(),
      trades: new StateTrack(),
      candles: new StateTrack(),
      ticker: new StateTrack(),
    };
  }

  /** A channel's state was worked out anew: the same as before is no news. */
  observe(channel: Channel, status: ChannelStatus, now: Millis): void {
    const track = this.tracks[channel];
    const { state: before, since: beganAt } = track;
    const isNew = track.to(status.state, now);
    if (channel === 'book') this.observeBook(status, now, isNew);
    else if (!isNew) return;
    if (!isNew || !this.mayTell(channel, status)) return;
    const words = stateWords(status, { before, lastedMs: before === null ? 0 : now - beganAt });
    if (words) this.tell(now, words.severity, channel === 'book' ? words.text : `${channel}: ${words.text}`);
  }

  /** The book lost its proof. */
  broke({ cause, detail, expected, got, missing }: Break, now: Millis): void {
    this.resyncs.add(cause);
    if (NO_BREAK.has(cause)) return;
    const numbers = expected === undefined ? NUMBERS.exec(detail) : null;
    const from = plainText(expected ?? numbers?.[1] ?? '');
    const to = plainText(got ?? numbers?.[2] ?? '');
    const lost = missing ?? lostBetween(from, to, cause);
    this.gaps.add({ at: now, cause, expected: from, got: to, missing: lost });
    // Numbers stand in the table of gaps, where they can be compared.
    this.tell(now, 'warn', breakWords(cause, to === '' ? detail : '', lost));
  }

  /** Trades `from` to `to`, both included, did not come. */
  lostTrades(from: number, to: number, now: Millis): void {
    const missing = to - from + 1;
    this.gaps.add({ at: now, cause: OF_TRADES, expected: String(from), got: String(to + 1), missing });
    this.tell(now, 'warn', lossWords(missing));
  }

  /** No trade is missing any more; said once, however often it is so. */
  tradesWhole(now: Millis): void {
    const healed = this.gaps.heal(now, (cause) => cause === OF_TRADES);
    if (healed > 0) this.tell(now, 'info', 'every missing trade was fetched');
  }

  /** A message was refused. */
  rejected(reason: string, now: Millis): void {
    const name = this.rejects.add(plainText(reason));
    this.tell(now, 'error', `message refused: ${name}`);
  }

  /** Something else worth a line: a finer step, a deeper snapshot, a second source that disagreed. */
  note(text: string, now: Millis, severity: LogSeverity = 'info'): void {
    this.tell(now, severity, text);
  }

  /** Once a second: read the totals. */
  second(sample: FeedSample, now: Millis): void {
    this.rate.read(sample.messages, sample.bytes, now - this.readAt);
    this.readAt = now;
    this.lag.tick(now);
    if (sample.missing === 0) this.tradesWhole(now);
    this.sample = sample;
  }

  /** Everything is to be told again. */
  retell(): void {
    for (const channel of CHANNELS) this.tracks[channel].isUntold = true;
    this.gaps.isUntold = true;
  }

  report({ simulated, local }: FeedKind, now: Millis): FeedReport {
    const { messages, bytes, peak } = this.rate.rates();
    const lagCounts = this.lag.sum();
    const lines = this.takeLines(now);
    const gaps = this.gaps.isUntold ? this.gaps.all() : undefined;
    this.gaps.isUntold = false;
    return {
      id: this.id,
      simulated,
      local,
      since: this.since,
      messagesPerSecond: messages,
      bytesPerSecond: bytes,
      peakMessages: peak,
      lag: this.lag.quantiles(lagCounts),
      lagCounts,
      clockOffsetMs: Number.isFinite(this.sample.offsetMs) ? this.sample.offsetMs : null,
      clockErrorMs: this.sample.offsetErrorMs,
      resyncs: this.resyncs.entries(),
      rejects: this.rejects.entries(),
      auditsAgreed: this.sample.auditsAgreed,
      auditsCompared: this.sample.auditsCompared,
      ...(lines && { lines }),
      ...(gaps && { gaps }),
    };
  }

  private observeBook(status: ChannelStatus, now: Millis, isNew: boolean): void {
    if (isNew && isCurrent(status.state)) this.gaps.heal(now, (cause) => cause !== OF_TRADES);
    if (status.attempt > 1 && status.attempt > this.attempt && status.retryAt > now) {
      const wait = ((status.retryAt - now) / 1_000).toFixed(1);
      this.tell(now, 'info', `next try in ${wait} s, attempt ${status.attempt}`);
    }
    this.attempt = status.attempt;
  }

  /** Channels fall and rise with the book: of another only trouble of its own is told, and its end. */
  private mayTell(channel: Channel, { state }: ChannelStatus): boolean {
    if (channel === 'book') return true;
    if (isCurrent(state)) return this.told.delete(channel);
    const book = this.tracks.book.state;
    const isOwn =
      (state === 'stale' || state === 'rejected' || state === 'blocked') && book !== null && isCurrent(book);
    if (isOwn) this.told.add(channel);
    return isOwn;
  }

  private takeLines(now: Millis): Partial<Record<Channel, StateLine>> | undefined {
    const lines: Partial<Record<Channel, StateLine>> = {};
    let isAny = false;
    for (const channel of CHANNELS) {
      const track = this.tracks[channel];
      if (!track.isUntold) continue;
      track.isUntold = false;
      lines[channel] = track.line(now);
      isAny = true;
    }
    return isAny ? lines : undefined;
  }

  private tell(at: Millis, severity: LogSeverity, text: string): void {
    this.log.add({ at, subject: this.id, severity, text });
  }
}

/** Diffs between two numbers of a gap; null where the numbers do not say. */
function lostBetween(expected: string, got: string, cause: string): number | null {
  if (cause !== 'gap' || !/^\d{1,15}$/.test(expected) || !/^\d{1,15}$/.test(got)) return null;
  const lost = Number(got) - Number(expected);
  return lost > 0 ? lost : null;
}
