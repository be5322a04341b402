import { describe, expect, it } from 'vitest';
import type { InstrumentInfo } from '@/market/instrument.ts';
import { nextGroup, offeredGroups, readConfig, wantedGroup, withGroup } from './ladder-config.ts';

const info = (priceStep: string, priceDecimals: number): InstrumentInfo => ({
  id: 'binance:BTCUSDT',
  venue: 'binance',
  symbol: 'BTCUSDT',
  venueName: 'Binance',
  kind: 'spot',
  base: 'BTC',
  quote: 'USDT',
  priceStep,
  sizeStep: '0.001',
  sizeUnit: 'BTC',
  contract: null,
  grid: { priceDecimals, lotDecimals: 3, epoch: 0 },
  simulated: false,
  local: false,
});

describe('group sizes', () => {
  it('go in 1-2-5 from the step of the venue', () => {
    expect(offeredGroups(info('0.1', 1), 600_000).slice(0, 6)).toEqual([1, 2, 5, 10, 20, 50]);
    expect(offeredGroups(info('0.25', 2), 0)[0]).toBe(25);
  });

  it('step finer and coarser, and stay at the ends', () => {
    const sizes = [1, 2, 5, 10];
    expect(nextGroup(sizes, 2, 1)).toBe(5);
    expect(nextGroup(sizes, 2, -1)).toBe(1);
    expect(nextGroup(sizes, 10, 1)).toBe(10);
    expect(nextGroup(sizes, 1, -1)).toBe(1);
    expect(nextGroup(sizes, 7, 1)).toBe(10);
  });

  it('are remembered per instrument as decimal text, so that a finer grid does not change them', () => {
    const stored = withGroup(readConfig({}), 'binance:BTCUSDT', 10, info('0.1', 1));
    const config = readConfig(stored);
    expect(config.groups).toEqual({ 'binance:BTCUSDT': '1' });
    expect(wantedGroup(info('0.1', 1), config.groups['binance:BTCUSDT'])).toBe(10);
    expect(wantedGroup(info('0.1', 4), config.groups['binance:BTCUSDT'])).toBe(10_000);
    expect(wantedGroup(info('0.1', 1), config.groups['demo:ACME'])).toBe(1);
  });

  it('fall back to the step when the venue changed it, or the text is none', () => {
    expect(wantedGroup(info('0.25', 2), '0.1')).toBe(25);
    expect(wantedGroup(info('0.1', 1), 'many')).toBe(1);
    expect(wantedGroup(info('0.1', 1), '0')).toBe(1);
    expect(wantedGroup(info('0.1', 1), '0.05')).toBe(1);
  });

  it('are forgotten by going back to the step', () => {
    const config = readConfig({ groups: { 'binance:BTCUSDT': '1', 'demo:ACME': '2' }, mode: 'centred' });
    expect(withGroup(config, 'binance:BTCUSDT', 1, info('0.1', 1))).toEqual({
      mode: 'centred',
      groups: { 'demo:ACME': '2' },
    });
  });
});

describe('stored settings', () => {
  it('keep what is recognised and drop the rest', () => {
    expect(readConfig({ mode: 'sideways', groups: { a: '1', b: 2 } })).toEqual({
      mode: 'near-edge',
      groups: { a: '1' },
    });
    expect(readConfig({ mode: 'manual', groups: 'none' })).toEqual({ mode: 'manual', groups: {} });
  });
});
