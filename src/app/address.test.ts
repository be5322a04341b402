import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_ADDRESS, MAX_INSTRUMENTS, parseAddress, withInstruments, withInterval, withLayout } from './address.ts';

describe('the instruments of an address', () => {
  test('keep their order and split at the first colon', () => {
    const { instruments, notes } = parseAddress('?i=kraken:BTC/USD,hyperliquid:xyz:AAPL,binance:BTCUSDT');
    expect(instruments).toEqual(['kraken:BTC/USD', 'hyperliquid:xyz:AAPL', 'binance:BTCUSDT']);
    expect(notes).toEqual([]);
  });

  test('are percent-decoded before they are split', () => {
    expect(parseAddress('?i=kraken%3ABTC%2FUSD%2Cdemo%3AACME').instruments).toEqual(['kraken:BTC/USD', 'demo:ACME']);
  });

  test('keep a plus sign', () => {
    expect(parseAddress('?i=binance:A+B').instruments).toEqual(['binance:A+B']);
  });

  test('are named when they are no instruments, and the others are opened', () => {
    const { instruments, notes } = parseAddress('?i=nowhere:X,BTCUSDT,demo:,demo:ACME,demo:a%00b');
    expect(instruments).toEqual(['demo:ACME']);
    expect(notes).toHaveLength(4);
    expect(notes[0]).toContain('nowhere:X');
  });

  test('are opened once each and at most twenty-four of them', () => {
    const many = Array.from({ length: 40 }, (_, i) => `binance:C${i}`);
    const { instruments, notes } = parseAddress(`?i=${[many[0], ...many].join(',')}`);
    expect(instruments).toEqual(many.slice(0, MAX_INSTRUMENTS));
    expect(notes.join()).toContain('24');
  });
});

describe('the keys of an address', () => {
  test('set interval, theme and the demo exchange', () => {
    const address = parseAddress('?t=4h&theme=contrast&seed=42&rate=5000&start=1723075200000&layout=starter');
    expect(address).toMatchObject({ interval: '4h', theme: 'contrast', notes: [] });
    expect(address.demo).toEqual({ seed: 42, rate: 5000, start: 1_723_075_200_000 });
  });

  test('choose a layout that is built; without one it is the starter', () => {
    expect(parseAddress('?layout=health')).toMatchObject({ layout: 'health', notes: [] });
    expect(parseAddress('')).toMatchObject({ layout: 'starter', notes: [] });
    expect(parseAddress('?layout=scalper').layout).toBe('starter');
  });

  test.each([
    ['?t=2m', '“2m”'],
    ['?theme=pink', '“pink”'],
    ['?layout=cockpit', '“cockpit”'],
    ['?layout=scalper', 'scalper'],
    ['?rate=19', '“19”'],
    ['?rate=5001', '“5001”'],
    ['?rate=1e3', '“1e3”'],
    ['?seed=-1', '“-1”'],
    ['?seed=4294967296', '“4294967296”'],
    ['?start=soon', '“soon”'],
    ['?colour=red', '“colour”'],
    ['?__proto__=1', '“__proto__”'],
    ['?constructor', '“constructor”'],
    ['?i=%E0%A4%A', '“i=%E0%A4%A”'],
    ['?t=1m&t=5m', 't is given twice'],
  ])('%s is ignored and named', (search, named) => {
    const { notes } = parseAddress(search);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(named);
  });

  test('of a key given twice the first counts', () => {
    expect(parseAddress('?t=1m&t=5m').interval).toBe('1m');
  });

  test('nothing is read of an address beyond its size', () => {
    const { instruments, notes } = parseAddress(`?i=demo:ACME&x=${'y'.repeat(MAX_ADDRESS)}`);
    expect(instruments).toEqual([]);
    expect(notes).toHaveLength(1);
  });

  test('no text is ever an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const address = parseAddress(`?${text}`);
        expect(address.instruments.length).toBeLessThanOrEqual(MAX_INSTRUMENTS);
        for (const { host } of address.endpoints) expect(host).toMatch(/^(127\.0\.0\.1|localhost):\d+$/);
      }),
    );
  });
});

describe('the endpoints of an address', () => {
  test('move a venue to this machine, each venue once', () => {
    const { endpoints, notes } = parseAddress(
      '?endpoint=binance@127.0.0.1:9001&endpoint=kraken@LOCALHOST:9002&endpoint=binance@127.0.0.1:9003',
    );
    expect(endpoints).toEqual([
      { venue: 'binance', host: '127.0.0.1:9001' },
      { venue: 'kraken', host: 'localhost:9002' },
    ]);
    expect(notes.join()).toContain('binance');
  });

  test.each([
    'binance@evil.example:9001',
    'binance@127.0.0.1.evil.example:9001',
    'binance@127.0.0.1:9001@evil.example',
    'binance@evil.example/127.0.0.1:9001',
    'binance@[::1]:9001',
    'binance@0.0.0.0:9001',
    'binance@127.0.0.2:9001',
    'binance@127.0.0.1:9001/path',
  ])('%s is refused by the name of its host', (value) => {
    const { endpoints, notes } = parseAddress(`?endpoint=${encodeURIComponent(value)}`);
    expect(endpoints).toEqual([]);
    expect(notes[0]).toContain(value.slice(value.indexOf('@') + 1));
    expect(notes[0]).toContain('refused');
  });

  test.each([
    'binance@127.0.0.1',
    'binance@127.0.0.1:0',
    'binance@127.0.0.1:65536',
    'nowhere@127.0.0.1:1',
    'demo@127.0.0.1:1',
    '127.0.0.1:1',
    '',
  ])('“%s” is ignored and named', (value) => {
    const { endpoints, notes } = parseAddress(`?endpoint=${value}`);
    expect(endpoints).toEqual([]);
    expect(notes).toHaveLength(1);
  });
});

test('another instrument keeps every other key of the address as it was written', () => {
  expect(withInstruments('?theme=light&i=a:b&endpoint=binance@127.0.0.1:1', ['kraken:BTC/USD', 'demo:A&B'])).toBe(
    '?i=kraken:BTC/USD,demo:A%26B&theme=light&endpoint=binance@127.0.0.1:1',
  );
  expect(parseAddress(withInstruments('', ['kraken:BTC/USD'])).instruments).toEqual(['kraken:BTC/USD']);
});

test('the address follows the interval, and keeps its other keys as they were written', () => {
  expect(withInterval('?t=5s&i=kraken:BTC%2FUSD&theme=light', '1h')).toBe('?i=kraken:BTC%2FUSD&theme=light&t=1h');
  expect(parseAddress(withInterval('', '1M')).interval).toBe('1M');
});

test('the address follows the layout', () => {
  expect(withLayout('?layout=starter&i=demo:ACME', 'health')).toBe('?i=demo:ACME&layout=health');
  expect(parseAddress(withLayout('', 'health')).layout).toBe('health');
});
