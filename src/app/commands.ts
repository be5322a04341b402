import { INTERVALS } from '@/market/time.ts';
import { setInterval as setDeskInterval, type Theme } from '@/store/desk-store.ts';
import { LAYOUTS } from '@/workspace/layouts.ts';
import { setLayout } from '@/workspace/workspace-store.ts';
import { changeTheme } from './theme.ts';

/** Something the search can do besides opening an instrument. */
export interface DeskCommand {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
  readonly run: () => void;
}

const THEMES: Readonly<Record<Theme, string>> = { dark: 'Dark theme', light: 'Light theme', contrast: 'More contrast' };

/** Every command, given what only the page's frame can do. */
export function deskCommands(openHelp: () => void): readonly DeskCommand[] {
  return [
    ...(Object.keys(THEMES) as Theme[]).map((theme) => ({
      id: `command:theme-${theme}`,
      label: THEMES[theme],
      detail: 'theme',
      run: () => changeTheme(theme),
    })),
    ...INTERVALS.map((interval) => ({
      id: `command:interval-${interval}`,
      label: `${interval} candles`,
      detail: 'interval',
      run: () => setDeskInterval(interval),
    })),
    ...LAYOUTS.map(({ layout, label }) => ({
      id: `command:layout-${layout}`,
      label: `${label} layout`,
      detail: 'layout',
      run: () => setLayout(layout),
    })),
    { id: 'command:help', label: 'Keyboard shortcuts and about', detail: 'help', run: openHelp },
  ];
}

/** Commands that hold every word of the query; none for an empty one, since nobody asked. */
export function findCommands(commands: readonly DeskCommand[], query: string): readonly DeskCommand[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const parts = ({ label, detail }: DeskCommand): string[] => `${label} ${detail}`.toLowerCase().split(/\s+/);
  return commands.filter((command) => words.every((word) => parts(command).some((part) => part.startsWith(word))));
}
