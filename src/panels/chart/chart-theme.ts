/** Colours and type of the chart, read from the custom properties in force where it stands. */
export interface ChartTheme {
  readonly surface: string;
  readonly pressed: string;
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly grid: string;
  readonly hairline: string;
  readonly strong: string;
  readonly upFill: string;
  readonly downFill: string;
  readonly upVolume: string;
  readonly downVolume: string;
  readonly up: string;
  readonly down: string;
  readonly upInk: string;
  readonly downInk: string;
  readonly warn: string;
  readonly warnSoft: string;
  readonly font: string;
}

const PROPERTIES: Readonly<Record<keyof Omit<ChartTheme, 'font'>, string>> = {
  surface: '--bg1',
  pressed: '--bg4',
  text: '--text',
  text2: '--text-2',
  text3: '--text-3',
  grid: '--hairline-2',
  hairline: '--hairline',
  strong: '--border-strong',
  upFill: '--up-fill',
  downFill: '--down-fill',
  upVolume: '--up-trade',
  downVolume: '--down-trade',
  up: '--up',
  down: '--down',
  upInk: '--up-ink',
  downInk: '--down-ink',
  warn: '--warn',
  warnSoft: '--warn-soft',
};

/** The library refuses a colour it cannot parse, so a property that is missing becomes this. */
const UNKNOWN = '#808080';

export function readTheme(element: Element): ChartTheme {
  const style = element.ownerDocument.defaultView?.getComputedStyle(element);
  const read = (name: string, otherwise: string): string => style?.getPropertyValue(name).trim() || otherwise;
  const colours = Object.entries(PROPERTIES).map(([key, name]) => [key, read(name, UNKNOWN)]);
  return { ...Object.fromEntries(colours), font: read('--font-data', 'system-ui, sans-serif') };
}

/** Call `listener` when the theme, the colour preset, the contrast or the fonts changed. */
export function watchTheme(element: Element, listener: () => void): () => void {
  const page = element.ownerDocument;
  const view = page.defaultView;
  const contrast = view?.matchMedia('(prefers-contrast: more)');
  const observer = new MutationObserver(listener);
  const attributeFilter = ['data-theme', 'data-preset', 'data-contrast'];
  observer.observe(page.documentElement, { attributes: true, attributeFilter });
  contrast?.addEventListener('change', listener);
  page.fonts.addEventListener('loadingdone', listener);
  return () => {
    observer.disconnect();
    contrast?.removeEventListener('change', listener);
    page.fonts.removeEventListener('loadingdone', listener);
  };
}
