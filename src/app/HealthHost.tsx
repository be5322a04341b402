import { lazy, Suspense } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';
import { PanelWall } from './PanelWall.tsx';

const Health = lazy(() => import('@/panels/health/index.ts').then(({ Health: Panel }) => ({ default: Panel })));

interface HealthHostProps {
  /** Shown first on the desk; names the panel's wall. */
  readonly instrument: InstrumentId;
  /** The feed that was asked for; null: none in particular. */
  readonly opened: InstrumentId | null;
}

/** The health of all feeds, in the place of the instrument and its panels. */
export function HealthHost({ instrument, opened }: HealthHostProps) {
  return (
    <main className="work-health">
      <PanelWall title="Health" instrument={instrument}>
        <Suspense fallback={<div className="panel-blank" />}>
          <Health opened={opened} />
        </Suspense>
      </PanelWall>
    </main>
  );
}
