import type { InstrumentId } from '@/market/instrument.ts';
import { deskStore, markTouched, notify, setInterval as setDeskInterval, setInstruments } from '@/store/desk-store.ts';
import { setFeedPort } from '@/store/feed-port.ts';
import { loadWorkspace, saveWorkspace, setLayout, setPanels, workspaceStore } from '@/workspace/workspace-store.ts';
import { parseAddress, withInstruments, withInterval } from './address.ts';
import { createAutomation, type Depthwire } from './automation.ts';
import { BUILD_ID } from './build-id.ts';
import { FeedLink } from './feed-link.ts';
import { followHealth } from './health-probe.ts';
import { followLayout } from './layout-address.ts';
import { followPageLife, reloadOnce } from './page-life.ts';
import { type VisitLog, wasDiscarded } from './safe-mode.ts';
import { adoptTheme } from './theme.ts';
import { followTicks } from './tick-notices.ts';
import { followTitle } from './title.ts';
import { DEMO_INSTRUMENT, RACE } from './venues.ts';
import { runFirstVisit, type Visit } from './visit.ts';
import { spawnWorker } from './worker-port.ts';

declare global {
  interface Window {
    readonly depthwire: Depthwire;
  }
}

/** A visit whose instruments were given: by the address or by the last workspace. */
const GIVEN: Visit = { isChosen: () => true, stop: () => undefined };

/**
 * Bring the desk to life: read what is asked for, start the feed, publish the scripting surface. Everything that can
 * happen without React happens here, so that sockets are open before anything is drawn.
 * @param crashed  the visits that crashed, when this one has to make do with the least; else null
 */
export function boot(view: Window, crashed: VisitLog | null): FeedLink {
  const page = view.document;
  const address = parseAddress(view.location.search);
  const { workspace, problem } = loadWorkspace(storageOf(view));
  adoptTheme(page);
  setPanels(workspace.panels);
  setLayout(crashed ? 'starter' : address.layout);
  setDeskInterval(address.interval ?? workspace.interval ?? '1m');
  if (problem) notify({ key: 'workspace', severity: 'warn', text: problem });
  if (address.notes.length > 0) {
    notify({ key: 'address', severity: 'warn', text: `Ignored in the address: ${address.notes.join(' ')}` });
  }

  if (wasDiscarded(view)) {
    const text = 'The browser had put this page away to save memory. It has begun anew.';
    notify({ key: 'discarded', severity: 'info', text });
  }
  const asked = address.instruments.length > 0 ? address.instruments : workspace.instruments;
  const given = crashed ? leastOf(asked) : asked;
  if (crashed) tellSafeMode(view, crashed);
  setInstruments(given);
  const visit = given.length > 0 ? GIVEN : runFirstVisit();
  const link = new FeedLink({
    view,
    spawn: spawnWorker,
    endpoints: address.endpoints,
    demo: address.demo,
    isVisible: page.visibilityState === 'visible',
    isOnline: view.navigator.onLine,
    reloadOnce: () => reloadOnce(view, BUILD_ID),
  });
  setFeedPort(link);
  publish(
    view,
    createAutomation(link, (venue) => address.endpoints.some((endpoint) => endpoint.venue === venue)),
  );
  followPageLife(view, link);
  followTitle(page, link);
  followTicks(link);
  followHealth(view, link);
  followLayout(view);
  followTouch(view);
  // The least is not what the user chose: address and workspace stay as they were.
  if (!crashed) remember(view, visit);
  return link;
}

/** One instrument, and no race for which: each more costs memory. */
const leastOf = (asked: readonly InstrumentId[]): readonly InstrumentId[] => [asked[0] ?? RACE[0] ?? DEMO_INSTRUMENT];

function tellSafeMode(view: Window, crashed: VisitLog): void {
  const leave = (): void => {
    crashed.forgive();
    view.location.reload();
  };
  notify({
    key: 'safe-mode',
    severity: 'warn',
    text: 'Safe mode after 3 crashes in 5 minutes: one chart, one book.',
    action: { label: 'Leave', run: leave },
  });
}

function publish(view: Window, depthwire: Depthwire): void {
  Object.defineProperty(view, 'depthwire', {
    value: depthwire,
    writable: false,
    configurable: false,
    enumerable: true,
  });
}

/** Anything done on purpose marks the page as touched: from then on nothing is switched without being asked for. */
function followTouch(view: Window): void {
  const options = { capture: true, passive: true } as const;
  view.addEventListener('pointerdown', markTouched, options);
  view.addEventListener('keydown', markTouched, options);
}

/**
 * Keep the address and the saved workspace in step with what the user has chosen. Looked at once a task is over, when
 * a race that moved the instruments itself has settled what it did.
 */
function remember(view: Window, visit: Visit): void {
  let saved = { ...pick(), panels: workspaceStore.getState().panels };
  let isQueued = false;
  const compare = (): void => {
    isQueued = false;
    const next = { ...pick(), panels: workspaceStore.getState().panels };
    if (!visit.isChosen()) next.instruments = saved.instruments;
    const isNewSet = next.instruments !== saved.instruments;
    const isNewInterval = next.interval !== saved.interval;
    if (!isNewSet && !isNewInterval && next.panels === saved.panels) return;
    saved = next;
    saveWorkspace(storageOf(view), visit.isChosen() ? saved : { ...saved, instruments: [] });
    if (!(isNewSet || isNewInterval) || !deskStore.getState().touched) return;
    const { pathname, search, hash } = view.location;
    const withSet = isNewSet ? withInstruments(search, saved.instruments) : search;
    const asked = isNewInterval ? withInterval(withSet, saved.interval) : withSet;
    view.history.replaceState(null, '', `${pathname}${asked}${hash}`);
  };
  const queue = (): void => {
    if (isQueued) return;
    isQueued = true;
    queueMicrotask(compare);
  };
  deskStore.subscribe(queue);
  workspaceStore.subscribe(queue);
}

const pick = () => {
  const { instruments, interval } = deskStore.getState();
  return { instruments, interval };
};

/** A browser may refuse even to name its storage; then nothing is remembered, and the workspace says so. */
function storageOf(view: Window): Pick<Storage, 'getItem' | 'setItem'> {
  try {
    return view.localStorage;
  } catch (refusal) {
    const refuse = (): never => {
      throw refusal;
    };
    return { getItem: refuse, setItem: refuse };
  }
}
