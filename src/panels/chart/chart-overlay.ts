import type {
  IPrimitivePaneView,
  ISeriesPrimitive,
  Logical,
  PrimitivePaneViewZOrder,
  SeriesAttachedParameter,
  Time,
} from 'lightweight-charts';
import { type Canvas, drawInPixels, drawInPoints } from './canvas-space.ts';
import type { ChartTheme } from './chart-theme.ts';

/** A stretch of time marked across the pane, by slots of the drawn series. */
export interface Band {
  /** First and last slot in it; the last may lie beyond the newest candle while the stretch is open. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
  /** Trades are missing, trades were fetched after all, or simply nothing traded. */
  readonly tone: 'lost' | 'repaired' | 'quiet';
}

/** The last price: a dotted line across and a tag on the axis. */
export interface LastPrice {
  /** As the library counts prices. */
  readonly value: number;
  readonly text: string;
  /** Time left of the candle; empty where it is not counted. */
  readonly countdown: string;
  readonly direction: -1 | 0 | 1;
  /** The feed is not current: the tag loses its colour. */
  readonly isFrozen: boolean;
}

type Draw = (target: Canvas) => void;

const view = (zOrder: PrimitivePaneViewZOrder, draw: Draw): readonly IPrimitivePaneView[] => {
  const renderer = { draw };
  return [{ zOrder: () => zOrder, renderer: () => renderer }];
};

const TAG = 18;
const SECOND_LINE = 14;
/** Where the library begins the labels of a price axis: the digits of the tag stand under theirs. */
const LABEL_START = 10;

/** What is drawn besides candles: bands of gaps behind them, the last price before them. */
export class ChartOverlay implements ISeriesPrimitive<Time> {
  private attachedTo: SeriesAttachedParameter<Time> | null = null;
  private bands: readonly Band[] = [];
  private last: LastPrice | null = null;
  private readonly pane = [
    ...view('bottom', (target) => this.drawBands(target)),
    ...view('top', (target) => this.drawLine(target)),
  ];
  private readonly axis = view('top', (target) => this.drawTag(target));

  constructor(public theme: ChartTheme) {}

  attached(parameter: SeriesAttachedParameter<Time>): void {
    this.attachedTo = parameter;
  }

  detached(): void {
    this.attachedTo = null;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.pane;
  }

  priceAxisPaneViews(): readonly IPrimitivePaneView[] {
    return this.axis;
  }

  /** Show these, and ask for a repaint if they differ from what is shown. */
  show(bands: readonly Band[], last: LastPrice | null): void {
    if (sameBands(bands, this.bands) && sameLast(last, this.last)) return;
    this.bands = bands;
    this.last = last;
    this.attachedTo?.requestUpdate();
  }

  private y(value: number): number | null {
    return this.attachedTo?.series.priceToCoordinate(value) ?? null;
  }

  private drawLine(target: Canvas): void {
    const last = this.last;
    if (!last) return;
    drawInPixels(target, ({ context, bitmapSize, horizontalPixelRatio, verticalPixelRatio }) => {
      const y = this.y(last.value);
      if (y === null || y < 0 || y * verticalPixelRatio > bitmapSize.height) return;
      const thick = Math.max(1, Math.floor(verticalPixelRatio));
      context.fillStyle = this.lineColour(last);
      for (let x = 0; x < bitmapSize.width; x += 5 * horizontalPixelRatio)
        context.fillRect(
          Math.round(x),
          Math.round(y * verticalPixelRatio),
          Math.round(2 * horizontalPixelRatio),
          thick,
        );
    });
  }

  private drawTag(target: Canvas): void {
    const last = this.last;
    if (!last) return;
    drawInPoints(target, ({ context, mediaSize }) => {
      const at = this.y(last.value);
      if (at === null || at < 0 || at > mediaSize.height) return;
      const height = TAG + (last.countdown === '' ? 0 : SECOND_LINE);
      const top = Math.min(Math.max(0, Math.round(at) - TAG / 2), mediaSize.height - height);
      const [fill, ink] = this.tagColours(last);
      context.fillStyle = fill;
      context.beginPath();
      context.roundRect(1, top, mediaSize.width - 3, height, 2);
      context.fill();
      context.fillStyle = ink;
      context.textAlign = 'right';
      context.textBaseline = 'middle';
      context.font = `11px ${this.theme.font}`;
      const edge = Math.min(LABEL_START + context.measureText(last.text).width, mediaSize.width - 5);
      if (last.countdown !== '') context.fillText(last.countdown, edge, top + TAG + SECOND_LINE / 2 - 1);
      context.font = `600 11px ${this.theme.font}`;
      context.fillText(last.text, edge, top + TAG / 2 + 0.5);
    });
  }

