import { formatScaled, splitDecimal } from '@/market/decimal.ts';
import { type InstrumentInfo, type InstrumentKind, stepTicks } from '@/market/instrument.ts';
import { formatTicks, stepDecimals } from '@/market/price.ts';
import { formatSize } from '@/market/quantity.ts';
import type { Millis } from '@/market/time.ts';
import type { TickerFrame } from '@/protocol/frame.ts';
import type { InstrumentRecord } from '@/store/market-store.ts';

/** Stands where nothing is known: a venue that has not spoken has not said zero. */
export const UNKNOWN = '–';

export type Sign = 'up' | 'down' | 'flat';

/** The slow figures of the instrument bar, as text. */
export interface Figures {
  readonly change: string;
  readonly changePercent: string;
  readonly sign: Sign;
  readonly high: string;
  readonly low: string;
  readonly volume: string;
  readonly quoteVolume: string;
  /** Null where the instrument has none. */
  readonly mark: string | null;
  readonly funding: string | null;
  readonly fundingName: string;
}

/** A price with its direction. */
export interface LastPrice {
  readonly text: string;
  readonly sign: Sign;
}

const KINDS: Record<InstrumentKind, string> = {
  spot: 'Spot',
  perpetual: 'Perpetual',
  future: 'Future',
  option: 'Option',
  fx: 'FX',
  equity: 'Equity',
  commodity: 'Commodity',
};

/** `Perpetual · Binance Perp` becomes `Perpetual · Binance`: the kind is said once. */
export function describeInstrument({ kind, venueName }: Pick<InstrumentInfo, 'kind' | 'venueName'>): string {
  return `${KINDS[kind]} · ${venueName.replace(/ Perp$/, '')}`;
}

/** Decimals of a price as this instrument shows it. */
export function shownDecimals(info: InstrumentInfo): number {
  return stepDecimals(stepTicks(info), info.grid.priceDecimals);
}

/** The last traded price, at the precision of the price step: ours, or before there is one the venue's own word. */
export function lastPrice(record: InstrumentRecord | undefined): LastPrice {
  const info = record?.info;
  const ticks = record?.lastTrade?.ticks ?? record?.ticker?.lastTicks ?? null;
  if (!info || ticks === null) return { text: UNKNOWN, sign: 'flat' };
  const text = formatTicks(ticks, info.grid.priceDecimals, shownDecimals(info));
  return { text, sign: signOf(record?.lastTrade?.direction ?? 0) };
}

/** The day's figures; each is `–` until the venue's own ticker has said it. */
export function figuresOf(record: InstrumentRecord | undefined, now: Millis): Figures {
  const info = record?.info;
  const ticker = record?.ticker;
  if (!info || !ticker) return NOTHING;
  const decimals = shownDecimals(info);
  const price = (ticks: number | null): string =>
    ticks === null ? UNKNOWN : formatTicks(ticks, info.grid.priceDecimals, decimals);
  const { changeTicks, changeBasisPoints, volume, quoteVolume } = ticker;
  return {
    change: changeTicks === null ? UNKNOWN : plus(changeTicks) + price(changeTicks),
    changePercent: changeBasisPoints === null ? '' : percent(changeBasisPoints),
    sign: signOf(changeTicks ?? changeBasisPoints ?? 0),
    high: price(ticker.highTicks),
    low: price(ticker.lowTicks),
    volume: volume === null ? UNKNOWN : formatSize(volume, info.grid.lotDecimals, 2),
    quoteVolume: quoteVolume === null ? UNKNOWN : compact(quoteVolume),
    mark: ticker.markTicks === null ? null : price(ticker.markTicks),
    funding: ticker.fundingRate === null ? null : fundingPercent(ticker.fundingRate),
    fundingName: fundingName(ticker, now),
  };
}

const NOTHING: Figures = {
  change: UNKNOWN,
  changePercent: '',
  sign: 'flat',
  high: UNKNOWN,
  low: UNKNOWN,
  volume: UNKNOWN,
  quoteVolume: UNKNOWN,
  mark: null,
  funding: null,
  fundingName: 'Funding',
};

const signOf = (value: number): Sign => (value > 0 ? 'up' : value < 0 ? 'down' : 'flat');
const plus = (value: number): string => (value > 0 ? '+' : '');

/** `+1.84 %` of 184 hundredths of a percent. */
function percent(hundredths: number): string {
  const text = formatScaled(Math.abs(Math.round(hundredths)), 2);
  return `${hundredths > 0 ? '+' : hundredths < 0 ? '−' : ''}${text} %`;
}

/** A decimal of any width in at most six characters: `9.43B`. */
function compact(text: string): string {
  const parts = splitDecimal(text);
  if (!parts) return UNKNOWN;
  return formatSize(parts.digits.length > 15 ? parts.digits : Number(parts.digits), parts.decimals, 2);
}

/** `+0.0100 %` of `0.00010000`; digits finer than a millionth are for the venue's books only. */
function fundingPercent(rate: string): string {
  const isNegative = rate.startsWith('-');
  const parts = splitDecimal(isNegative ? rate.slice(1) : rate);
  if (!parts) return UNKNOWN;
  const hundredMillionths = Math.round(Number(`${parts.digits}e${6 - parts.decimals}`));
  const sign = hundredMillionths === 0 ? '' : isNegative ? '−' : '+';
  return `${sign}${formatScaled(hundredMillionths, 4)} %`;
}

function fundingName({ nextFundingAt }: TickerFrame, now: Millis): string {
  if (nextFundingAt === null || nextFundingAt <= now) return 'Funding';
  const seconds = Math.floor((nextFundingAt - now) / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `Funding in ${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
