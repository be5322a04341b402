import { describe, expect, it } from 'vitest';
import { chartAction, type KeyStroke } from './chart-keys.ts';

const press = (key: string, more: Partial<KeyStroke> = {}) =>
  chartAction({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, ...more });

describe('keys of a focused chart', () => {
  it('steps bar by bar with the arrows and fast with Control', () => {
    expect(press('ArrowLeft')).toEqual({ kind: 'cursor', by: -1 });
    expect(press('ArrowRight', { ctrlKey: true })).toEqual({ kind: 'scroll', by: 1 });
    expect(press('ArrowUp', { metaKey: true })).toEqual({ kind: 'zoom', by: 1 });
  });

  it('opens search with a letter of any alphabet and the interval box with a digit or a comma', () => {
    expect(press('e')).toEqual({ kind: 'search', letter: 'e' });
    expect(press('B', { shiftKey: true })).toEqual({ kind: 'search', letter: 'B' });
    expect(press('д')).toEqual({ kind: 'search', letter: 'д' });
    expect(press('1')).toEqual({ kind: 'interval', text: '1' });
    expect(press(',')).toEqual({ kind: 'interval', text: '' });
  });

  it('resets with Alt R, also where Alt makes another character of it', () => {
    expect(press('r', { altKey: true })).toEqual({ kind: 'reset' });
    expect(press('®', { altKey: true, code: 'KeyR' })).toEqual({ kind: 'reset' });
  });

  it.each(['?', '/', ' ', '[', ']', 'Tab', 'F6', 'Enter', 'constructor'])('leaves %s to the app', (key) =>
    expect(press(key)).toBeNull(),
  );

  it('leaves combinations it does not know to the browser', () => {
    expect(press('c', { ctrlKey: true })).toBeNull();
    expect(press('1', { altKey: true })).toBeNull();
    expect(press('F', { ctrlKey: true, shiftKey: true })).toBeNull();
    expect(press('k', { metaKey: true })).toBeNull();
  });

  it('waits while a character is being composed', () => expect(press('e', { isComposing: true })).toBeNull());
});
