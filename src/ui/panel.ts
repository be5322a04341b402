import type { ComponentType, LazyExoticComponent } from 'react';
import type { InstrumentId } from '@/market/instrument.ts';

/** Settings of one panel, opaque outside its folder. */
export type PanelConfig = Readonly<Record<string, unknown>>;

/** All that a panel is given. */
export interface PanelProps {
  /** Unique per mounted panel. */
  readonly panelId: string;
  readonly instrument: InstrumentId;
  readonly config: PanelConfig;
  readonly setConfig: (config: PanelConfig) => void;
}

/** How a panel introduces itself. */
export interface PanelDefinition {
  readonly kind: 'ladder' | 'tape' | 'chart';
  /** `Order book`, `Trades`, `Chart`. */
  readonly title: string;
  readonly Component: ComponentType<PanelProps> | LazyExoticComponent<ComponentType<PanelProps>>;
}
