const EVERY_MS = 60_000;
const KEPT = 61;

/** Remembers the size of the heap once a minute for an hour, so that growth can be told from a busy moment. */
export class HeapTrend {
  private readonly sizes: { readonly bytes: number; readonly at: number }[] = [];

  /** The heap has this size now. */
  add(bytes: number, now: number): void {
    const last = this.sizes.at(-1);
    if (last && now - last.at < EVERY_MS) return;
    this.sizes.push({ bytes, at: now });
    if (this.sizes.length > KEPT) this.sizes.shift();
  }

  /** How much larger it is than at the beginning of what is remembered, and how long ago that was. */
  change(bytes: number, now: number): { readonly change: number; readonly overMs: number } {
    const first = this.sizes.at(0);
    return first ? { change: bytes - first.bytes, overMs: now - first.at } : { change: 0, overMs: 0 };
  }
}
