import type { Capture } from '../../capture-file';
import { RecordingScript } from './script';

export const INSTRUMENT = 'BTC-PERPETUAL';

interface Options {
  readonly instrument?: string;
  readonly tickers?: boolean;
  /** Under which interval it was recorded. */
  readonly interval?: 'raw' | '100ms';
  readonly listed?: boolean;
}

/** A snapshot, twenty changes chained by their ids, a trade after every fourth; a ticker with each if asked for. */
export function deribitScript(options: Options = {}): Capture {
  const { instrument = INSTRUMENT, tickers = false, interval = 'raw', listed = false } = options;
  const script = new RecordingScript('wss://www.deribit.com/ws/api/v2');
  if (listed) {
    const row = { tick_size: 0.5, kind: 'future', base_currency: 'BTC', instrument_name: instrument, is_active: true };
    const other = { ...row, instrument_name: 'BTC-27JUN25', tick_size: 2.5 };
    script.answer('https://www.deribit.com/api/v2/public/get_instruments?currency=BTC', { result: [row, other] });
  }
  const say = (kind: string, data: string, ms = 100): void => {
    const params = `{"channel":"${kind}.${instrument}.${interval}","data":${data}}`;
    script.hear(`{"jsonrpc":"2.0","method":"subscription","params":${params}}`, ms);
  };
  const name = `"instrument_name":"${instrument}"`;
  if (tickers) say('ticker', tickerData(script.now, name, '0.412', '0.3'), 1);
  const bids = '["new",64250.0,0.412],["new",64249.5,1.5],["new",64249.0,0.2]';
  const asks = '["new",64250.5,0.3],["new",64251.0,0.9],["new",64252.5,2.0]';
  say(
    'book',
    `{"type":"snapshot","timestamp":${script.now},${name},"change_id":5000,"bids":[${bids}],"asks":[${asks}]}`,
  );
  let [bid, ask] = ['0.412', '0.3'];
  for (let index = 0; index < 20; index++) {
    const amount = `0.${String(index + 1).padStart(3, '0')}`;
    const isBid = index % 2 === 0;
    if (isBid) bid = amount;
    else ask = amount;
    if (tickers) say('ticker', tickerData(script.now, name, bid, ask), 1);
    const level = `["change",${isBid ? '64250.0' : '64250.5'},${amount}]`;
    const ids = `"prev_change_id":${5000 + 7 * index},${name},"change_id":${5007 + 7 * index}`;
    const sides = `"bids":[${isBid ? level : ''}],"asks":[${isBid ? '' : level}]`;
    say('book', `{"type":"change","timestamp":${script.now},${ids},${sides}}`);
    if (index % 4 !== 3) continue;
    const [number, direction] = [70 + 2 * Math.floor(index / 4), index % 8 === 3 ? 'buy' : 'sell'];
    const rows = [number, number + 1].map((seq) => tradeData(script.now, name, seq, direction));
    say('trades', `[${rows.join(',')}]`, 1);
  }
  return script.capture(`deribit-${instrument}.jsonl`);
}

function tradeData(time: number, name: string, sequence: number, direction: string): string {
  const price = direction === 'buy' ? '64250.5' : '64250.0';
  return `{"timestamp":${time},"price":${price},"amount":10.0,"direction":"${direction}","index_price":64248.37,${name},"trade_seq":${sequence},"mark_price":64249.46,"tick_direction":2,"contracts":1.0,"trade_id":"${900 + sequence}"}`;
}

function tickerData(time: number, name: string, bid: string, ask: string): string {
  const best = `"best_bid_price":64250.0,"best_bid_amount":${bid},"best_ask_price":64250.5,"best_ask_amount":${ask}`;
  return `{"timestamp":${time},"stats":{"volume":1.5,"price_change":0.1,"low":64000.0,"high":65000.0},"state":"open","mark_price":64249.9,"last_price":64250.0,${name},${best}}`;
}
