import type { Fault } from '@/market/fault.ts';
import { type InstrumentId, parseInstrumentId, type VenueId } from '@/market/instrument.ts';
import type { Command } from '@/protocol/command.ts';
import type { Reply } from '@/protocol/reply.ts';
import { packHistory } from './candles.ts';
import { readCataloguePages } from './catalogue-pages.ts';
import type { Clock } from './clock.ts';
import type { InstrumentFeed } from './instrument-feed.ts';
import type { VenueSession } from './venue-session.ts';

/** Where the page's requests find what they are about, and how they are answered. */
export interface RequestDesk {
  readonly clock: Clock;
  post(reply: Reply): void;
  /** SHA-256 of a text, lower-case hex. */
  digest(text: string): Promise<string>;
  /** The session of a venue, begun when there is none; null while the venue's adapter is not here. */
  session(id: VenueId): VenueSession | null;
  find(id: InstrumentId): InstrumentFeed | undefined;
  /** Fetch a venue's adapter; rejected when it cannot be had. */
  fetchAdapter(id: VenueId): Promise<void>;
  /** A session has answered; it may be needed no more. */
  release(id: VenueId, session: VenueSession): void;
  isDisposed(): boolean;
}

/** One request of the page. */
type Asked<Kind extends Command['kind']> = Extract<Command, { kind: Kind }>;

/** Answers what the page asks for by id. Every request is answered once, with what was asked for or with a refusal. */
export class PageRequests {
  constructor(private readonly desk: RequestDesk) {}

  /** Candles older than those the page has. */
  backfill(command: Asked<'backfill'>): void {
    const { id, instrument, interval, before, limit } = command;
    const feed = this.desk.find(instrument);
    if (!feed) return this.refuse(id, 'history-failed', instrument, 'not subscribed');
    const asked = feed.history(interval, before, Math.min(limit, 1000));
    if (!asked) return this.refuse(id, 'history-failed', instrument, 'this venue keeps no history of that interval');
    void asked.then((answer) => {
      if (!answer.ok) return this.refuse(id, 'history-failed', instrument, answer.error);
      const { grid } = feed;
      this.desk.post({
        kind: 'backfilled',
        id,
        instrument,
        interval,
        epoch: grid.epoch,
        candles: packHistory(answer.value, grid),
        atStart: answer.value.length === 0,
      });
    });
  }

  /** Prints older than those the page has. */
  prints(command: Asked<'prints'>): void {
    const feed = this.desk.find(command.instrument);
    if (!feed) return this.refuse(command.id, 'no-data', command.instrument, 'not subscribed');
    const from = Math.max(0, command.before - Math.min(command.limit, 5_000));
    const { first, prints } = feed.trade.tape.take(from, command.before);
    const { id, instrument } = command;
    this.desk.post({ kind: 'printed', id, instrument, epoch: feed.grid.epoch, first, prints });
  }

  /** Every instrument of a venue; its session lives at least until the answer. */
  catalogue(command: Asked<'catalogue'>): void {
    const { id, venue: venueId } = command;
    const session = this.desk.session(venueId);
    if (!session) {
      void this.desk.fetchAdapter(venueId).then(
        () => {
          if (!this.desk.isDisposed()) this.catalogue(command);
        },
        (failure: unknown) => this.refuse(id, 'unsupported-venue', undefined, String(failure), venueId),
      );
      return;
    }
    session.asking++;
    void readCataloguePages(session.venue, session.requests).then((answer) => {
      session.asking--;
      if (!answer.ok) this.refuse(id, answer.error.kind, undefined, answer.error.detail, venueId);
      else this.desk.post({ kind: 'catalogue', id, entries: answer.value });
      this.desk.release(venueId, session);
    });
  }

  /** The digest of a whole book, as long as that is proven. */
  digest(command: Asked<'digest'>): void {
    const { id, instrument } = command;
    const book = this.desk.find(instrument)?.book.digest();
    if (!book) return this.refuse(id, 'no-data', instrument, 'the book is not proven now');
    const { text, sequence, bidLevels, askLevels } = book;
    void this.desk.digest(text).then(
      (sha256) => this.desk.post({ kind: 'digest', id, sequence, bidLevels, askLevels, sha256 }),
      (failure: unknown) => this.refuse(id, 'no-data', instrument, String(failure)),
    );
  }

  private refuse(
    id: number,
    kind: Fault['kind'],
    instrument: InstrumentId | undefined,
    detail: string,
    venueId?: VenueId,
  ): void {
    const venue = venueId ?? (instrument && parseInstrumentId(instrument)?.venue) ?? 'demo';
    const at = this.desk.clock.now();
    const fault: Fault = { kind, venue, ...(instrument && { instrument }), detail, at };
    this.desk.post({ kind: 'refused', id, fault });
  }
}
