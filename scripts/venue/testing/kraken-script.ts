import type { Capture } from '../../capture-file';
import { crc32 } from '../wire-text';
import { BookKeeper } from './book-keeper';
import { RecordingScript } from './script';

type Level = readonly [string, string];

export const PAIR = 'BTC/USD';

/** Twenty updates at depth 10 with right checksums and a trade after every fourth. */
export function krakenScript(pair = PAIR): Capture {
  const script = new RecordingScript('wss://ws.kraken.com/v2');
  const book = new BookKeeper();
  script.hear({ channel: 'status', type: 'update', data: [{ version: '2.0.10', system: 'online' }] });
  script.hear({
    method: 'subscribe',
    result: { channel: 'book', depth: 10, snapshot: true, symbol: pair },
    success: true,
  });
  const side = (start: number, step: number): Level[] =>
    Array.from({ length: 10 }, (_, index) => [(start + step * index).toFixed(1), `0.${String(10 + index)}000000`]);
  const [bids, asks] = [side(64_250.1, -0.5), side(64_250.3, 0.5)];
  book.load(bids, asks);
  script.hear(bookText('snapshot', pair, bids, asks, book, script.iso));
  for (let index = 0; index < 20; index++) {
    const size = `0.0000${String(1000 + index)}`;
    const bid: Level[] = index % 2 === 0 ? [['64250.1', size]] : [];
    const ask: Level[] = index % 2 === 0 ? [] : [['64250.3', size]];
    book.apply(bid, ask);
    script.hear(bookText('update', pair, bid, ask, book, script.iso));
    if (index % 4 === 3)
      script.hear(tradeText(pair, 700 + Math.floor(index / 4), index % 8 === 3 ? 'buy' : 'sell', script.iso));
  }
  return script.capture(`kraken-${pair.replace('/', '')}.jsonl`);
}

function tradeText(pair: string, id: number, side: string, at: string): string {
  return `{"channel":"trade","type":"update","data":[{"symbol":"${pair}","side":"${side}","price":64250.1,"qty":0.01000000,"ord_type":"market","trade_id":${id},"timestamp":"${at}"}]}`;
}

function bookText(
  type: string,
  pair: string,
  bids: readonly Level[],
  asks: readonly Level[],
  book: BookKeeper,
  at: string,
): string {
  const text = (levels: readonly Level[]): string =>
    levels.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join(',');
  return `{"channel":"book","type":"${type}","data":[{"symbol":"${pair}","bids":[${text(bids)}],"asks":[${text(asks)}],"checksum":${checksum(book)},"timestamp":"${at}"}]}`;
}

function checksum(book: BookKeeper): number {
  const token = (digits: string): string => digits.replace('.', '').replace(/^0+/, '');
  const levels = [...book.best('ask', 10), ...book.best('bid', 10)];
  return crc32(levels.map(([price, qty]) => token(price) + token(qty)).join(''));
}
