import { expect, test } from 'vitest';
import type { InstrumentInfo } from '@/market/instrument.ts';
import { tickNotice } from './tick-notices.ts';

const info = (priceStep: string, sizeUnit = 'BTC'): InstrumentInfo => ({
  id: 'kraken:BTC/USD',
  venue: 'kraken',
  symbol: 'BTC/USD',
  venueName: 'Kraken',
  kind: 'spot',
  base: 'BTC',
  quote: 'USD',
  priceStep,
  sizeStep: '0.00000001',
  sizeUnit,
  contract: null,
  grid: { priceDecimals: 2, lotDecimals: 8, epoch: 0 },
  simulated: false,
  local: false,
});

test('[F29] a change of the declared step is told with both steps', () => {
  expect(tickNotice(info('0.1'), info('0.01'))).toBe('BTC/USD: tick size 0.1 → 0.01');
});

test('the first declaration, and the same step again, are no change', () => {
  expect(tickNotice(undefined, info('0.1'))).toBeNull();
  expect(tickNotice(info('1', ''), info('0.1'))).toBeNull();
  expect(tickNotice(info('0.1'), info('0.1'))).toBeNull();
  expect(tickNotice(info('0.1'), { ...info('1'), stepFollowsPrice: true })).toBeNull();
});
