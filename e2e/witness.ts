import type { RunningVenue } from '../scripts/venue/start-venue.ts';
import type { Desk } from './pages/desk.ts';
import { plainLevel } from './recordings.ts';
import type { Subject } from './subjects.ts';
import type { Digest, Level } from './surface.ts';

/** What the page showed of a book it called live. */
interface Shown {
  readonly id: string;
  readonly at: number;
  readonly sequence: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

declare global {
  interface Window {
    shown: Shown[];
    digests: (Digest & { readonly id: string })[];
  }
}

interface TrueState {
  readonly sha256: string;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

const LOOK_MS = 20;

/**
 * Keeps every state the true books had, and every book that the page called live, so that afterwards each picture can be
 * held against the truth of its own sequence. Books without a sequence are left to be compared when the market is held.
 */
export class Witness {
  private readonly truths = new Map<string, TrueState>();
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly desk: Desk,
    private readonly subjects: readonly Subject[],
    private readonly servers: ReadonlyMap<string, RunningVenue>,
  ) {
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** Begins to look, at servers and at a page that is open. */
  static async start(
    desk: Desk,
    subjects: readonly Subject[],
    servers: ReadonlyMap<string, RunningVenue>,
  ): Promise<Witness> {
    const witness = new Witness(desk, subjects, servers);
    await desk.page.evaluate(
      (ids) => {
        window.shown = [];
        window.digests = [];
        window.depthwire.on('frame', ({ at, instruments }) => {
          for (const { id, state, book } of instruments) {
            if (state !== 'live' || book.sequence === '') continue;
            window.shown.push({ id, at, sequence: book.sequence, bids: book.bids, asks: book.asks });
          }
          if (window.shown.length > 4_000) window.shown.splice(0, 2_000);
        });
        const ask = (): void => {
          for (const id of ids)
            window.depthwire.digest(id).then(
              (digest) => window.digests.push({ id, ...digest }),
              // A book that is not proven has none.
              () => undefined,
            );
        };
        setInterval(ask, 200);
      },
      subjects.map(({ id }) => id),
    );
    return witness;
  }

  /** Ends looking. @returns how many pictures and digests were compared, and what was wrong */
  async verdict(): Promise<{ compared: number; lies: string[] }> {
    clearInterval(this.timer);
    const [shown, digests] = await this.desk.page.evaluate(() => [window.shown, window.digests] as const);
    const lies: string[] = [];
    let compared = 0;
    for (const { id, sequence, bids, asks } of shown) {
      const truth = this.truths.get(`${id} ${sequence}`);
      if (!truth) continue;
      compared++;
      if (!isSame(bids, truth.bids) || !isSame(asks, truth.asks)) lies.push(`${id} was shown wrong at ${sequence}`);
    }
    for (const { id, sequence, sha256 } of digests) {
      const truth = this.truths.get(`${id} ${sequence}`);
      if (!truth) continue;
      compared++;
      if (sha256 !== truth.sha256) lies.push(`${id} was held wrong at ${sequence}`);
    }
    return { compared, lies };
  }

  private look(): void {
    for (const { id, venue, symbol } of this.subjects) {
      const truth = this.servers.get(venue)?.truth(symbol);
      if (!truth || truth.sequence === '') continue;
      const { sha256, bids, asks } = truth;
      this.truths.set(`${id} ${truth.sequence}`, {
        sha256,
        bids: bids.map(plainLevel),
        asks: asks.map(plainLevel),
      });
    }
  }
}

/** Whether a page's levels are the best of the true ones; it shows at most twenty. */
const isSame = (shown: readonly Level[], truth: readonly Level[]): boolean =>
  shown.length === truth.length && shown.every(([price, size], i) => price === truth[i][0] && size === truth[i][1]);
