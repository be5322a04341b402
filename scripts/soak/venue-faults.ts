import type { Chance } from '@/feed/clock.ts';
import type { RunningVenue } from '../venue/start-venue.ts';
import { VenueError } from '../venue/venue-protocol.ts';

/** What may be done to a venue, and whether it costs a rebuild that counts towards the limit of six in ten minutes. */
interface Trouble {
  readonly spec: (chance: Chance, server: RunningVenue) => string;
  readonly counts: boolean;
  /** Means something only where the first book is requested. */
  readonly requested?: true;
}

const CODES = [1000, 1001, 1006, 1008, 1011, 1012, 1013, 4000];
const REBUILDS = 4;
const REMEMBERED = 8;
const REBUILD_WINDOW_MS = 600_000;

const seconds = (chance: Chance, least: number, most: number): string =>
  `${(least + chance() * (most - least)).toFixed(1)}s`;

const TROUBLES: readonly Trouble[] = [
  { spec: (chance) => `close:${CODES[Math.floor(chance() * CODES.length)]}`, counts: false },
  { spec: () => 'reset', counts: false },
  { spec: (chance) => `refuse:${seconds(chance, 0.5, 6)}`, counts: false },
  { spec: (chance) => `silence:${seconds(chance, 1, 14)}`, counts: false },
  { spec: (chance) => `delay:${Math.floor(chance() * 900)}ms`, counts: false },
  { spec: () => 'garbage', counts: false },
  { spec: (chance) => `dup:${1 + Math.floor(chance() * 3)}`, counts: false },
  { spec: (chance) => `flood:${2 + Math.floor(chance() * 8)}/${seconds(chance, 1, 3)}`, counts: false },
  { spec: () => 'cross', counts: false },
  { spec: () => 'stale-snapshot:2', counts: false, requested: true },
  { spec: () => 'rest-fail:2', counts: false },
  { spec: () => 'tick-change', counts: false },
  { spec: () => 'drop:1', counts: true },
  { spec: () => 'swap', counts: true },
  { spec: () => 'garbage:1', counts: true },
  { spec: () => 'bad-checksum', counts: true },
];

/** Faults for one server, never more rebuilds than the feed allows before it gives a book up. */
export class VenueFaults {
  private readonly rebuilds: number[] = [];
  /** What was done last, the newest at the end. */
  readonly done: string[] = [];

  constructor(
    private readonly server: RunningVenue,
    private readonly chance: Chance,
    /** Whether the venue's first books are requested, or come with their subscription. */
    private readonly isRequested: boolean,
  ) {}

  /** Does one thing. @returns its name; empty when the venue cannot be troubled in the way that was drawn */
  trouble(now: number): string {
    while (this.rebuilds.length > 0 && this.rebuilds[0] <= now - REBUILD_WINDOW_MS) this.rebuilds.shift();
    const mayCount = this.rebuilds.length < REBUILDS;
    const able = TROUBLES.filter(({ counts, requested }) => (mayCount || !counts) && (this.isRequested || !requested));
    const drawn = able[Math.floor(this.chance() * able.length)];
    const spec = drawn.spec(this.chance, this.server);
    try {
      this.server.chaos(spec);
    } catch (failure) {
      if (failure instanceof VenueError) return '';
      throw failure;
    }
    if (drawn.counts) this.rebuilds.push(now);
    this.done.push(spec);
    if (this.done.length > REMEMBERED) this.done.shift();
    return spec.replace(/:.*/, '');
  }

  /** Nothing is wrong any more. */
  end(): void {
    this.server.chaos('delay:0ms,silence:1ms,mute');
  }
}
