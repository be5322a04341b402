import * as v from 'valibot';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { type InstrumentId, parseInstrumentId } from '@/market/instrument.ts';
import { INTERVALS, type Interval } from '@/market/time.ts';
import type { PanelConfig } from '@/ui/panel.ts';
import type { Layout } from './layouts.ts';

/** What is remembered from one visit to the next. */
export interface SavedWorkspace {
  readonly instruments: readonly InstrumentId[];
  readonly interval: Interval | null;
  readonly panels: Readonly<Record<string, PanelConfig>>;
}

/** Where it is remembered: the browser's storage, or a test's. */
export type WorkspaceStorage = Pick<Storage, 'getItem' | 'setItem'>;

const KEY = 'depthwire.workspace';
const BAD_KEY = 'depthwire.workspace.bad';
const VERSION = 1;
/** Nothing of ours is near this; whatever is larger was written by something else. */
const MAX_SAVED = 262_144;
const EMPTY: SavedWorkspace = { instruments: [], interval: null, panels: {} };

const Instruments = v.pipe(
  v.array(v.unknown()),
  v.transform((list): InstrumentId[] => {
    const ids = list.flatMap((one) => (typeof one === 'string' ? (parseInstrumentId(one)?.id ?? []) : []));
    return [...new Set(ids)].slice(0, 24);
  }),
);
const Panels = v.record(v.pipe(v.string(), v.maxLength(64)), v.record(v.string(), v.unknown()));
/** What is not recognised falls away by itself; only what is no workspace at all is refused. */
const Saved = v.object({
  version: v.literal(VERSION),
  instruments: v.fallback(Instruments, []),
  interval: v.fallback(v.nullable(v.picklist(INTERVALS)), null),
  panels: v.fallback(Panels, {}),
});

/**
 * Read a saved workspace.
 * @returns null when the text is not one
 */
export function parseWorkspace(text: string): SavedWorkspace | null {
  if (text.length > MAX_SAVED) return null;
  try {
    const result = v.safeParse(Saved, JSON.parse(text));
    if (!result.success) return null;
    const { instruments, interval, panels } = result.output;
    return { instruments, interval, panels };
  } catch {
    return null;
  }
}

/** What `loadWorkspace` found; `problem` is a sentence for the user. */
export interface LoadedWorkspace {
  readonly workspace: SavedWorkspace;
  readonly problem: string | null;
}

/** Load the last workspace. One that cannot be read is kept aside, so that nothing is lost by opening the page. */
export function loadWorkspace(storage: WorkspaceStorage): LoadedWorkspace {
  try {
    const text = storage.getItem(KEY);
    if (text === null) return { workspace: EMPTY, problem: null };
    const workspace = parseWorkspace(text);
    if (workspace) return { workspace, problem: null };
    storage.setItem(BAD_KEY, text);
    return {
      workspace: EMPTY,
      problem: 'The saved workspace could not be read; it is kept aside and a new one begins.',
    };
  } catch {
    return {
      workspace: EMPTY,
      problem: 'This browser does not let the page store anything: settings last for this visit.',
    };
  }
}

/**
 * Save a workspace.
 * @returns whether the browser took it
 */
export function saveWorkspace(storage: WorkspaceStorage, workspace: SavedWorkspace): boolean {
  try {
    storage.setItem(KEY, JSON.stringify({ version: VERSION, ...workspace }));
    return true;
  } catch {
    return false;
  }
}

interface WorkspaceState {
  readonly layout: Layout;
  readonly panels: Readonly<Record<string, PanelConfig>>;
}

/** The arrangement on screen, and the settings of each panel, by panel. */
export const workspaceStore = createStore<WorkspaceState>()(() => ({ layout: 'starter', panels: {} }));

const NO_CONFIG: PanelConfig = {};

/** The settings of one panel, in React. */
export const usePanelConfig = (panelId: string): PanelConfig =>
  useStore(workspaceStore, (state) => state.panels[panelId] ?? NO_CONFIG);

/** The arrangement on screen, in React. */
export const useLayout = (): Layout => useStore(workspaceStore, (state) => state.layout);

export const setLayout = (layout: Layout): void => workspaceStore.setState({ layout });

export const setPanelConfig = (panelId: string, config: PanelConfig): void =>
  workspaceStore.setState(({ panels }) => ({ panels: { ...panels, [panelId]: config } }));

export const setPanels = (panels: WorkspaceState['panels']): void => workspaceStore.setState({ panels });
