import { CANDLE_STRIDE, type Candle, type CandleRows, candleAt, candleCount } from '@/market/candle.ts';
import type { HistoryState } from '@/protocol/frame.ts';

/** Most candles kept for one interval; beyond it the oldest pages are dropped first. */
export const MAX_CANDLES = 50_000;
const DROPPED = 1000;

/**
 * The candles of one interval of one instrument, oldest first, in one growing block written in place.
 * Whoever draws it remembers `generation`: while it stands, only the newest candles change or are added.
 */
export class CandleSeries {
  private rows = new Float64Array(1024 * CANDLE_STRIDE);
  private readonly wide = new Map<number, string>();
  private start = 0;
  private end = 0;
  history: HistoryState = 'loading';
  /** The venue has nothing older than the first candle. */
  atStart = false;
  /** Grows when the series begins anew or older candles are put before it. */
  generation = 0;

  get count(): number {
    return this.end - this.start;
  }

  /** Time of candle `index`, 0 is the oldest. */
  timeAt(index: number): number {
    return this.rows[(this.start + index) * CANDLE_STRIDE];
  }

  at(index: number): Candle {
    const row = this.start + index;
    const t = this.rows[row * CANDLE_STRIDE];
    const wide = this.wide.get(t);
    return candleAt({ rows: this.rows, wide: wide === undefined ? [] : [[row, wide]] }, row);
  }

  /** Index of the first candle at or after `time`; `count` when there is none. */
  indexOf(time: number): number {
    let low = this.start;
    let high = this.end;
    while (low < high) {
      const mid = (low + high) >>> 1;
      if (this.rows[mid * CANDLE_STRIDE] < time) low = mid + 1;
      else high = mid;
    }
    return low - this.start;
  }

  /** Begin anew. */
  reset(candles: CandleRows, history: HistoryState): void {
    this.start = 0;
    this.end = 0;
    this.wide.clear();
    this.atStart = false;
    this.history = history;
    this.generation++;
    this.put(candles);
  }

  /** Add or replace candles by their time. */
  put(candles: CandleRows): void {
    const count = candleCount(candles);
    for (let i = 0; i < count; i++) this.putRow(candles, i);
  }

  /** Put an older page in front. Candles already held win. */
  prepend(candles: CandleRows, atStart: boolean): void {
    const first = this.count > 0 ? this.timeAt(0) : Number.POSITIVE_INFINITY;
    let count = 0;
    while (count < candleCount(candles) && candles.rows[count * CANDLE_STRIDE] < first) count++;
    this.atStart = atStart || count === 0;
    const room = MAX_CANDLES - this.count;
    const from = Math.max(0, count - room);
    if (from > 0) this.atStart = true;
    const kept = count - from;
    const block = new Float64Array((Math.max(1024, this.count + kept) + 1024) * CANDLE_STRIDE);
    block.set(candles.rows.subarray(from * CANDLE_STRIDE, count * CANDLE_STRIDE), 0);
    block.set(this.rows.subarray(this.start * CANDLE_STRIDE, this.end * CANDLE_STRIDE), kept * CANDLE_STRIDE);
    for (const [index, lots] of candles.wide) {
      if (index >= from && index < count) this.wide.set(candles.rows[index * CANDLE_STRIDE], lots);
    }
    this.end = this.count + kept;
    this.start = 0;
    this.rows = block;
    this.generation++;
  }

  /** The grid became finer: multiply what is held. */
  rescale(pricePower: number, lotPower: number): void {
    const price = 10 ** pricePower;
    const lot = BigInt(10 ** lotPower);
    for (let row = this.start; row < this.end; row++) {
      const at = row * CANDLE_STRIDE;
      for (let k = 1; k <= 4; k++) this.rows[at + k] *= price;
      const t = this.rows[at];
      const lots = (this.rows[at + 5] === -1 ? BigInt(this.wide.get(t) ?? '0') : BigInt(this.rows[at + 5])) * lot;
      if (lots > BigInt(Number.MAX_SAFE_INTEGER)) {
        this.rows[at + 5] = -1;
        this.wide.set(t, lots.toString());
      } else this.rows[at + 5] = Number(lots);
    }
    this.generation++;
  }

  private putRow(candles: CandleRows, index: number): void {
    const source = candles.rows.subarray(index * CANDLE_STRIDE, (index + 1) * CANDLE_STRIDE);
    const t = source[0];
    if (this.count >= MAX_CANDLES) this.dropOldest();
    const at = this.indexOf(t);
    const isNew = at === this.count || this.timeAt(at) !== t;
    if (isNew) this.open(at);
    this.rows.set(source, (this.start + at) * CANDLE_STRIDE);
    const wide = candles.wide.find(([i]) => i === index);
    if (wide) this.wide.set(t, wide[1]);
    else if (this.wide.size > 0) this.wide.delete(t);
  }

  /** Make room for a candle at `at`; anywhere but at the end the series counts as begun anew. */
  private open(at: number): void {
    if ((this.end + 1) * CANDLE_STRIDE > this.rows.length) {
      const larger = new Float64Array((this.count + 1) * 2 * CANDLE_STRIDE);
      larger.set(this.rows.subarray(this.start * CANDLE_STRIDE, this.end * CANDLE_STRIDE));
      this.end = this.count;
      this.start = 0;
      this.rows = larger;
    }
    const row = this.start + at;
    if (row < this.end) {
      this.rows.copyWithin((row + 1) * CANDLE_STRIDE, row * CANDLE_STRIDE, this.end * CANDLE_STRIDE);
      this.generation++;
    }
    this.end++;
  }

  private dropOldest(): void {
    for (let i = 0; i < DROPPED; i++) this.wide.delete(this.timeAt(i));
    this.start += DROPPED;
    this.atStart = true;
    this.generation++;
  }
}
