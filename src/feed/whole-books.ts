import type { Millis } from '@/market/time.ts';
import { type BookContext, readSnapshot } from './book-context.ts';
import type { BookSnapshots } from './book-snapshots.ts';

/** While whole books stand in, the snapshot is asked for again so often; sooner when not even those come. */
const SNAPSHOT_AGAIN_MS = 60_000;
const SNAPSHOT_AGAIN_SOON_MS = 10_000;

/** The makeshift of venues that stream whole books as well: these are the book for as long as no snapshot can be had. */
export class WholeBooks {
  private snapshotAgainAt: Millis = 0;

  constructor(
    private readonly context: BookContext,
    private readonly snapshots: BookSnapshots,
  ) {}

  /** Look at the clock: a snapshot that does not come is done without; one that can be had again ends the makeshift. */
  watch(now: Millis): void {
    const { feed, sync, life } = this.context;
    if (sync.isWhole) {
      this.watchReturn(now);
      return;
    }
    if (!this.snapshots.isHopeless(now)) return;
    sync.takeWholeBooks(true);
    this.snapshotAgainAt = now + SNAPSHOT_AGAIN_SOON_MS;
    life.renew();
    this.snapshots.doWithout();
    feed.needsChanged();
  }

  /** As soon as a snapshot can be had again, the diffs come back. */
  private watchReturn(now: Millis): void {
    const { feed, sync, life } = this.context;
    if (now < this.snapshotAgainAt || this.context.isRefused()) return;
    this.snapshotAgainAt = now + (sync.proven ? SNAPSHOT_AGAIN_MS : SNAPSHOT_AGAIN_SOON_MS);
    const depth = feed.venue.depths[0];
    const request = feed.venue.snapshotRequest(feed.symbol, depth);
    if (!request) return;
    life.answered(feed.requests.ask(request), (answer) => {
      if (!answer.ok || readSnapshot(feed, answer.value, depth) === null) return;
      sync.takeWholeBooks(false);
      feed.needsChanged();
      this.snapshots.beginAgain(feed.clock.now());
      feed.changed();
    });
  }
}
