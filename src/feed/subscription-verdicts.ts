import type { FaultKind } from '@/market/fault.ts';
import type { Line } from './connection.ts';
import type { InstrumentFeed } from './instrument-feed.ts';
import type { Stream, Venue } from './venues/venue.ts';

/** What a venue decided about the streams it was asked for, brought to the line that asked and to the instruments. */
export class SubscriptionVerdicts {
  constructor(
    private readonly venue: Venue,
    private readonly instruments: ReadonlyMap<string, InstrumentFeed>,
  ) {}

  /** The venue serves these streams. */
  acknowledged(line: Line | null, names: readonly string[]): void {
    line?.answered(names);
    for (const feed of this.instruments.values()) feed.acknowledged(names);
  }

  /** What was asked for and is not among the granted was refused without a word. */
  granted(line: Line | null, asked: readonly string[], names: readonly string[], detail: string): void {
    const refused = asked.filter((name) => !names.includes(name));
    this.acknowledged(line, names);
    if (refused.length > 0) this.refused(line, refused, detail);
  }

  /** Refused are the instruments whose streams were asked for, all of them when the venue does not say which. */
  refused(line: Line | null, names: readonly string[] | null, detail: string): void {
    if (names) line?.answered(names);
    for (const feed of this.instruments.values()) {
      const meant = feed.streams().filter((stream) => names === null || names.includes(stream.name));
      this.giveUp(feed, meant, 'subscribe-refused', detail);
    }
  }

  /**
   * Which streams a refusal without names is about: those of its question, none when nobody remembers that, and where it
   * names no question any that still wait for an answer.
   */
  refusedNames(line: Line | null, id: string | null): readonly string[] | null {
    if (id !== null) return line?.takeAsked(id) ?? [];
    return line && this.venue.acknowledges ? line.awaited : null;
  }

  /** Neither acknowledged nor refused: what cannot be had is said, and the user may ask again. */
  unanswered(line: Line, names: readonly string[]): void {
    const detail = `no answer to the subscription of ${names.slice(0, 3).join(', ')}`;
    for (const feed of this.instruments.values()) {
      const missed = feed.streams().filter((stream) => stream.path === line.path && names.includes(stream.name));
      this.giveUp(feed, missed, 'subscribe-unanswered', detail);
    }
  }

  /**
   * Streams that cannot be had. Without its book an instrument is refused; without another channel only that is; a proof
   * is done without, and the book then says that it is not verified.
   */
  private giveUp(feed: InstrumentFeed, streams: readonly Stream[], kind: FaultKind, detail: string): void {
    if (streams.length === 0 || feed.book.refusal) return;
    if (streams.some(({ channel }) => channel === 'book')) feed.book.refuse(kind, detail);
    else feed.refuseStreams(streams, kind, detail);
  }
}
