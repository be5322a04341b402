import type { PanelDefinition } from '@/ui/panel.ts';
import { Tape } from './Tape.tsx';

export const tapePanel: PanelDefinition = { kind: 'tape', title: 'Trades', Component: Tape };
