import type { Capture } from '../../capture-file';
import { RecordingScript } from './script';

export const MARKET = 'btcusd';

/** A requested book, twenty diffs of which the first two are older than it, and a trade after every fourth. */
export function bitstampScript(options: { market?: string; reconnectAfter?: number } = {}): Capture {
  const { market = MARKET, reconnectAfter } = options;
  const script = new RecordingScript('wss://ws.bitstamp.net/');
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
  const at = (script.now + 250) * 1000;
  script.answer(`https://www.bitstamp.net/api/v2/order_book/${market}`, { ...times(at), bids, asks });
  script.hear({ event: 'bts:subscription_succeeded', channel: `diff_order_book_${market}`, data: {} });
  for (let index = 0; index < 20; index++) {
    const size = `0.${String(index + 1).padStart(8, '0')}`;
    const isBid = index % 2 === 0;
    const sides = { bids: isBid ? [['64250.10', size]] : [], asks: isBid ? [] : [['64250.12', size]] };
    const data = { ...times(script.now * 1000 + 7), ...sides };
    script.hear({ data, channel: `diff_order_book_${market}`, event: 'data' });
    if (index === reconnectAfter) script.hear('{"event":"bts:request_reconnect","channel":"","data":""}', 1);
    if (index % 4 === 3)
      script.hear({ data: trade(script, 900 + index), channel: `live_trades_${market}`, event: 'trade' }, 1);
  }
  return script.capture(`bitstamp-${market}.jsonl`);
}

function times(micros: number): object {
  return { timestamp: String(Math.floor(micros / 1e6)), microtimestamp: String(micros) };
}

function trade(script: RecordingScript, id: number): object {
  const type = id % 8 === 7 ? 0 : 1;
  return {
    id,
    timestamp: String(Math.floor(script.now / 1000)),
    amount: 0.01,
    amount_str: '0.01000000',
    price: 64250.1,
    price_str: '64250.10',
    type,
    microtimestamp: String(script.now * 1000),
    buy_order_id: 1443875737346049 + id + (type === 0 ? 1 : 0),
    sell_order_id: 1443875737346049 + id + type,
  };
}
