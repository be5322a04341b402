import { FINER, formatTrimmed, MALFORMED, scaleDecimal, WIDE } from '@/market/decimal.ts';
import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import { err, ok, type Result } from '@/market/result.ts';
import type { PanelConfig } from '@/ui/panel.ts';

/** Prints of one aggressor this near to each other are one sweep. */
export const FOLD_MS = 40;

/**
 * Settings of a tape. Folding is off until asked for: unfolded, every row is exactly one trade of the venue with its
 * own id, price and size, which is what scripts read and what a trader compares with fills. Minimum sizes are decimal
 * text per instrument.
 */
export interface TapeConfig {
  readonly isFolding: boolean;
  readonly minimums: Readonly<Record<string, string>>;
}

/** Read what was stored; what is not recognised is dropped and the rest is kept. */
export function readConfig(config: PanelConfig): TapeConfig {
  const stored = config.minimums;
  const minimums =
    typeof stored === 'object' && stored !== null && !Array.isArray(stored)
      ? Object.fromEntries(
          Object.entries(stored).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        )
      : {};
  return { isFolding: config.isFolding === true, minimums };
}

/** Remember a minimum for one instrument; an empty one is forgotten. */
export function withMinimum(config: TapeConfig, instrument: InstrumentId, minimum: string): PanelConfig {
  const { [instrument]: _former, ...others } = config.minimums;
  return { ...config, minimums: minimum === '' ? others : { ...others, [instrument]: minimum } };
}

/**
 * Read a minimum as typed. A comma is taken as the decimal sign where it can be nothing else: `0,5` is a half, `1,000`
 * could be either and is asked back.
 * @returns lots with the text to keep, 0 and empty text for a cleared field, or a sentence saying what is wrong
 */
export function readMinimum(
  typed: string,
  info: Pick<InstrumentInfo, 'grid'>,
): Result<{ readonly lots: number; readonly text: string }, string> {
  const text = typed.trim().replace(/\s/g, '');
  if (text === '') return ok({ lots: 0, text: '' });
  if (/^[1-9]\d{0,2}(,\d{3})+$/.test(text)) return err('Is the comma a thousand or a decimal sign? Write it without.');
  const plain = /^\d*,\d+$/.test(text) ? text.replace(',', '.') : text;
  if (!/^\d*\.?\d*$/.test(plain) || !/\d/.test(plain)) return err('Type a size in digits, such as 0.5.');
  const padded = plain.startsWith('.') ? `0${plain}` : plain.endsWith('.') ? plain.slice(0, -1) : plain;
  const lots = scaleDecimal(padded, info.grid.lotDecimals);
  if (lots === MALFORMED) return err('Type a size in digits, such as 0.5.');
  if (lots === FINER) return err(`Nothing here is smaller than ${formatTrimmed(1, info.grid.lotDecimals)}.`);
  if (lots === WIDE) return err('That size is too large.');
  return ok({ lots, text: lots === 0 ? '' : formatTrimmed(lots, info.grid.lotDecimals) });
}

/** The remembered minimum in lots; what no longer fits the grid filters nothing. */
export function minimumLots(info: InstrumentInfo, config: TapeConfig): number {
  const read = readMinimum(config.minimums[info.id] ?? '', info);
  return read.ok ? read.value.lots : 0;
}
