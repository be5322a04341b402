import type { Capture } from '../../capture-file';
import { RecordingScript } from './script';

export const PRODUCT = 'BTC-USD';

/** Twenty updates, a match after every fourth, on one product; `tickers` adds what the venue sends with a match. */
export function coinbaseScript(options: { tickers?: boolean; product?: string; updates?: number } = {}): Capture {
  const { product = PRODUCT, updates = 20 } = options;
  const script = new RecordingScript('wss://ws-feed.exchange.coinbase.com');
  const bids = [
    ['64250.10', '0.41200000'],
    ['64250.00', '1.50000000'],
    ['64249.90', '0.20000000'],
  ];
  const asks = [
    ['64250.12', '0.30000000'],
    ['64250.30', '0.90000000'],
    ['64251.00', '2.00000000'],
  ];
  script.hear({ type: 'subscriptions', channels: [{ name: 'level2_batch', product_ids: [product] }] });
  script.hear({ type: 'snapshot', product_id: product, asks, bids });
  script.hear({ type: 'last_match', ...match(script, product, 99, '64250.10', 'buy') });
  for (let index = 0; index < updates; index++) {
    const size = `0.${String(index + 1).padStart(8, '0')}`;
    const change = index % 2 === 0 ? ['buy', '64250.10', size] : ['sell', '64250.12', size];
    script.hear({ type: 'l2update', product_id: product, changes: [change], time: script.iso });
    if (index % 4 !== 3) continue;
    const id = 100 + Math.floor(index / 4);
    const side = index % 8 === 3 ? 'sell' : 'buy';
    script.hear({ type: 'match', ...match(script, product, id, side === 'sell' ? '64250.12' : '64250.10', side) }, 1);
    if (options.tickers === true) script.hear(ticker(script, product, id));
  }
  return script.capture(`coinbase-${product}.jsonl`);
}

function match(script: RecordingScript, product: string, id: number, price: string, side: string): object {
  const orders = { maker_order_id: 'a', taker_order_id: 'b' };
  return {
    trade_id: id,
    ...orders,
    side,
    size: '0.01000000',
    price,
    product_id: product,
    sequence: 5_000 + id,
    time: script.iso,
  };
}

function ticker(script: RecordingScript, product: string, id: number): object {
  const best = { best_bid: '64250.10', best_ask: '64250.12' };
  const day = { open_24h: '64000', volume_24h: '10.5', low_24h: '63000', high_24h: '65000', volume_30d: '300' };
  const head = { type: 'ticker', sequence: 5_000 + id, product_id: product, price: '64250.10' };
  return { ...head, ...day, ...best, side: 'buy', time: script.iso, trade_id: id, last_size: '0.01000000' };
}
