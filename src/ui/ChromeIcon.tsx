import {
  AlignLeft,
  ChartCandlestick,
  ChartLine,
  ChevronDown,
  CircleHelp,
  Contrast,
  Info,
  List,
  type LucideIcon,
  Moon,
  OctagonAlert,
  Search,
  Sun,
  TriangleAlert,
  X,
} from 'lucide-react';

const ICONS = {
  book: AlignLeft,
  candles: ChartCandlestick,
  chart: ChartLine,
  close: X,
  contrast: Contrast,
  dark: Moon,
  down: ChevronDown,
  error: OctagonAlert,
  help: CircleHelp,
  info: Info,
  light: Sun,
  search: Search,
  tape: List,
  warn: TriangleAlert,
} as const satisfies Record<string, LucideIcon>;

export type ChromeIconName = keyof typeof ICONS;

/** An icon of the frame round the panels, by what it stands for. */
export function ChromeIcon({ name, size = 16 }: { readonly name: ChromeIconName; readonly size?: number }) {
  const Icon = ICONS[name];
  return <Icon size={size} strokeWidth={size < 16 ? 2 : 1.5} absoluteStrokeWidth aria-hidden="true" />;
}
