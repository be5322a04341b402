import * as v from 'valibot';
import { type InstrumentId, parseInstrumentId } from '@/market/instrument.ts';
import type { Remembered } from './search-rank.ts';

type MemoryStorage = Pick<Storage, 'getItem' | 'setItem'>;
type Part = keyof Remembered;

const KEYS: Readonly<Record<Part, string>> = { recent: 'depthwire.recent', starred: 'depthwire.starred' };
const MOST: Readonly<Record<Part, number>> = { recent: 12, starred: 100 };
/** Nothing of ours is near this; whatever is larger was written by something else. */
const MAX_SAVED = 65_536;

/** Single entries that are not recognised fall away; only what is no list at all is refused. */
const Ids = v.pipe(
  v.array(v.unknown()),
  v.transform((list): InstrumentId[] => {
    const ids = list.flatMap((one) => (typeof one === 'string' ? (parseInstrumentId(one)?.id ?? []) : []));
    return [...new Set(ids)];
  }),
);

/** A stored list; null when the text is none. */
function parseIds(text: string): readonly InstrumentId[] | null {
  if (text.length > MAX_SAVED) return null;
  try {
    const result = v.safeParse(Ids, JSON.parse(text));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/**
 * What was starred and what was opened lately, newest first. Read anew before each change, because another tab may have
 * changed it; where the browser stores nothing it lasts for this visit.
 */
export class SearchMemory {
  private remembered: Remembered = { recent: [], starred: [] };
  private readonly listeners = new Set<() => void>();
  /** Whether the browser refused to store the last change. */
  private isRefused = false;

  constructor(private readonly storage: () => MemoryStorage) {}

  readonly read = (): Remembered => this.remembered;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Take up what is stored now. */
  reload(): void {
    if (this.isRefused) return;
    this.put({ recent: this.load('recent'), starred: this.load('starred') });
  }

  /** Remember that an instrument was opened. */
  noteOpened(id: InstrumentId): void {
    this.change('recent', (ids) => [id, ...ids.filter((other) => other !== id)]);
  }

  /** Star an instrument, or take its star away. */
  toggleStar(id: InstrumentId): void {
    this.change('starred', (ids) => (ids.includes(id) ? ids.filter((other) => other !== id) : [id, ...ids]));
  }

  private change(part: Part, edit: (ids: readonly InstrumentId[]) => readonly InstrumentId[]): void {
    this.reload();
    const ids = edit(this.remembered[part]).slice(0, MOST[part]);
    this.put({ ...this.remembered, [part]: ids });
    try {
      this.storage().setItem(KEYS[part], JSON.stringify(ids));
    } catch {
      this.isRefused = true;
    }
  }

  private load(part: Part): readonly InstrumentId[] {
    try {
      const storage = this.storage();
      const text = storage.getItem(KEYS[part]);
      if (text === null) return [];
      const ids = parseIds(text);
      if (ids) return ids.slice(0, MOST[part]);
      storage.setItem(`${KEYS[part]}.bad`, text);
      return [];
    } catch {
      // Storage is closed to this page: what this visit did is all there is.
      return this.remembered[part];
    }
  }

  private put(next: Remembered): void {
    const isSame = (part: Part): boolean => next[part].join() === this.remembered[part].join();
    if (isSame('recent') && isSame('starred')) return;
    this.remembered = next;
    for (const listener of this.listeners) listener();
  }
}
