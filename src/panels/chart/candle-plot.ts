import {
  type CustomSeriesOptions,
  type CustomSeriesPricePlotValues,
  type CustomSeriesWhitespaceData,
  customSeriesDefaultOptions,
  type ICustomSeriesPaneRenderer,
  type ICustomSeriesPaneView,
  type PaneRendererCustomData,
  type Time,
} from 'lightweight-charts';
import { type Canvas, drawInPixels, drawInPoints } from './canvas-space.ts';
import type { ChartBar } from './chart-bars.ts';
import type { ChartTheme } from './chart-theme.ts';

/** Share of the pane's height that the tallest volume bars take. */
export const VOLUME_SHARE = 0.16;
/** The scale of volume: one spike above this part of what is in view does not flatten the rest. */
const VOLUME_QUANTILE = 0.985;
const PARTIAL_ALPHA = 0.7;

type Draw = ICustomSeriesPaneRenderer['draw'];
type ToY = Parameters<Draw>[1];
type Item = PaneRendererCustomData<Time, ChartBar>['bars'][number];

/** One drawn candle in whole device pixels. */
interface Shape {
  readonly x: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** Widths in device pixels: one for the wick, an odd multiple of it for the body, as the eye wants them centred. */
export function bodyWidth(spacing: number, ratio: number): { readonly body: number; readonly wick: number } {
  const wick = Math.max(1, Math.floor(ratio));
  const room = Math.floor(Math.min(spacing - 2, spacing * 0.8) * ratio);
  const body = Math.max(wick, room);
  return { body: (body - wick) % 2 === 0 ? body : body - 1, wick };
}

/** The volume that fills the volume area: a high quantile of what is in view, so that a spike is clipped instead. */
export function volumeCap(volumes: number[]): number {
  if (volumes.length === 0) return 0;
  const sorted = Float64Array.from(volumes).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * VOLUME_QUANTILE))];
}

/** Candles and volume as one series: hollow when the close is at or above the open, on whole pixels throughout. */
export class CandlePlot
  implements ICustomSeriesPaneView<Time, ChartBar, CustomSeriesOptions>, ICustomSeriesPaneRenderer
{
  private data: PaneRendererCustomData<Time, ChartBar> | null = null;

  constructor(
    public theme: ChartTheme,
    /** Writes the price of a wick that is the highest or lowest in view. */
    public price: (ticks: number) => string,
  ) {}

  renderer(): ICustomSeriesPaneRenderer {
    return this;
  }

  update(data: PaneRendererCustomData<Time, ChartBar>): void {
    this.data = data;
  }

  priceValueBuilder(bar: ChartBar): CustomSeriesPricePlotValues {
    return [bar.scaleLow, bar.scaleHigh, bar.close];
  }

  isWhitespace(bar: ChartBar | CustomSeriesWhitespaceData<Time>): bar is CustomSeriesWhitespaceData<Time> {
    return !('candle' in bar) || bar.candle === null;
  }

  defaultOptions(): CustomSeriesOptions {
    return customSeriesDefaultOptions;
  }

  draw(target: Canvas, toY: ToY): void {
    const data = this.data;
    const range = data?.visibleRange;
    if (!data || !range) return;
    const seen = data.bars.slice(Math.max(0, range.from), range.to).filter((item) => item.originalData.candle !== null);
    if (seen.length === 0) return;
    drawInPixels(target, ({ context, bitmapSize, horizontalPixelRatio, verticalPixelRatio }) => {
      const widths = bodyWidth(data.barSpacing, horizontalPixelRatio);
      this.drawVolume(context, seen, bitmapSize.height, widths.body, horizontalPixelRatio);
      this.drawCandles(context, seen, toY, widths, horizontalPixelRatio, verticalPixelRatio);
    });
    drawInPoints(target, ({ context, mediaSize }) => this.drawExtremes(context, seen, toY, mediaSize));
  }

  private drawVolume(ctx: CanvasRenderingContext2D, seen: Item[], bottom: number, width: number, ratio: number): void {
    const cap = volumeCap(seen.map((item) => item.originalData.volume));
    if (cap <= 0) return;
    const full = bottom * VOLUME_SHARE;
    for (const isUp of [true, false]) {
      ctx.fillStyle = isUp ? this.theme.upVolume : this.theme.downVolume;
      for (const { x, originalData: bar } of seen) {
        if (bar.close >= bar.open !== isUp || bar.volume <= 0) continue;
        const height = Math.max(1, Math.round(Math.min(1.06, bar.volume / cap) * full));
        ctx.fillRect(Math.round(x * ratio) - (width >> 1), bottom - height, width, height);
      }
    }
  }

  private drawCandles(
    ctx: CanvasRenderingContext2D,
    seen: Item[],
    toY: ToY,
    widths: ReturnType<typeof bodyWidth>,
    xRatio: number,
    yRatio: number,
  ): void {
    const y = (price: number): number => Math.round((toY(price) ?? 0) * yRatio);
    for (const isUp of [true, false]) {
      const colour = isUp ? this.theme.upFill : this.theme.downFill;
      ctx.fillStyle = colour;
      ctx.strokeStyle = colour;
      for (const { x, originalData: bar } of seen) {
        if (bar.close >= bar.open !== isUp) continue;
        const shape = {
          x: Math.round(x * xRatio),
          open: y(bar.open),
          high: y(bar.high),
          low: y(bar.low),
          close: y(bar.close),
        };
        if (bar.candle?.partial) drawPartial(ctx, shape, widths, isUp);
        else drawCandle(ctx, shape, widths, isUp);
      }
    }
  }

  private drawExtremes(
    ctx: CanvasRenderingContext2D,
    seen: Item[],
    toY: ToY,
    size: { readonly width: number; readonly height: number },
  ): void {
    const inside = seen.filter((item) => item.x >= 0 && item.x <= size.width);
    const { highest, lowest, outliers } = extremes(inside);
    ctx.font = `11px ${this.theme.font}`;
    ctx.textBaseline = 'middle';
    ctx.fillStyle = this.theme.text2;
    if (highest) this.label(ctx, highest, highest.originalData.candle?.h, toY(highest.originalData.high), -5, size);
    if (lowest) this.label(ctx, lowest, lowest.originalData.candle?.l, toY(lowest.originalData.low), 6, size);
    ctx.fillStyle = this.theme.warn;
    for (const item of outliers) {
      const isAbove = item.originalData.high > item.originalData.scaleHigh;
      const ticks = isAbove ? item.originalData.candle?.h : item.originalData.candle?.l;
      this.label(ctx, item, ticks, isAbove ? 30 : size.height * (1 - VOLUME_SHARE) - 8, 0, size, 'outlier ');
    }
  }

  private label(
    ctx: CanvasRenderingContext2D,
    item: Item,
    ticks: number | undefined,
    y: number | null,
    shift: number,
    size: { readonly width: number; readonly height: number },
    word = '',
  ): void {
    if (ticks === undefined || y === null) return;
    const isLeft = item.x > size.width * 0.6;
    const text = word + this.price(ticks);
    ctx.textAlign = isLeft ? 'right' : 'left';
    ctx.fillText(
      isLeft ? `${text} –` : `– ${text}`,
      item.x + (isLeft ? -3 : 3),
      Math.min(Math.max(y + shift, 8), size.height - 8),
    );
  }
}

