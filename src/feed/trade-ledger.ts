import { formatTrimmed } from '@/market/decimal.ts';
import { LotsTotal } from '@/market/quantity.ts';
import type { Millis } from '@/market/time.ts';
import { aggressorOf, BUYER, type LastTrade } from '@/market/trade.ts';
import type { TradeTotals } from '@/protocol/frame.ts';
import type { TradeEvent, Venue } from './venues/venue.ts';

/** Ids known to be lost, both ends included, between the trades at these times. */
export interface Hole {
  readonly from: number;
  readonly to: number;
  readonly since: Millis;
  readonly until: Millis;
  /** Requests that brought nothing of it. */
  tries: number;
}

/** What a trade turned out to be. */
export type TradeOutcome = 'new' | 'late' | 'duplicate' | 'covered';

const MAX_HOLES = 1_000;
/** Trades in a row that are newer than the newest by their time and older by their id: the venue numbers anew. */
const RENUMBERED = 20;
/** Ids remembered where nothing but the same id tells that a trade came before. */
const WINDOW = 20_000;

/**
 * Counts every trade of one instrument once, whatever came twice, late or not at all. On venues whose ids are
 * consecutive a jump is a hole: its ids are missing until they are fetched. Where ids only increase an older one came
 * before, and where they have no order the last 20,000 are remembered.
 */
export class TradeLedger {
  private readonly bought = new LotsTotal();
  private readonly sold = new LotsTotal();
  private received = 0;
  private duplicates = 0;
  private missing = 0;
  private lastId = -1;
  private lastTime: Millis = 0;
  private firstId = -1;
  private firstTime: Millis = Number.POSITIVE_INFINITY;
  private caughtUpFrom = -1;
  private caughtUpTo = -1;
  /** Highest id that came inside an aggregate: single trades up to it are already counted. */
  private aggregatedTo = -1;
  private last: {
    ticks: number;
    lots: number;
    wideLots: bigint;
    id: number;
    idText: string;
    time: Millis;
    aggressor: number;
  } | null = null;
  private readonly consecutive: boolean;
  /** A run of ids below the newest one with times above it. */
  private renumbered: { first: number; next: number } | null = null;
  /** The last ids in the order they came, where ids have no order. */
  private readonly seen = new Set<number | string>();
  private direction: -1 | 0 | 1 = 0;
  /**
   * Ids between these, both left out, may be of trades that nobody told us of: where ids only increase, a hole in them
   * shows nothing. Those fetched since are remembered.
   */
  private unknown: { readonly after: number; readonly before: number; readonly taken: Set<number> } | null = null;
  /** The stream of single trades has spoken. */
  spoken = false;
  readonly holes: Hole[] = [];

  constructor(private readonly numbering: Venue['tradeIds']) {
    this.consecutive = numbering === 'consecutive';
  }

  /** Newest id counted; -1 before any, and where ids have no order. */
  get newestId(): number {
    return this.lastId;
  }

  /** Time of the newest trade; 0 before any. */
  get newestTime(): Millis {
    return this.lastTime;
  }

  /** Trades known to be lost and not fetched. */
  get lost(): number {
    return this.missing;
  }

  /** Whether no trade from `from` to before `to` is lost, as far as ids can tell. */
  isComplete(from: Millis, to: Millis): boolean {
    return this.isCompleteAfter(-1, from, to);
  }

  /** The same of trades above an id. */
  isCompleteAfter(id: number, from: Millis, to: Millis): boolean {
    return this.holes.every((hole) => hole.to <= id || hole.until < from || hole.since >= to);
  }

  /** Whether everything from `time` on was counted: trades of the same millisecond as the first may have been before it. */
  reachesBackTo(time: Millis): boolean {
    return this.firstTime < time;
  }

  /** Trades above `from` were fetched up to the newest: the socket may still bring them, which is no repetition. */
  caughtUp(from: number): void {
    this.caughtUpFrom = from;
    this.caughtUpTo = this.lastId;
  }

  /** The stream was broken between the trades of these ids: what is fetched from between them is new, once each. */
  broke(after: number, before: number): void {
    if (this.numbering === 'increasing' && after >= 0) this.unknown = { after, before, taken: new Set() };
  }

  /** A diff came twice: the product counts it beside repeated trades. */
  repeated(): void {
    this.duplicates++;
  }

