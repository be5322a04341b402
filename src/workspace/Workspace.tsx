import { type ComponentType, type ReactNode, Suspense, useState, useSyncExternalStore } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';
import { marketStore, recordOf } from '@/store/market-store.ts';
import { ChromeIcon, type ChromeIconName } from '@/ui/ChromeIcon.tsx';
import type { PanelDefinition } from '@/ui/panel.ts';
import { useMediaQuery } from './use-media-query.ts';
import { setPanelConfig, usePanelConfig } from './workspace-store.ts';

type Kind = PanelDefinition['kind'];

/** What stands round a panel, so that one which breaks takes no other with it. */
export interface WallProps {
  readonly title: string;
  readonly instrument: InstrumentId;
  readonly children: ReactNode;
}

interface WorkspaceProps {
  readonly instrument: InstrumentId;
  readonly panels: Readonly<Record<Kind, PanelDefinition>>;
  readonly Wall: ComponentType<WallProps>;
  /** Panels that are left out. */
  readonly without: readonly Kind[];
}

const TABS: readonly { readonly kind: Kind; readonly label: string; readonly icon: ChromeIconName }[] = [
  { kind: 'chart', label: 'Chart', icon: 'chart' },
  { kind: 'ladder', label: 'Book', icon: 'book' },
  { kind: 'tape', label: 'Tape', icon: 'tape' },
];

/** The starter arrangement: chart, book and tape of one instrument; on a phone one of them at a time. */
export function Workspace({ instrument, panels, Wall, without }: WorkspaceProps) {
  const isPhone = useMediaQuery('(max-width: 599px)');
  const [active, setActive] = useState<Kind>('chart');
  const worker = useWorkerOf(instrument);
  const tabs = TABS.filter(({ kind }) => !without.includes(kind));
  return (
    <main className="work" data-without={without.join(' ')}>
      {tabs
        .filter(({ kind }) => !isPhone || kind === active)
        .map(({ kind }) => (
          <div key={kind} className="work-slot" data-slot={kind} data-active="">
            <Wall title={panels[kind].title} instrument={instrument}>
              <Suspense fallback={<div className="panel-blank" />}>
                <Slot key={`${instrument} ${worker}`} definition={panels[kind]} instrument={instrument} />
              </Suspense>
            </Wall>
          </div>
        ))}
      {isPhone && <Tabs tabs={tabs} active={active} onChoose={setActive} />}
    </main>
  );
}

/**
 * Which worker speaks of the instrument. When it is another one, grids and counts have begun anew, and so do panels:
 * what they kept of the former one cannot be told apart from what comes.
 */
function useWorkerOf(instrument: InstrumentId): number {
  return useSyncExternalStore(
    marketStore.subscribe,
    () => recordOf(instrument)?.worker ?? marketStore.getState().worker,
  );
}

function Slot({ definition, instrument }: { readonly definition: PanelDefinition; readonly instrument: InstrumentId }) {
  const panelId = `panel-${definition.kind}`;
  const config = usePanelConfig(panelId);
  return (
    <definition.Component
      panelId={panelId}
      instrument={instrument}
      config={config}
      setConfig={(next) => setPanelConfig(panelId, next)}
    />
  );
}

interface TabsProps {
  readonly tabs: typeof TABS;
  readonly active: Kind;
  readonly onChoose: (kind: Kind) => void;
}

function Tabs({ tabs, active, onChoose }: TabsProps) {
  return (
    <nav className="work-tabs" aria-label="Panels">
      {tabs.map(({ kind, label, icon }) => (
        <button
          key={kind}
          type="button"
          className="work-tab"
          aria-current={kind === active}
          onClick={() => onChoose(kind)}
        >
          <ChromeIcon name={icon} size={20} />
          {label}
        </button>
      ))}
    </nav>
  );
}