/** At most this many outliers are named; a market full of them has no scale to protect. */
const MOST_OUTLIERS = 4;

/** Items that hold the highest and lowest price in view, outliers kept apart. */
export function extremes<T extends { readonly originalData: ChartBar }>(
  seen: readonly T[],
): { readonly highest: T | null; readonly lowest: T | null; readonly outliers: readonly T[] } {
  let highest: T | null = null;
  let lowest: T | null = null;
  const outliers: T[] = [];
  for (const item of seen) {
    const bar = item.originalData;
    if (bar.high > bar.scaleHigh || bar.low < bar.scaleLow) {
      if (outliers.length < MOST_OUTLIERS) outliers.push(item);
      continue;
    }
    if (!highest || bar.high > highest.originalData.high) highest = item;
    if (!lowest || bar.low < lowest.originalData.low) lowest = item;
  }
  return { highest, lowest, outliers };
}

function drawCandle(
  ctx: CanvasRenderingContext2D,
  shape: Shape,
  widths: ReturnType<typeof bodyWidth>,
  isUp: boolean,
): void {
  const { body, wick } = widths;
  const top = Math.min(shape.open, shape.close);
  const bottom = Math.max(shape.open, shape.close, top + wick);
  const left = shape.x - (body >> 1);
  drawWick(ctx, shape, top, bottom, wick);
  if (!isUp || body < 3 * wick || bottom - top <= 2 * wick) {
    ctx.fillRect(left, top, body, bottom - top);
    return;
  }
  ctx.fillRect(left, top, body, wick);
  ctx.fillRect(left, bottom - wick, body, wick);
  ctx.fillRect(left, top, wick, bottom - top);
  ctx.fillRect(left + body - wick, top, wick, bottom - top);
}

/** A candle that may lack trades: dotted and dimmed, a faint body only where the close is below the open. */
function drawPartial(
  ctx: CanvasRenderingContext2D,
  shape: Shape,
  widths: ReturnType<typeof bodyWidth>,
  isUp: boolean,
): void {
  const { body, wick } = widths;
  const top = Math.min(shape.open, shape.close);
  const bottom = Math.max(shape.open, shape.close, top + wick);
  const left = shape.x - (body >> 1);
  ctx.globalAlpha = PARTIAL_ALPHA;
  for (let y = shape.high; y < shape.low; y += 3 * wick)
    if (y < top || y >= bottom) ctx.fillRect(shape.x - (wick >> 1), y, wick, Math.min(2 * wick, shape.low - y));
  for (let y = top; y < bottom; y += 3 * wick) {
    const height = Math.min(2 * wick, bottom - y);
    ctx.fillRect(left, y, wick, height);
    ctx.fillRect(left + body - wick, y, wick, height);
  }
  ctx.fillRect(left, top, body, wick);
  ctx.fillRect(left, bottom - wick, body, wick);
  ctx.globalAlpha = PARTIAL_ALPHA / 2;
  if (!isUp) ctx.fillRect(left, top, body, bottom - top);
  ctx.globalAlpha = 1;
}

function drawWick(ctx: CanvasRenderingContext2D, shape: Shape, top: number, bottom: number, wick: number): void {
  const left = shape.x - (wick >> 1);
  if (shape.high < top) ctx.fillRect(left, shape.high, wick, top - shape.high);
  if (shape.low > bottom) ctx.fillRect(left, bottom, wick, shape.low - bottom);
}
