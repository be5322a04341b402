import { useCallback, useEffect, useRef, useState } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';
import { useDesk } from '@/store/desk-store.ts';
import { healthStore, selectFeed, useHealth, watchHealth } from '@/store/health-store.ts';
import { recordOf } from '@/store/market-store.ts';
import { heardAt } from '@/store/status-source.ts';
import { clockText, onTick, pageNow } from '@/ui/page-clock.ts';
import { isUnheard } from '@/ui/status-words.ts';
import { FeedTable } from './FeedTable.tsx';
import { feedRows } from './feed-rows.ts';
import { GapTable } from './GapTable.tsx';
import { Hero } from './Hero.tsx';
import styles from './health.module.css';
import { reportText } from './health-export.ts';
import { LagPanel } from './LagPanel.tsx';
import { LogPanel } from './LogPanel.tsx';
import { ProofPanel } from './ProofPanel.tsx';
import { fileName, saveFile } from './save-file.ts';

interface HealthProps {
  /** The feed that was asked for, its details open; null when the panel was opened as a whole. */
  readonly opened: InstrumentId | null;
}

/** How every feed is and was, why it can be trusted, and what happened: the page that shows we are right, or are not. */
export function Health({ opened: asked }: HealthProps) {
  const state = useHealth((health) => health);
  const instruments = useDesk((desk) => desk.instruments);
  const [minutes, setMinutes] = useState(30);
  const [opened, setOpened] = useState(asked);
  const [root, asOf] = useSilence();
  useEffect(() => watchHealth(), []);
  useEffect(() => {
    if (!asked) return;
    setOpened(asked);
    selectFeed(asked);
    for (const line of root.current?.querySelectorAll<HTMLElement>('[data-feed]') ?? []) {
      if (line.dataset.feed === asked) line.focus();
    }
  }, [asked, root]);

  const now = pageNow();
  const span = { from: now - minutes * 60_000, to: now };
  const rows = feedRows(instruments, recordOf, state.feeds);
  const selected = rows.find(({ id }) => id === state.selected) ?? rows.at(0);
  const handleExport = (): void => {
    const at = pageNow();
    saveFile(
      document,
      fileName('health', at, 'json'),
      'application/json',
      reportText(rows, healthStore.getState(), at),
    );
  };
  return (
    <section
      ref={root}
      className={styles.health}
      aria-label="Health"
      data-panel="health"
      data-instrument={selected?.id}
      data-state={selected?.status?.state ?? 'connecting'}
      data-unheard={asOf === '' ? undefined : ''}
    >
      <Hero rows={rows} page={state.page} asOf={asOf} onExport={handleExport} />
      <FeedTable
        rows={rows}
        now={now}
        span={span}
        minutes={minutes}
        onMinutes={setMinutes}
        selected={selected?.id ?? null}
        onSelect={selectFeed}
        opened={opened}
        onOpen={setOpened}
      />
      <LagPanel row={selected} />
      <ProofPanel rows={rows} page={state.page} />
      <GapTable rows={rows} from={span.from} now={now} minutes={minutes} onSelect={selectFeed} />
      <LogPanel log={state.log} selected={selected} now={pageNow} />
    </section>
  );
}

/** When the data engine was last heard, once it has been silent for too long to be believed; empty while it speaks. */
function useSilence() {
  const root = useRef<HTMLElement>(null);
  const [asOf, setAsOf] = useState('');
  const look = useCallback(() => {
    const heard = heardAt();
    setAsOf(isUnheard(heard, pageNow()) ? clockText(heard) : '');
  }, []);
  useEffect(() => {
    const view = root.current?.ownerDocument.defaultView;
    return view ? onTick(view, look) : undefined;
  }, [look]);
  return [root, asOf] as const;
}