  /**
   * Take one trade or aggregate.
   * @param repeats  two sockets speak at once: what came before is expected to come again and is not a duplicate
   */
  take(trade: TradeEvent, repeats: boolean): TradeOutcome {
    if (trade.initial) return this.takeInitial(trade);
    if (trade.aggregated && this.spoken && trade.id >= this.firstId && trade.id > this.lastId) return 'covered';
    if (!trade.aggregated && !this.spoken) {
      this.spoken = true;
      this.firstId = trade.id;
    }
    return this.place(trade, repeats);
  }

  /** Take a trade that was asked for: it says nothing of which streams speak. */
  takeFetched(trade: TradeEvent): TradeOutcome {
    return this.place(trade, true);
  }

  /** The venue states its newest id: what lies between it and ours is missing until it comes or is fetched. */
  stated(id: number, time: Millis): boolean {
    if (!this.consecutive || this.lastId < 0 || id <= this.lastId) return false;
    this.lose({ firstId: id + 1, time });
    this.lastId = id;
    this.lastTime = Math.max(this.lastTime, time);
    return true;
  }

  /** A trade from before the subscription says where counting begins; after an outage, what was missed. */
  private takeInitial(trade: TradeEvent): TradeOutcome {
    if (this.spoken) return this.place(trade, true);
    if (this.numbering === 'unordered') this.remembers(trade);
    else if (trade.id > this.lastId) {
      this.lastId = trade.id;
      this.lastTime = trade.time;
      this.firstTime = trade.time;
    }
    return 'covered';
  }

  private remembers(trade: TradeEvent): boolean {
    const key = trade.idText === '' ? trade.id : trade.idText;
    if (this.seen.has(key)) return true;
    this.seen.add(key);
    if (this.seen.size > WINDOW) for (const oldest of this.seen) if (this.seen.delete(oldest)) break;
    return false;
  }

  private placeUnordered(trade: TradeEvent, repeats: boolean): TradeOutcome {
    if (this.remembers(trade)) {
      if (!repeats) this.duplicates++;
      return 'duplicate';
    }
    const isLate = trade.time < this.lastTime;
    this.count(trade);
    if (this.lastTime === 0) this.firstTime = trade.time;
    this.lastTime = Math.max(this.lastTime, trade.time);
    if (!isLate) this.remember(trade);
    return isLate ? 'late' : 'new';
  }

  private place(trade: TradeEvent, repeats: boolean): TradeOutcome {
    if (this.numbering === 'unordered') return this.placeUnordered(trade, repeats);
    if (trade.id <= this.lastId) return this.isUnknown(trade.id) ? this.late(trade) : this.old(trade, repeats);
    if (this.consecutive && this.lastId >= 0 && trade.firstId > this.lastId + 1) this.lose(trade);
    if (this.consecutive && this.lastId >= 0 && trade.firstId <= this.lastId) return this.straddling(trade);
    this.count(trade);
    if (this.lastId < 0) this.firstTime = trade.time;
    this.lastId = trade.id;
    this.lastTime = trade.time;
    if (trade.aggregated) this.aggregatedTo = trade.id;
    this.remember(trade);
    return 'new';
  }

  private isUnknown(id: number): boolean {
    const { unknown } = this;
    if (!unknown || id <= unknown.after || id >= unknown.before || unknown.taken.has(id)) return false;
    unknown.taken.add(id);
    return true;
  }

  private late(trade: TradeEvent): TradeOutcome {
    this.count(trade);
    return 'late';
  }

  /** An id that belongs to no market trade: neither counted nor missing. */
  exclude(id: number, time: Millis): void {
    if (!this.consecutive || this.lastId < 0) return;
    const nobody: TradeEvent = {
      id,
      firstId: id,
      ticks: 0,
      lots: 0,
      wideLots: 0n,
      aggressor: 0,
      time,
      eventTime: time,
      aggregated: false,
      idText: '',
      initial: false,
    };
    if (id <= this.lastId) {
      const index = this.holes.findIndex((hole) => id >= hole.from && id <= hole.to);
      if (index >= 0) this.fill(index, nobody);
      return;
    }
    if (id > this.lastId + 1) this.lose(nobody);
    this.lastId = id;
    this.lastTime = time;
  }

  totals(): TradeTotals {
    return {
      received: this.received,
      duplicates: this.duplicates,
      missing: this.missing,
      buyVolume: this.bought.value(),
      sellVolume: this.sold.value(),
    };
  }

  lastTrade(): LastTrade | null {
    if (!this.last) return null;
    const { id, idText, ticks, lots, wideLots, time, aggressor } = this.last;
    return {
      id: idText === '' ? String(id) : idText,
      ticks,
      lots: lots === -1 ? formatTrimmed(wideLots, 0) : lots,
      aggressor: aggressorOf(aggressor),
      time,
      direction: this.direction,
    };
  }

