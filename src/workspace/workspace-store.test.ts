import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadWorkspace, parseWorkspace, type SavedWorkspace, saveWorkspace } from './workspace-store.ts';

function memory(saved: Record<string, string> = {}) {
  const held = new Map(Object.entries(saved));
  return {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => {
      held.set(key, value);
    },
  };
}
const broken = {
  getItem: (): string | null => {
    throw new Error('denied');
  },
  setItem: (): void => {
    throw new Error('full');
  },
};

const workspace: SavedWorkspace = {
  instruments: ['kraken:BTC/USD', 'demo:ACME'],
  interval: '5m',
  panels: { ladder: { groups: { 'demo:ACME': '0.05' } } },
};

describe('a saved workspace', () => {
  test('comes back as it was', () => {
    const storage = memory();
    expect(saveWorkspace(storage, workspace)).toBe(true);
    expect(loadWorkspace(storage)).toEqual({ workspace, problem: null });
  });

  test('is empty on a first visit, without a complaint', () => {
    expect(loadWorkspace(memory())).toEqual({
      workspace: { instruments: [], interval: null, panels: {} },
      problem: null,
    });
  });

  test('loses what is not recognised and keeps the rest', () => {
    const text = JSON.stringify({
      version: 1,
      instruments: ['demo:ACME', 'nowhere:X', 7, 'demo:ACME'],
      interval: '7m',
      panels: 'none',
      colour: 'red',
    });
    expect(parseWorkspace(text)).toEqual({ instruments: ['demo:ACME'], interval: null, panels: {} });
  });

  test.each(['', '{', 'null', '[]', '"x"', '{"version":2}', `{"version":1,"x":"${'y'.repeat(300_000)}"}`])(
    'that is damaged is kept aside and reported: %.20s',
    (text) => {
      const storage = memory({ 'depthwire.workspace': text });
      const { workspace: found, problem } = loadWorkspace(storage);
      expect(found.instruments).toEqual([]);
      expect(problem).toContain('kept aside');
      expect(storage.held.get('depthwire.workspace.bad')).toBe(text);
    },
  );

  test('is not needed: a browser without storage opens the page and says so', () => {
    expect(loadWorkspace(broken).problem).toContain('does not let');
    expect(saveWorkspace(broken, workspace)).toBe(false);
  });

  test('never throws, whatever was stored', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        parseWorkspace(text);
        parseWorkspace(`{"version":1,"instruments":${text},"panels":${text}}`);
      }),
    );
  });
});