  private lineColour(last: LastPrice): string {
    if (last.isFrozen) return this.theme.strong;
    return last.direction < 0 ? this.theme.downFill : this.theme.upFill;
  }

  private tagColours(last: LastPrice): [fill: string, ink: string] {
    const { theme } = this;
    if (last.isFrozen) return [theme.pressed, theme.text];
    return last.direction < 0 ? [theme.down, theme.downInk] : [theme.up, theme.upInk];
  }

  private drawBands(target: Canvas): void {
    if (this.bands.length === 0) return;
    const scale = this.attachedTo?.chart.timeScale();
    const origin = scale?.logicalToCoordinate(0 as Logical) ?? null;
    const next = scale?.logicalToCoordinate(1 as Logical) ?? null;
    if (origin === null || next === null) return;
    const spacing = next - origin;
    drawInPoints(target, ({ context, mediaSize }) => {
      let taken = Number.NEGATIVE_INFINITY;
      for (const band of this.bands) {
        const left = origin + (band.from - 0.5) * spacing;
        const right = Math.min(origin + (band.to + 0.5) * spacing, mediaSize.width);
        if (right <= 0 || left >= mediaSize.width || right <= left) continue;
        this.fillBand(context, band, Math.round(left), Math.round(right), mediaSize.height);
        taken = this.labelBand(context, band, Math.max(0, left), right, mediaSize, taken);
      }
    });
  }

  private fillBand(ctx: CanvasRenderingContext2D, band: Band, left: number, right: number, height: number): void {
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, 0, right - left, height);
    ctx.clip();
    if (band.tone === 'repaired') {
      ctx.globalAlpha = 0.7;
      ctx.fillStyle = this.theme.warnSoft;
      ctx.fillRect(left, 0, right - left, height);
    } else {
      ctx.strokeStyle = band.tone === 'lost' ? this.theme.hairline : this.theme.grid;
      ctx.lineWidth = 1;
      ctx.beginPath();
      for (let x = left - height - (left % 6); x < right; x += 6) {
        ctx.moveTo(x, height);
        ctx.lineTo(x + height, 0);
      }
      ctx.stroke();
    }
    ctx.restore();
  }

  /** Upright in an empty band wide enough for a line of text, else above the candles; never over the label before. */
  private labelBand(
    ctx: CanvasRenderingContext2D,
    band: Band,
    left: number,
    right: number,
    size: { readonly width: number; readonly height: number },
    taken: number,
  ): number {
    ctx.font = `11px ${this.theme.font}`;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'center';
    const colour = band.tone === 'lost' ? this.theme.warn : this.theme.text3;
    const width = ctx.measureText(band.label).width;
    const centre = (left + right) / 2;
    if (band.tone !== 'repaired' && right - left >= 16 && size.height > width + 120) {
      ctx.save();
      ctx.translate(centre, 44 + width / 2);
      ctx.rotate(-Math.PI / 2);
      this.patch(ctx, band.label, 0, 0, width, colour);
      ctx.restore();
      return taken;
    }
    const x = Math.min(Math.max(centre, width / 2 + 4), size.width - width / 2 - 4);
    if (x - width / 2 - 6 < taken) return taken;
    this.patch(ctx, band.label, x, 40, width, colour);
    return x + width / 2;
  }

  private patch(
    ctx: CanvasRenderingContext2D,
    text: string,
    x: number,
    y: number,
    width: number,
    colour: string,
  ): void {
    ctx.fillStyle = this.theme.surface;
    ctx.fillRect(x - width / 2 - 3, y - 8, width + 6, 16);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  }
}

function sameBands(a: readonly Band[], b: readonly Band[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((p, i) => {
    const q = b[i];
    return p.from === q.from && p.to === q.to && p.label === q.label && p.tone === q.tone;
  });
}

function sameLast(a: LastPrice | null, b: LastPrice | null): boolean {
  if (!a || !b) return a === b;
  return (
    a.value === b.value &&
    a.text === b.text &&
    a.countdown === b.countdown &&
    a.direction === b.direction &&
    a.isFrozen === b.isFrozen
  );
}
