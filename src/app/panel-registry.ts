import { type ComponentType, lazy } from 'react';
import { chartPanel } from '@/panels/chart/index.ts';
import type { PanelDefinition, PanelProps } from '@/ui/panel.ts';

// Fetched from the first moment and apart from the entry, so that the feed's sockets do not wait for their code.
const ladder = import('@/panels/ladder/index.ts').then(({ ladderPanel }) => ladderPanel);
const tape = import('@/panels/tape/index.ts').then(({ tapePanel }) => tapePanel);

const deferred = (definition: Promise<PanelDefinition>) =>
  lazy(async () => ({ default: (await definition).Component as ComponentType<PanelProps> }));

/** Every panel, introduced to the workspace, which knows none of them. */
export const PANELS: Readonly<Record<PanelDefinition['kind'], PanelDefinition>> = {
  chart: chartPanel,
  ladder: { kind: 'ladder', title: 'Order book', Component: deferred(ladder) },
  tape: { kind: 'tape', title: 'Trades', Component: deferred(tape) },
};