  rescale(pricePower: number, lotPower: number): void {
    this.bought.rescale(lotPower);
    this.sold.rescale(lotPower);
    if (!this.last) return;
    this.last.ticks *= 10 ** pricePower;
    const lots = (this.last.lots === -1 ? this.last.wideLots : BigInt(this.last.lots)) * 10n ** BigInt(lotPower);
    const isWide = lots > BigInt(Number.MAX_SAFE_INTEGER);
    this.last.lots = isWide ? -1 : Number(lots);
    this.last.wideLots = lots;
  }

  private count(trade: TradeEvent): void {
    this.received += trade.id - trade.firstId + 1;
    const side = trade.aggressor === BUYER ? this.bought : this.sold;
    if (trade.lots === -1) side.addWide(trade.wideLots);
    else side.add(trade.lots);
  }

  private remember(trade: TradeEvent): void {
    if (this.last && trade.ticks !== this.last.ticks) this.direction = trade.ticks > this.last.ticks ? 1 : -1;
    this.last = {
      id: trade.id,
      idText: trade.idText,
      ticks: trade.ticks,
      lots: trade.lots,
      wideLots: trade.wideLots,
      time: trade.time,
      aggressor: trade.aggressor,
    };
  }

  private lose(trade: Pick<TradeEvent, 'firstId' | 'time'>): void {
    const hole = { from: this.lastId + 1, to: trade.firstId - 1, since: this.lastTime, until: trade.time, tries: 0 };
    this.missing += hole.to - hole.from + 1;
    this.holes.push(hole);
    if (this.holes.length > MAX_HOLES) this.holes.shift();
  }

  /** An id not above the newest: fills a hole, or was here before. */
  private old(trade: TradeEvent, repeats: boolean): TradeOutcome {
    const index = this.holes.findIndex((hole) => trade.firstId >= hole.from && trade.id <= hole.to);
    if (index >= 0) {
      this.fill(index, trade);
      return this.late(trade);
    }
    if (!trade.aggregated && trade.id <= this.aggregatedTo) return 'covered';
    if (trade.aggregated && this.spoken) return 'covered';
    if (trade.id > this.caughtUpFrom && trade.id <= this.caughtUpTo) return 'covered';
    if (!trade.aggregated && !repeats && this.isRenumbered(trade)) return this.renumber(trade);
    if (!repeats) this.duplicates++;
    return 'duplicate';
  }

  private isRenumbered(trade: TradeEvent): boolean {
    const follows = this.renumbered !== null && trade.id === this.renumbered.next;
    if (trade.time <= this.lastTime) this.renumbered = null;
    else if (follows && this.renumbered) this.renumbered.next = trade.id + 1;
    else this.renumbered = { first: trade.firstId, next: trade.id + 1 };
    return this.renumbered !== null && this.renumbered.next - this.renumbered.first >= RENUMBERED;
  }

  /** Count on from the new numbers; those that were taken for repetitions are missing until they are fetched. */
  private renumber(trade: TradeEvent): TradeOutcome {
    const first = this.renumbered?.first ?? trade.firstId;
    const passed = trade.firstId - first;
    this.renumbered = null;
    this.duplicates = Math.max(0, this.duplicates - passed);
    this.lastId = first - 1;
    this.aggregatedTo = -1;
    this.caughtUpFrom = -1;
    this.caughtUpTo = -1;
    this.firstId = first;
    return this.place(trade, false);
  }

  /** An aggregate that begins before and ends after the newest id cannot be cut: its new part is missing. */
  private straddling(trade: TradeEvent): TradeOutcome {
    this.lose({ ...trade, firstId: trade.id + 1 });
    this.lastId = trade.id;
    this.lastTime = trade.time;
    return 'covered';
  }

  /** What is left of a hole lies before or after the trade that came, in number and in time. */
  private fill(index: number, { firstId, id, time }: TradeEvent): void {
    const hole = this.holes[index];
    const at = Math.min(hole.until, Math.max(hole.since, time));
    const rest: Hole[] = [];
    if (firstId > hole.from) rest.push({ ...hole, to: firstId - 1, until: at, tries: 0 });
    if (id < hole.to) rest.push({ ...hole, from: id + 1, since: at, tries: 0 });
    this.holes.splice(index, 1, ...rest);
    this.missing -= id - firstId + 1;
  }
}
