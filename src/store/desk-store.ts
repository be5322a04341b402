import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { InstrumentId } from '@/market/instrument.ts';
import type { Interval } from '@/market/time.ts';
import type { Wanted, WantedBook } from '@/protocol/command.ts';

/** What one panel needs of one instrument. Panels declare it while they are mounted. */
export interface PanelNeed {
  readonly instrument: InstrumentId;
  readonly book?: WantedBook;
  readonly trades?: boolean;
  readonly candles?: readonly Interval[];
  readonly ticker?: boolean;
}

export type Severity = 'info' | 'warn' | 'error';

/** The one global message; a graver one wins until it is dismissed or withdrawn by its key. */
export interface Notice {
  readonly key: string;
  readonly severity: Severity;
  readonly text: string;
  /** Offered beside the text. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** The worker as the page sees it. */
export interface LinkStatus {
  readonly state: 'starting' | 'running' | 'restarting' | 'stopped';
  readonly restarts: number;
  readonly restartedAt: number;
}

export type Theme = 'dark' | 'light' | 'contrast';

export interface DeskState {
  /** Subscribed instruments in the order of the address; the first is shown. */
  readonly instruments: readonly InstrumentId[];
  readonly interval: Interval;
  readonly theme: Theme;
  readonly needs: ReadonlyMap<string, PanelNeed>;
  readonly notices: readonly Notice[];
  readonly link: LinkStatus;
  /** The user has done something on purpose: switching instruments under them is no longer polite. */
  readonly touched: boolean;
}

/** Intent and link status: everything at human speed that more than one room needs. */
export const deskStore = createStore<DeskState>()(() => ({
  instruments: [],
  interval: '1m',
  theme: 'dark',
  needs: new Map(),
  notices: [],
  link: { state: 'starting', restarts: 0, restartedAt: 0 },
  touched: false,
}));

/** Read intent in React. */
export const useDesk = <T>(select: (state: DeskState) => T): T => useStore(deskStore, select);

/**
 * Show one instrument in the place of the one shown now, whose subscription ends; the others stay. One that is open
 * already only changes places, so that nothing is loaded anew.
 */
export function openInstrument(id: InstrumentId): void {
  deskStore.setState(({ instruments }) => {
    const [shown, ...others] = instruments;
    if (shown === undefined || !instruments.includes(id)) return { instruments: [id, ...others] };
    return { instruments: [id, ...instruments.filter((other) => other !== id)] };
  });
}

/** Replace the whole set. */
export const setInstruments = (instruments: readonly InstrumentId[]): void => deskStore.setState({ instruments });
export const setInterval = (interval: Interval): void => deskStore.setState({ interval });
export const setTheme = (theme: Theme): void => deskStore.setState({ theme });
export const setLink = (link: LinkStatus): void => deskStore.setState({ link });
export const markTouched = (): void => {
  if (!deskStore.getState().touched) deskStore.setState({ touched: true });
};

/** Declare what a panel needs; call again to change it. */
export function declareNeed(panel: string, need: PanelNeed): void {
  deskStore.setState((s) => ({ needs: new Map(s.needs).set(panel, need) }));
}

/** A panel is gone: what only it needed ends. */
export function withdrawNeed(panel: string): void {
  deskStore.setState((s) => {
    const needs = new Map(s.needs);
    needs.delete(panel);
    return { needs };
  });
}

const RANK: Record<Severity, number> = { info: 0, warn: 1, error: 2 };

/** Say something globally; the same key replaces its former text. */
export function notify(notice: Notice): void {
  deskStore.setState((s) => ({ notices: [...s.notices.filter((n) => n.key !== notice.key), notice] }));
}

/** Take a message back. */
export function withdrawNotice(key: string): void {
  deskStore.setState((s) =>
    s.notices.some((n) => n.key === key) ? { notices: s.notices.filter((n) => n.key !== key) } : s,
  );
}

/** The message to show: the gravest, the newest of equals. */
export function topNotice(state: Pick<DeskState, 'notices'>): Notice | null {
  let top: Notice | null = null;
  for (const notice of state.notices) if (!top || RANK[notice.severity] >= RANK[top.severity]) top = notice;
  return top;
}

/**
 * Merge what panels need into what is asked of the feed. Every instrument on the desk is subscribed in full, needed by
 * a panel or not, since scripts read it; of several pictures of a book the deepest, finest and the last window win.
 */
export function mergeNeeds(state: Pick<DeskState, 'instruments' | 'interval' | 'needs'>): readonly Wanted[] {
  const ids = new Set<InstrumentId>(state.instruments);
  for (const need of state.needs.values()) ids.add(need.instrument);
  return [...ids].map((instrument) => {
    const needs = [...state.needs.values()].filter((need) => need.instrument === instrument);
    const candles = new Set<Interval>([state.interval, ...needs.flatMap((need) => need.candles ?? [])]);
    return {
      instrument,
      book: needs.reduce<WantedBook>((sum, need) => (need.book ? deepest(sum, need.book) : sum), LEAST_BOOK),
      trades: true,
      candles: [...candles],
      ticker: true,
    };
  });
}

const LEAST_BOOK: WantedBook = { best: 20, priceDecimals: 0, step: 0, window: null };

function deepest(a: WantedBook, b: WantedBook): WantedBook {
  return { ...b, best: Math.max(a.best, b.best), window: b.window ?? a.window };
}
