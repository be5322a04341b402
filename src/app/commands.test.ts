import { describe, expect, test, vi } from 'vitest';
import { deskStore } from '@/store/desk-store.ts';
import { deskCommands, findCommands } from './commands.ts';

const openHelp = vi.fn();
const commands = deskCommands(openHelp);
const found = (query: string): string[] => findCommands(commands, query).map(({ label }) => label);

describe('the commands of the search', () => {
  test('are found by the beginning of every word', () => {
    expect(found('light')).toEqual(['Light theme']);
    expect(found('theme')).toEqual(['Dark theme', 'Light theme', 'More contrast']);
    expect(found('15m')).toEqual(['15m candles']);
    expect(found('4h int')).toEqual(['4h candles']);
    expect(found('short')).toEqual(['Keyboard shortcuts and about']);
  });

  test('stay out of the way of symbols', () => {
    expect(found('')).toEqual([]);
    expect(found('btc')).toEqual([]);
    expect(found('theme btc')).toEqual([]);
  });

  test('do what they say', () => {
    findCommands(commands, '4h')[0].run();
    expect(deskStore.getState().interval).toBe('4h');
    findCommands(commands, 'shortcuts')[0].run();
    expect(openHelp).toHaveBeenCalledTimes(1);
  });
});
