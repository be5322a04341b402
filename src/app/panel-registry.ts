import { chartPanel } from '@/panels/chart/index.ts';
import { ladderPanel } from '@/panels/ladder/index.ts';
import { tapePanel } from '@/panels/tape/index.ts';
import type { PanelDefinition } from '@/ui/panel.ts';

/** Every panel, introduced to the workspace, which knows none of them. */
export const PANELS: Readonly<Record<PanelDefinition['kind'], PanelDefinition>> = {
  chart: chartPanel,
  ladder: ladderPanel,
  tape: tapePanel,
};
