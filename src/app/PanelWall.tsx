import { useState } from 'react';
import { ErrorBoundary, type FallbackProps } from 'react-error-boundary';
import { PanelCrash } from '@/ui/PanelCrash.tsx';
import { pageNow } from '@/ui/page-clock.ts';
import type { WallProps } from '@/workspace/Workspace.tsx';
import { splitId } from './venues.ts';

/** The wall round each panel: one that breaks becomes a card in its place, and the others go on. */
export function PanelWall({ title, instrument, children }: WallProps) {
  const { symbol } = splitId(instrument);
  return (
    <ErrorBoundary
      resetKeys={[instrument]}
      fallbackRender={({ error, resetErrorBoundary }: FallbackProps) => (
        <Crash title={title} symbol={symbol} error={error} onReload={() => resetErrorBoundary()} />
      )}
    >
      {children}
    </ErrorBoundary>
  );
}

interface CrashProps {
  readonly title: string;
  readonly symbol: string;
  readonly error: unknown;
  readonly onReload: () => void;
}

function Crash(props: CrashProps) {
  const [at] = useState(pageNow);
  return <PanelCrash {...props} at={at} />;
}
