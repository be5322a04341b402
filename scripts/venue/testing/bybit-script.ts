import type { Capture } from '../../capture-file';
import { RecordingScript } from './script';

export const SYMBOL = 'BTCUSDT';

export interface BybitScriptOptions {
  readonly category?: 'spot' | 'linear';
  readonly symbol?: string;
  readonly depth?: number;
  /** The venue's service begins anew after the tenth change. */
  readonly restart?: boolean;
  /** What a ticker stream tells, as recorded. */
  readonly tickers?: boolean;
}

/** Twenty changes numbered without holes, a trade after every fourth. */
export function bybitScript(options: BybitScriptOptions = {}): Capture {
  const { category = 'linear', symbol = SYMBOL, depth = 200, restart = false, tickers = false } = options;
  const script = new RecordingScript(`wss://stream.bybit.com/v5/public/${category}`);
  const levels = (start: number, step: number): string[][] =>
    Array.from({ length: 60 }, (_, index) => [((start + step * index) / 10).toFixed(2), `0.${100 + index}`]);
  let [u, seq] = [5_000, 70_000];
  const book = (type: string, b: string[][], a: string[][]): void => {
    seq += 7;
    const data = { s: symbol, b, a, u, seq };
    script.hear({ topic: `orderbook.${depth}.${symbol}`, type, ts: script.now, data, cts: script.now - 2 });
  };
  script.hear({ success: true, ret_msg: '', conn_id: 'c', req_id: '1', op: 'subscribe' });
  book('snapshot', levels(642_501, -5), levels(642_503, 5));
  for (let index = 0; index < 20; index++) {
    const size = `2.${100 + index}`;
    u++;
    if (restart && index === 10) {
      u = 1;
      book('delta', levels(642_401, -5), levels(642_403, 5));
    } else if (index % 2 === 0) book('delta', [['64250.10', size]], []);
    else book('delta', [], [['64250.30', size]]);
    if (index % 4 === 3) script.hear(trade(script, category, symbol, Math.floor(index / 4), seq));
    if (tickers && index % 8 === 7) script.hear(ticker(script, symbol, index === 7));
  }
  return script.capture(`bybit-${category}-${symbol}.jsonl`);
}

function trade(script: RecordingScript, category: string, symbol: string, index: number, seq: number): object {
  const id =
    category === 'spot'
      ? String(2_290_000_000_050_703_789n + BigInt(index))
      : `4c7b6bd${index}-b4a3-5716-9c7b-bbe01dc7072f`;
  const S = index % 2 === 0 ? 'Buy' : 'Sell';
  const row = { T: script.now - 1, s: symbol, S, v: '0.010', p: '64250.10', i: id, BT: index === 4, seq };
  return { topic: `publicTrade.${symbol}`, type: 'snapshot', ts: script.now, data: [row] };
}

function ticker(script: RecordingScript, symbol: string, isFirst: boolean): object {
  const news = { symbol, markPrice: isFirst ? '64250.20' : '64250.40' };
  const all = { ...news, lastPrice: '64250.10', prevPrice24h: '64000.00', fundingRate: '0.00011' };
  const data = isFirst ? all : news;
  return { topic: `tickers.${symbol}`, type: isFirst ? 'snapshot' : 'delta', data, cs: 1, ts: script.now };
}
