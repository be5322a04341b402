import type { PanelDefinition } from '@/ui/panel.ts';
import { Ladder } from './Ladder.tsx';

export const ladderPanel: PanelDefinition = { kind: 'ladder', title: 'Order book', Component: Ladder };
