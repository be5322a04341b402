import { pageNow } from '@/ui/page-clock.ts';

/** A visit that was begun and not ended. */
export interface OpenVisit {
  readonly id: string;
  /** The browser tab it was in; a reload stays in its tab. */
  readonly tab: string;
  /** When it began, page time. */
  readonly at: number;
}

const KEY = 'depthwire.visits';
const TAB_KEY = 'depthwire.tab';
const LOCK = 'depthwire.visit.';
/** So many visits that crashed, of those begun in so long, and the next one is a careful one. */
const CRASHES = 3;
const WINDOW_MS = 300_000;
/** Asking the browser which visits live takes a moment; it may not take longer than this. */
const ASK_MS = 1_000;
const MOST_KEPT = 64;

/**
 * Read visits that were written down.
 * @returns those begun in the last five minutes; none when the text is not a list of ours
 */
export function readVisits(text: string | null, now: number): OpenVisit[] {
  if (text === null || text.length > 65_536) return [];
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.filter((one) => isVisit(one) && now - one.at < WINDOW_MS && one.at <= now) : [];
  } catch {
    return [];
  }
}

function isVisit(value: unknown): value is OpenVisit {
  if (typeof value !== 'object' || value === null) return false;
  const { id, tab, at } = value as Readonly<Record<string, unknown>>;
  return typeof id === 'string' && typeof tab === 'string' && typeof at === 'number';
}

/**
 * Whether this visit has to be a careful one.
 * @param open  visits begun in the last five minutes and never ended, this one not among them
 * @param living  ids of those that still run; null where the browser cannot say, and then only a former life of the
 *   same tab is known to have ended
 */
export function isSafeModeDue(open: readonly OpenVisit[], living: ReadonlySet<string> | null, tab: string): boolean {
  const crashed = open.filter((visit) => (living ? !living.has(visit.id) : visit.tab === tab));
  return crashed.length >= CRASHES;
}

/**
 * Notes that a page was opened and that it was closed, so that the next one knows how many never got round to closing:
 * they crashed. A page that would bring the browser down again and again is then opened with the least it can have.
 */
export class VisitLog {
  private readonly id: string;
  private readonly tab: string;
  private readonly at = pageNow();
  private letGo: (() => void) | null = null;

  constructor(private readonly view: Window) {
    this.id = view.crypto.randomUUID?.() ?? `${this.at}-${view.crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.tab = this.readTab();
  }

  /**
   * Begin. Nearly always the answer is there at once; only where three visits seem not to have ended the browser is
   * asked which of them live.
   * @returns whether to open with the least
   */
  begin(): boolean | Promise<boolean> {
    const before = this.read().filter((visit) => !this.isDiscarded(visit));
    this.write([...before, this.mine]);
    this.hold();
    const on = (type: string, run: (event: Event) => void): void => this.view.addEventListener(type, run);
    on('pagehide', () => {
      this.write(this.others());
      this.letGo?.();
    });
    on('pageshow', (event) => {
      if (!(event instanceof PageTransitionEvent) || !event.persisted) return;
      this.write([...this.others(), this.mine]);
      this.hold();
    });
    if (before.length < CRASHES) return false;
    return this.living().then((living) => isSafeModeDue(before, living, this.tab));
  }

  /** The user wants everything back: what crashed before is forgiven. */
  forgive(): void {
    this.write([]);
  }

  /** The browser put this page away for want of memory and brings it back: that is no crash. */
  private isDiscarded(visit: OpenVisit): boolean {
    return visit.tab === this.tab && wasDiscarded(this.view);
  }

  private get mine(): OpenVisit {
    return { id: this.id, tab: this.tab, at: this.at };
  }

  private others(): OpenVisit[] {
    return this.read().filter(({ id }) => id !== this.id);
  }

  private read(): OpenVisit[] {
    try {
      return readVisits(this.view.localStorage.getItem(KEY), pageNow());
    } catch {
      // Without storage nothing is known of former visits, and nothing is done about them.
      return [];
    }
  }

  private write(visits: readonly OpenVisit[]): void {
    try {
      this.view.localStorage.setItem(KEY, JSON.stringify(visits.slice(-MOST_KEPT)));
    } catch {
      // The visit goes uncounted: that costs safe mode and nothing else.
    }
  }

  private readTab(): string {
    try {
      const known = this.view.sessionStorage.getItem(TAB_KEY);
      if (known !== null) return known;
      this.view.sessionStorage.setItem(TAB_KEY, this.id);
    } catch {
      // A tab without a name is a tab of its own.
    }
    return this.id;
  }

  /**
   * A lock that the browser takes back when the page ends, in whatever way: so others can tell that it lives. It is let
   * go by ourselves at the orderly end, since a page that holds one is not kept for going back to.
   */
  private hold(): void {
    const locks = this.view.navigator.locks as LockManager | undefined;
    const held = new Promise<void>((resolve) => {
      this.letGo = resolve;
    });
    // A page that is on its way out is refused one, and needs none.
    locks?.request(LOCK + this.id, () => held).catch(() => undefined);
  }

  private async living(): Promise<ReadonlySet<string> | null> {
    const locks = this.view.navigator.locks as LockManager | undefined;
    if (!locks) return null;
    const given = new Promise<null>((resolve) => {
      this.view.setTimeout(() => resolve(null), ASK_MS);
    });
    const state = await Promise.race([locks.query().catch(() => null), given]);
    const names = (state?.held ?? []).flatMap(({ name }) => (name?.startsWith(LOCK) ? [name.slice(LOCK.length)] : []));
    return state ? new Set(names) : null;
  }
}

/** Whether the browser had put the page away to save memory. */
export const wasDiscarded = (view: Window): boolean =>
  (view.document as Document & { readonly wasDiscarded?: boolean }).wasDiscarded === true;
