import { formatTrimmed, scaleDecimal } from '@/market/decimal.ts';
import { type InstrumentId, type InstrumentInfo, stepTicks } from '@/market/instrument.ts';
import { groupSizes } from '@/market/price.ts';
import type { PanelConfig } from '@/ui/panel.ts';
import type { RecentreMode } from './ladder-axis.ts';

/** Ways the axis may follow the market, as the panel offers them. */
export const MODES: readonly { readonly mode: RecentreMode; readonly label: string }[] = [
  { mode: 'near-edge', label: 'Near edge' },
  { mode: 'centred', label: 'Centred' },
  { mode: 'manual', label: 'Manual' },
];

/** Settings of a ladder. Group sizes are kept as decimal text per instrument: a step never moves to another contract. */
export interface LadderConfig {
  readonly mode: RecentreMode;
  readonly groups: Readonly<Record<string, string>>;
}

/** Read what was stored; what is not recognised is dropped and the rest is kept. */
export function readConfig(config: PanelConfig): LadderConfig {
  const mode = MODES.find((each) => each.mode === config.mode)?.mode ?? 'near-edge';
  const stored = config.groups;
  const groups =
    typeof stored === 'object' && stored !== null && !Array.isArray(stored)
      ? Object.fromEntries(
          Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        )
      : {};
  return { mode, groups };
}

/** Group sizes to offer, in ticks. `price` is a rough price in ticks, 0 while none is known. */
export function offeredGroups(info: InstrumentInfo, price: number): readonly number[] {
  const step = stepTicks(info);
  return groupSizes(step, price > 0 ? price : step * 10_000);
}

/**
 * The group size to draw, in ticks. A remembered one counts while it is a multiple of the venue's step now.
 * @param remembered  decimal text, or undefined
 */
export function wantedGroup(info: InstrumentInfo, remembered: string | undefined): number {
  const step = stepTicks(info);
  if (remembered === undefined) return step;
  const ticks = scaleDecimal(remembered, info.grid.priceDecimals);
  return ticks > 0 && ticks % step === 0 ? ticks : step;
}

/** The next finer or coarser of the offered sizes; the same one at the end. */
export function nextGroup(offered: readonly number[], current: number, direction: -1 | 1): number {
  if (direction > 0) return offered.find((size) => size > current) ?? current;
  return offered.findLast((size) => size < current) ?? current;
}

/** Remember a group size for one instrument; the venue's own step is remembered by forgetting. */
export function withGroup(
  config: LadderConfig,
  instrument: InstrumentId,
  ticks: number,
  info: InstrumentInfo,
): PanelConfig {
  const { [instrument]: _former, ...others } = config.groups;
  const groups =
    ticks === stepTicks(info) ? others : { ...others, [instrument]: formatTrimmed(ticks, info.grid.priceDecimals) };
  return { mode: config.mode, groups };
}
