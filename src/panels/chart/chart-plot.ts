import {
  ColorType,
  CrosshairMode,
  createChart,
  type IChartApi,
  type ISeriesApi,
  LineStyle,
  TickMarkType,
  type Time,
} from 'lightweight-charts';
import { type InstrumentInfo, stepTicks } from '@/market/instrument.ts';
import { type Interval, intervalMs } from '@/market/time.ts';
import { CandlePlot, VOLUME_SHARE } from './candle-plot.ts';
import { ChartOverlay } from './chart-overlay.ts';
import type { ChartTheme } from './chart-theme.ts';
import { barTimeText, clockText, dayText, monthText, type Writing, yearText } from './chart-words.ts';

export const PITCH = 6;
export const RIGHT_GAP = 7;
/** So many bars fit the view at most: the window of slots leaves room on both sides of it. */
const MOST_IN_VIEW = 1200;
/** Pixels kept free above the highest candle for the legend. */
const LEGEND_ROOM = 34;
const AXIS_WIDTH = 72;
const AXIS_HEIGHT = 24;
/** The library makes its time axis this much taller than ours at 11 px; the empty rest below the labels is cut off. */
const AXIS_OVERHANG = 3;

const MINUTE = 60_000;
const DAY = 86_400_000;

const timeOf = (time: Time): number => (typeof time === 'number' ? time * 1000 : Number.NaN);

function tickText(time: Time, type: TickMarkType): string {
  const at = timeOf(time);
  switch (type) {
    case TickMarkType.Year:
      return yearText(at);
    case TickMarkType.Month:
      return monthText(at);
    case TickMarkType.DayOfMonth:
      return dayText(at);
    case TickMarkType.TimeWithSeconds:
      return clockText(at, true);
    default:
      return clockText(at);
  }
}

/** The library's chart with our one series and our overlay in it: options, theme and formats, no data. */
export class ChartPlot {
  readonly chart: IChartApi;
  readonly series: ISeriesApi<'Custom'>;
  readonly overlay: ChartOverlay;
  private readonly candles: CandlePlot;

  constructor(host: HTMLElement, theme: ChartTheme) {
    this.chart = createChart(host, {
      width: 0,
      height: 0,
      autoSize: false,
      hoveredSeriesOnTop: false,
      layout: { attributionLogo: false, panes: { enableResize: false }, fontSize: 11 },
      rightPriceScale: { minimumWidth: AXIS_WIDTH, borderVisible: true, entireTextOnly: true, tickMarkDensity: 6 },
      timeScale: {
        barSpacing: PITCH,
        rightOffset: RIGHT_GAP,
        borderVisible: true,
        allowBoldLabels: false,
        minimumHeight: AXIS_HEIGHT,
      },
      crosshair: { mode: CrosshairMode.Normal },
      handleScroll: { mouseWheel: true, pressedMouseMove: true, horzTouchDrag: true, vertTouchDrag: false },
      handleScale: { axisPressedMouseMove: true, axisDoubleClickReset: true, mouseWheel: true, pinch: true },
    });
    this.candles = new CandlePlot(theme, String);
    this.overlay = new ChartOverlay(theme);
    this.series = this.chart.addCustomSeries(this.candles, { lastValueVisible: false, priceLineVisible: false });
    this.series.attachPrimitive(this.overlay);
    this.applyTheme(theme);
  }

  applyTheme(theme: ChartTheme): void {
    this.candles.theme = theme;
    this.overlay.theme = theme;
    const crosshair = { color: theme.strong, style: LineStyle.Dashed, labelBackgroundColor: theme.pressed } as const;
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: 'transparent' },
        textColor: theme.text3,
        fontFamily: theme.font,
      },
      grid: { vertLines: { color: theme.grid }, horzLines: { color: theme.grid } },
      rightPriceScale: { borderColor: theme.grid },
      timeScale: { borderColor: theme.grid },
      crosshair: { vertLine: crosshair, horzLine: crosshair },
    });
  }

  /** Write prices and times as this instrument and interval need it. */
  applyFormats(info: InstrumentInfo, interval: Interval, writing: Writing): void {
    const unit = 10 ** info.grid.priceDecimals;
    const step = stepTicks(info);
    const base = unit / step;
    const length = intervalMs(interval);
    this.candles.price = writing.price;
    this.series.applyOptions({
      priceFormat: {
        type: 'custom',
        formatter: writing.nearest,
        minMove: step / unit,
        ...(Number.isInteger(base) ? { base } : {}),
      },
    });
    this.chart.applyOptions({
      timeScale: { timeVisible: length < DAY, secondsVisible: length < MINUTE, tickMarkFormatter: tickText },
      localization: { timeFormatter: (time: Time) => barTimeText(timeOf(time), interval) },
    });
  }

  resize(width: number, height: number): void {
    if (!(width > 0 && height > 0)) return;
    this.chart.resize(width, height + AXIS_OVERHANG);
    const pane = Math.max(1, height - AXIS_HEIGHT);
    const top = Math.min(0.3, LEGEND_ROOM / pane + 0.04);
    const bottom = Math.min(0.4, VOLUME_SHARE * 0.72 + 10 / pane + 0.04);
    this.chart.priceScale('right').applyOptions({ scaleMargins: { top, bottom } });
    this.chart.timeScale().applyOptions({ minBarSpacing: Math.max(1, this.paneWidth() / MOST_IN_VIEW) });
  }

  paneWidth(): number {
    return this.chart.timeScale().width();
  }

  dispose(): void {
    this.chart.remove();
  }
}
