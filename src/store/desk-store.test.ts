import { beforeEach, describe, expect, test } from 'vitest';
import {
  declareNeed,
  deskStore,
  mergeNeeds,
  notify,
  openInstrument,
  setInstruments,
  topNotice,
  withdrawNeed,
  withdrawNotice,
} from './desk-store.ts';

beforeEach(() => {
  deskStore.setState(deskStore.getInitialState());
});
const shown = () => deskStore.getState().instruments;

describe('opening an instrument', () => {
  test('takes the place of the one on screen and leaves the others', () => {
    setInstruments(['demo:ACME', 'demo:GOLD']);
    openInstrument('demo:BTC-USD');
    expect(shown()).toEqual(['demo:BTC-USD', 'demo:GOLD']);
  });

  test('that is open already only brings it to the front', () => {
    setInstruments(['demo:ACME', 'demo:GOLD']);
    openInstrument('demo:GOLD');
    expect(shown()).toEqual(['demo:GOLD', 'demo:ACME']);
    openInstrument('demo:GOLD');
    expect(shown()).toEqual(['demo:GOLD', 'demo:ACME']);
  });

  test('works on an empty desk', () => {
    openInstrument('demo:ACME');
    expect(shown()).toEqual(['demo:ACME']);
  });
});

describe('what is asked of the feed', () => {
  test('is every instrument of the desk in full, in its order, and what panels need besides', () => {
    setInstruments(['demo:ACME', 'demo:GOLD']);
    declareNeed('chart', { instrument: 'demo:GOLD', candles: ['5m', '1m'] });
    declareNeed('other', { instrument: 'demo:BTC-USD', candles: ['1h'] });
    expect(mergeNeeds(deskStore.getState()).map(({ instrument, candles }) => [instrument, candles])).toEqual([
      ['demo:ACME', ['1m']],
      ['demo:GOLD', ['1m', '5m']],
      ['demo:BTC-USD', ['1m', '1h']],
    ]);
    withdrawNeed('other');
    expect(mergeNeeds(deskStore.getState())).toHaveLength(2);
  });

  test('of several pictures of a book is the deepest, with the window that is there', () => {
    setInstruments(['demo:ACME']);
    declareNeed('a', {
      instrument: 'demo:ACME',
      book: { best: 500, priceDecimals: 2, step: 1, window: [10, 20] },
    });
    declareNeed('b', { instrument: 'demo:ACME', book: { best: 100, priceDecimals: 2, step: 5, window: null } });
    expect(mergeNeeds(deskStore.getState())[0].book).toEqual({
      best: 500,
      priceDecimals: 2,
      step: 5,
      window: [10, 20],
    });
  });
});

describe('the global message', () => {
  const text = () => topNotice(deskStore.getState())?.text ?? null;

  test('is the gravest one, of equals the newest, until it is withdrawn', () => {
    notify({ key: 'a', severity: 'error', text: 'grave' });
    notify({ key: 'b', severity: 'info', text: 'news' });
    expect(text()).toBe('grave');
    notify({ key: 'c', severity: 'error', text: 'graver' });
    expect(text()).toBe('graver');
    withdrawNotice('c');
    withdrawNotice('a');
    expect(text()).toBe('news');
    withdrawNotice('b');
    expect(text()).toBeNull();
  });

  test('is replaced by a newer one of the same key', () => {
    notify({ key: 'a', severity: 'warn', text: 'once' });
    notify({ key: 'a', severity: 'warn', text: 'twice' });
    expect(deskStore.getState().notices).toHaveLength(1);
    expect(text()).toBe('twice');
  });
});
