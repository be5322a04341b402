import { VENUE_IDS, type VenueId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { Clock } from './clock.ts';

/** What the tabs of one browser say to each other: plain values, so that any channel can carry them. */
export type BudgetMessage =
  /** A new tab: whoever knows of anything spent says it. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'spent'; readonly spends: readonly ToldSpend[] }
  /** A venue told one of them to wait; told as a length, since clocks differ. */
  | { readonly kind: 'ban'; readonly venue: VenueId; readonly forMs: number };

/** One thing spent, as it is told: `ageMs` ago, by a name that is the same wherever it is told from. */
export interface ToldSpend {
  readonly id: string;
  readonly venue: VenueId;
  readonly what: 'connect' | 'weight';
  readonly amount: number;
  readonly ageMs: number;
}

/** The other tabs: in the worker a channel of the browser, in a harness nobody. */
export interface BudgetPeers {
  tell(message: BudgetMessage): void;
  /** Hear what others tell. It came from outside this thread and is checked before it is believed. */
  onTold(listener: (message: unknown) => void): void;
}

/** What a venue allows one address. */
export interface BudgetLimits {
  readonly connectsPer5Minutes: number;
  readonly weightPerMinute: number;
}

const CONNECT_WINDOW_MS = 300_000;
const WEIGHT_WINDOW_MS = 60_000;
/** However much a venue allows: more than this is no reconnecting but an attack. */
const MOST_CONNECTS = 60;
const MOST_REMEMBERED = 4_000;
const MOST_TOLD = 1_000;
/** What is too old is not counted; it is thrown out this often. */
const FORGET_EVERY_MS = 1_000;
const LONGEST_BAN_MS = 3 * 86_400_000;
const WINDOW: Readonly<Record<ToldSpend['what'], Millis>> = { connect: CONNECT_WINDOW_MS, weight: WEIGHT_WINDOW_MS };

type Told = Omit<ToldSpend, 'venue'>;

interface Spend {
  readonly id: string;
  readonly what: ToldSpend['what'];
  readonly amount: number;
  readonly at: Millis;
}

/**
 * Connects and request weight of one venue over the last minutes, of this tab and of every other one it has heard of,
 * and until when the venue told any of them to wait.
 */
export class VenueBudget {
  private spends: Spend[] = [];
  private readonly known = new Set<string>();
  private forgotAt: Millis = 0;
  /** Until when the venue told us to wait; 0 when it did not. */
  bannedUntil: Millis = 0;
  limits: BudgetLimits = { connectsPer5Minutes: MOST_CONNECTS, weightPerMinute: Number.POSITIVE_INFINITY };

  constructor(
    private readonly clock: Clock,
    private readonly nextId: () => string,
    private readonly tell: (spend: Told) => void,
    private readonly tellBan: (forMs: number) => void,
  ) {}

  /** Connects allowed in five minutes. */
  get connectsAllowed(): number {
    return Math.max(1, Math.min(MOST_CONNECTS, this.limits.connectsPer5Minutes));
  }

  /** Connects of the last five minutes, everybody's. */
  get connectsUsed(): number {
    return this.used('connect');
  }

  /** Request weight of the last minute, everybody's. */
  get weightUsed(): number {
    return this.used('weight');
  }

  /** How long to wait, ms, before one more connect is within the budget; 0 when it is now. */
  connectWait(): number {
    return this.wait('connect', 1, this.connectsAllowed);
  }

  /** A connect begins. It counts even when it should have waited: it has happened. */
  connecting(): void {
    this.spend('connect', 1);
  }

  /** Spend request weight if the budget holds it. @returns whether it was spent */
  afford(weight: number): boolean {
    if (this.wait('weight', weight, this.limits.weightPerMinute) > 0) return false;
    this.spend('weight', weight);
    return true;
  }

  /** How long to wait, ms, before so much weight is within the budget; Infinity when it never will be. */
  weightWait(weight: number): number {
    return this.wait('weight', weight, this.limits.weightPerMinute);
  }

  /** The venue told this tab to wait so long, ms: all of them do. */
  ban(forMs: number): void {
    this.hearBan(forMs);
    this.tellBan(Math.min(forMs, LONGEST_BAN_MS));
  }

  /** Another tab was told to wait. */
  hearBan(forMs: number): void {
    this.bannedUntil = Math.max(this.bannedUntil, this.clock.now() + Math.min(forMs, LONGEST_BAN_MS));
  }

  /** Another tab has spent something. What was heard of before counts once. */
  hear(told: Told): void {
    const at = this.clock.now() - told.ageMs;
    if (this.known.has(told.id) || told.ageMs >= WINDOW[told.what]) return;
    this.remember({ id: told.id, what: told.what, amount: told.amount, at });
  }

  /** Everything known that still counts, to tell a new tab. */
  everything(): Told[] {
    this.forget();
    const now = this.clock.now();
    return this.spends
      .filter(({ what, at }) => now - at < WINDOW[what])
      .map(({ id, what, amount, at }) => ({ id, what, amount, ageMs: Math.max(0, now - at) }));
  }

  private spend(what: ToldSpend['what'], amount: number): void {
    const id = this.nextId();
    this.remember({ id, what, amount, at: this.clock.now() });
    this.tell({ id, what, amount, ageMs: 0 });
  }

  private remember(spend: Spend): void {
    this.forget();
    this.known.add(spend.id);
    // What others tell may be older than what is here; waits are read off in order of time.
    let at = this.spends.length;
    while (at > 0 && this.spends[at - 1].at > spend.at) at--;
    this.spends.splice(at, 0, spend);
    if (this.spends.length > MOST_REMEMBERED) this.drop(this.spends.length - MOST_REMEMBERED);
  }

  private forget(): void {
    const now = this.clock.now();
    if (now - this.forgotAt < FORGET_EVERY_MS) return;
    this.forgotAt = now;
    const kept = this.spends.filter(({ what, at }) => at > now - WINDOW[what]);
    if (kept.length === this.spends.length) return;
    for (const { id, what, at } of this.spends) if (at <= now - WINDOW[what]) this.known.delete(id);
    this.spends = kept;
  }

  private drop(count: number): void {
    for (const { id } of this.spends.splice(0, count)) this.known.delete(id);
  }

  private used(what: ToldSpend['what']): number {
    const since = this.clock.now() - WINDOW[what];
    return this.spends.reduce((sum, spend) => (spend.what === what && spend.at > since ? sum + spend.amount : sum), 0);
  }

  /** Until so many of the oldest have left the window that one more of `amount` fits. */
  private wait(what: ToldSpend['what'], amount: number, allowed: number): number {
    if (amount > allowed) return Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    const window = WINDOW[what];
    let over = this.used(what) + amount - allowed;
    if (over <= 0) return 0;
    for (const spend of this.spends) {
      if (spend.what !== what || spend.at <= now - window) continue;
      over -= spend.amount;
      if (over <= 0) return Math.max(0, spend.at + window - now);
    }
    return window;
  }
}

/** The budgets of all venues, shared with the other tabs of this browser. */
export class SharedBudget {
  private readonly venues = new Map<VenueId, VenueBudget>();
  private serial = 0;

  /**
   * @param member  a name no other tab has
   * @param peers  null where there are no others
   */
  constructor(
    private readonly clock: Clock,
    private readonly member: string,
    private readonly peers: BudgetPeers | null,
  ) {
    peers?.onTold((message) => this.hear(message));
    peers?.tell({ kind: 'hello' });
  }

  /** The budget of one venue, the same object each time; what others spent there before counts. */
  of(venue: VenueId, limits: BudgetLimits): VenueBudget {
    const budget = this.budget(venue);
    budget.limits = limits;
    return budget;
  }

  private budget(venue: VenueId): VenueBudget {
    const known = this.venues.get(venue);
    if (known) return known;
    const budget = new VenueBudget(
      this.clock,
      () => `${this.member}:${++this.serial}`,
      (told) => this.peers?.tell({ kind: 'spent', spends: [{ ...told, venue }] }),
      (forMs) => this.peers?.tell({ kind: 'ban', venue, forMs }),
    );
    this.venues.set(venue, budget);
    return budget;
  }

  private hear(raw: unknown): void {
    const message = readBudgetMessage(raw);
    if (message?.kind === 'hello') this.answer();
    else if (message?.kind === 'ban') this.budget(message.venue).hearBan(message.forMs);
    else for (const told of message?.spends ?? []) this.budget(told.venue).hear(told);
  }

  private answer(): void {
    for (const [venue, budget] of this.venues) {
      const spends = budget.everything().slice(-MOST_TOLD);
      if (spends.length > 0) this.peers?.tell({ kind: 'spent', spends: spends.map((told) => ({ ...told, venue })) });
      const ban = budget.bannedUntil - this.clock.now();
      if (ban > 0) this.peers?.tell({ kind: 'ban', venue, forMs: Math.min(ban, LONGEST_BAN_MS) });
    }
  }
}

/**
 * Read what another tab told.
 * @returns null when it is not one of our messages: another release may share the channel
 */
export function readBudgetMessage(raw: unknown): BudgetMessage | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const { kind, venue, forMs, spends } = raw as Readonly<Record<string, unknown>>;
  if (kind === 'hello') return { kind };
  if (kind === 'ban') return isVenue(venue) && isAmount(forMs, LONGEST_BAN_MS) ? { kind, venue, forMs } : null;
  if (kind !== 'spent' || !Array.isArray(spends) || spends.length > MOST_TOLD) return null;
  const read = spends.map(readSpend);
  return read.every((one) => one !== null) ? { kind, spends: read } : null;
}

function readSpend(raw: unknown): ToldSpend | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const { id, venue, what, amount, ageMs } = raw as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || id.length === 0 || id.length > 64 || !isVenue(venue)) return null;
  if ((what !== 'connect' && what !== 'weight') || !isAmount(amount, 100_000)) return null;
  return isAge(ageMs) ? { id, venue, what, amount, ageMs } : null;
}

const isVenue = (value: unknown): value is VenueId => VENUE_IDS.some((id) => id === value);
const isAmount = (value: unknown, most: number): value is number =>
  typeof value === 'number' && value > 0 && value <= most;
const isAge = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= CONNECT_WINDOW_MS;
