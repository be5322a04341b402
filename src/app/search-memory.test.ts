import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SearchMemory } from './search-memory.ts';

/** A browser's storage, in memory. */
function fakeStorage(stored: Record<string, string> = {}) {
  const held = new Map(Object.entries(stored));
  return {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => {
      held.set(key, value);
    },
  };
}

const closed = {
  getItem: (): never => {
    throw new Error('SecurityError');
  },
  setItem: (): never => {
    throw new Error('SecurityError');
  },
};

const reopened = (storage: ReturnType<typeof fakeStorage>): SearchMemory => {
  const memory = new SearchMemory(() => storage);
  memory.reload();
  return memory;
};

describe('what the search remembers', () => {
  test('is the opened instruments newest first, each once, the last twelve', () => {
    const storage = fakeStorage();
    const memory = new SearchMemory(() => storage);
    for (const id of ['demo:ACME', 'demo:GOLD', 'demo:ACME'] as const) memory.noteOpened(id);
    expect(memory.read().recent).toEqual(['demo:ACME', 'demo:GOLD']);
    for (let index = 0; index < 20; index++) memory.noteOpened(`demo:C${index}`);
    expect(memory.read().recent).toHaveLength(12);
    expect(reopened(storage).read().recent[0]).toBe('demo:C19');
  });

  test('is the starred instruments, until their star is taken away', () => {
    const storage = fakeStorage();
    const memory = new SearchMemory(() => storage);
    memory.toggleStar('kraken:BTC/USD');
    memory.toggleStar('demo:GOLD');
    expect(reopened(storage).read().starred).toEqual(['demo:GOLD', 'kraken:BTC/USD']);
    memory.toggleStar('kraken:BTC/USD');
    expect(reopened(storage).read().starred).toEqual(['demo:GOLD']);
  });

  test('includes what another tab starred meanwhile', () => {
    const storage = fakeStorage();
    const here = reopened(storage);
    reopened(storage).toggleStar('demo:GOLD');
    here.toggleStar('demo:ACME');
    expect(here.read().starred).toEqual(['demo:ACME', 'demo:GOLD']);
  });

  test.each(['{', '{}', '7', 'null', '"demo:GOLD"', `["${'x'.repeat(70_000)}"]`])(
    'begins anew when %.20s was stored, and keeps that aside',
    (text) => {
      const storage = fakeStorage({ 'depthwire.starred': text });
      const memory = reopened(storage);
      expect(memory.read().starred).toEqual([]);
      expect(storage.held.get('depthwire.starred.bad')).toBe(text);
      memory.toggleStar('demo:GOLD');
      expect(reopened(storage).read().starred).toEqual(['demo:GOLD']);
    },
  );

  test('drops single entries that it does not know and keeps the rest', () => {
    const storage = fakeStorage({ 'depthwire.recent': '["nowhere:x",5,null,"demo:GOLD","demo:GOLD"]' });
    expect(reopened(storage).read().recent).toEqual(['demo:GOLD']);
    expect(storage.held.has('depthwire.recent.bad')).toBe(false);
  });

  test('lasts for the visit where the browser stores nothing', () => {
    const memory = new SearchMemory(() => closed);
    memory.toggleStar('demo:GOLD');
    memory.noteOpened('demo:ACME');
    memory.reload();
    expect(memory.read()).toEqual({ starred: ['demo:GOLD'], recent: ['demo:ACME'] });
  });

  test('survives a full storage', () => {
    const storage = fakeStorage();
    const full = { getItem: storage.getItem, setItem: closed.setItem };
    const memory = new SearchMemory(() => full);
    memory.toggleStar('demo:GOLD');
    memory.toggleStar('demo:ACME');
    expect(memory.read().starred).toEqual(['demo:ACME', 'demo:GOLD']);
  });

  test('says when it changed, and only then', () => {
    const memory = reopened(fakeStorage());
    let heard = 0;
    memory.subscribe(() => heard++);
    memory.toggleStar('demo:GOLD');
    memory.reload();
    expect(heard).toBe(1);
  });

  test('takes any stored text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const memory = reopened(fakeStorage({ 'depthwire.recent': text, 'depthwire.starred': text }));
        expect(memory.read().starred.length).toBeLessThanOrEqual(100);
      }),
    );
  });
});
