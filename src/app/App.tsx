import { type Dispatch, lazy, type SetStateAction, Suspense, useEffect, useRef, useState } from 'react';
import { type InstrumentId, parseInstrumentId } from '@/market/instrument.ts';
import { useDesk } from '@/store/desk-store.ts';
import { ASK_HEALTH } from '@/ui/ask-health.ts';
import { LAYOUTS } from '@/workspace/layouts.ts';
import { Workspace } from '@/workspace/Workspace.tsx';
import { setLayout, useLayout } from '@/workspace/workspace-store.ts';
import { followStates } from './announcer.ts';
import type { FeedLink } from './feed-link.ts';
import { HealthHost } from './HealthHost.tsx';
import { InstrumentBar } from './InstrumentBar.tsx';
import { catchTyping, followKeys } from './keys.ts';
import { PanelWall } from './PanelWall.tsx';
import { PANELS } from './panel-registry.ts';
import { StatusStrip } from './StatusStrip.tsx';
import { TopBar } from './TopBar.tsx';
import { dismissToast, useToasts } from './toasts.ts';

const SearchHost = lazy(() => import('./SearchHost.tsx').then(({ SearchHost: Host }) => ({ default: Host })));
const HelpHost = lazy(() => import('./HelpHost.tsx').then(({ HelpHost: Host }) => ({ default: Host })));
const ToastStack = lazy(() => import('@/ui/ToastStack.tsx').then(({ ToastStack: Stack }) => ({ default: Stack })));

/** Left out after crashes. */
const HEAVY = ['tape'] as const;
const NONE = [] as const;

type Overlay = { readonly kind: 'search'; readonly query: string } | { readonly kind: 'help' } | null;

/** Edits the query of an open search from outside its field. */
const typeInto = (setOverlay: Dispatch<SetStateAction<Overlay>>) => (edit: (query: string) => string) =>
  setOverlay((now) => (now?.kind === 'search' ? { ...now, query: edit(now.query).slice(0, 100) } : now));

/** The whole page round its feed. */
export function App({ link, isSafe }: { readonly link: FeedLink; readonly isSafe: boolean }) {
  const instrument = useDesk((state) => state.instruments.at(0));
  const [overlay, setOverlay] = useState<Overlay>(null);
  const openSearch = (query: string): void => setOverlay((now) => now ?? { kind: 'search', query });
  const openHelp = (): void => setOverlay((now) => now ?? { kind: 'help' });

  useEffect(
    () =>
      followKeys(window, {
        openSearch: (query) => setOverlay((now) => now ?? { kind: 'search', query }),
        openHelp: () => setOverlay((now) => now ?? { kind: 'help' }),
        openLayout: (number) => {
          const chosen = LAYOUTS.at(number - 1);
          if (chosen) setLayout(chosen.layout);
        },
      }),
    [],
  );

  const layout = useLayout();
  const askedHealth = useAskedHealth();

  const isSearching = overlay?.kind === 'search';
  useEffect(() => (isSearching ? catchTyping(typeInto(setOverlay)) : undefined), [isSearching]);

  if (instrument === undefined) return null;
  return (
    <div className="app">
      <TopBar onSearch={() => openSearch('')} onHelp={openHelp} />
      {layout === 'health' ? (
        <HealthHost instrument={instrument} opened={askedHealth} />
      ) : (
        <>
          <InstrumentBar key={instrument} instrument={instrument} onSearch={() => openSearch('')} />
          <Workspace instrument={instrument} panels={PANELS} Wall={PanelWall} without={isSafe ? HEAVY : NONE} />
        </>
      )}
      <StatusStrip key={`strip ${instrument}`} instrument={instrument} link={link} />
      <LiveRegion />
      <StoppedCard onRestart={() => link.restart()} />
      <Suspense fallback={null}>
        {overlay?.kind === 'search' && (
          <SearchHost
            query={overlay.query}
            onQuery={(query) => setOverlay({ kind: 'search', query })}
            onClose={() => setOverlay(null)}
            onHelp={() => setOverlay({ kind: 'help' })}
          />
        )}
        {overlay?.kind === 'help' && <HelpHost onClose={() => setOverlay(null)} />}
      </Suspense>
      <Toasts />
    </div>
  );
}

/** The feed whose health a chip asked for; nobody's again once another layout is shown. */
function useAskedHealth(): InstrumentId | null {
  const layout = useLayout();
  const [asked, setAsked] = useState<InstrumentId | null>(null);
  useEffect(() => {
    const handleAsk = (event: Event): void => {
      const detail: unknown = event instanceof CustomEvent ? event.detail : null;
      const id = typeof detail === 'string' ? parseInstrumentId(detail)?.id : undefined;
      if (!id) return;
      setAsked(id);
      setLayout('health');
    };
    document.addEventListener(ASK_HEALTH, handleAsk);
    return () => document.removeEventListener(ASK_HEALTH, handleAsk);
  }, []);
  useEffect(() => {
    if (layout !== 'health') setAsked(null);
  }, [layout]);
  return asked;
}

function LiveRegion() {
  const region = useRef<HTMLDivElement>(null);
  useEffect(() => (region.current ? followStates(region.current) : undefined), []);
  return <div ref={region} className="unseen" aria-live="polite" data-live-region="" />;
}

function Toasts() {
  const toasts = useToasts();
  const [isNeeded, setIsNeeded] = useState(false);
  if (toasts.length > 0 && !isNeeded) setIsNeeded(true);
  if (!isNeeded) return null;
  return (
    <Suspense fallback={null}>
      <ToastStack toasts={toasts} onDismiss={dismissToast} />
    </Suspense>
  );
}

/** Stands over the panels once the feed was given up: what they show is a memory. */
function StoppedCard({ onRestart }: { readonly onRestart: () => void }) {
  const isStopped = useDesk((state) => state.link.state === 'stopped');
  if (!isStopped) return null;
  return (
    <section className="stopped" role="alertdialog" aria-labelledby="stopped-title" aria-describedby="stopped-text">
      <h2 id="stopped-title">The data engine is stopped</h2>
      <p id="stopped-text">
        It failed again and again, so it is not started by itself any more. Nothing shown is current.
      </p>
      <button type="button" onClick={onRestart}>
        Restart
      </button>
    </section>
  );
}
