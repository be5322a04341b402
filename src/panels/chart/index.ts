import { lazy } from 'react';
import type { PanelDefinition } from '@/ui/panel.ts';

/** The candlestick chart. It and the chart library come as a chunk of their own. */
export const chartPanel: PanelDefinition = {
  kind: 'chart',
  title: 'Chart',
  Component: lazy(async () => ({ default: (await import('./Chart.tsx')).Chart })),
};
