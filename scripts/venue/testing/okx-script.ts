import type { Capture } from '../../capture-file';
import { BookKeeper } from './book-keeper';
import { okxChecksumOf } from './okx-client';
import { RecordingScript } from './script';

type Level = readonly [string, string];

export const PAIR = 'BTC-USDT';

export interface OkxScriptOptions {
  readonly pair?: string;
  readonly ids?: boolean;
  readonly checksums?: 'real' | 'zero' | 'absent';
  /** No book is pushed; one is answered after the third update. */
  readonly asked?: boolean;
}

/** Twenty updates with the ids of now, a trade after every fourth. */
export function okxScript(options: OkxScriptOptions = {}): Capture {
  const { pair = PAIR, ids = true, checksums = 'absent', asked = false } = options;
  const script = new RecordingScript('wss://ws.okx.com:8443/ws/v5/public');
  const book = new BookKeeper();
  const books = { channel: 'books', instId: pair };
  let id = 9_000;
  const entry = (bids: readonly Level[], asks: readonly Level[], previous: number): object => ({
    asks: asks.map(([price, size]) => [price, size, '0', '2']),
    bids: bids.map(([price, size]) => [price, size, '0', '3']),
    ts: String(script.now),
    ...(checksums !== 'absent' && { checksum: checksums === 'real' ? okxChecksumOf(book) : 0 }),
    ...(ids && { prevSeqId: previous, seqId: id }),
  });
  const side = (start: number, step: number): Level[] =>
    Array.from({ length: 30 }, (_, index) => [String((start + step * index) / 10), `0.${index + 11}`]);
  const [bids, asks] = [side(642_501, -5), side(642_503, 5)];
  book.load(bids, asks);
  script.hear({ event: 'subscribe', arg: books });
  if (!asked) script.hear({ arg: books, action: 'snapshot', data: [entry(bids, asks, -1)] });
  for (let index = 0; index < 20; index++) {
    const size = `1.${1_000 + index * 2 + 1}`;
    const bid: Level[] = index % 2 === 0 ? [['64250.1', size]] : [];
    const ask: Level[] = index % 2 === 0 ? [] : [['64250.3', size]];
    const previous = id;
    id += 3;
    book.apply(bid, ask);
    script.hear({ arg: books, action: 'update', data: [entry(bid, ask, previous)] });
    if (asked && index === 2) {
      const body = { code: '0', msg: '', data: [entry(book.best('bid'), book.best('ask'), -1)] };
      script.answer(`https://www.okx.com/api/v5/market/books?instId=${pair}&sz=400&source=0`, body);
    }
    if (index % 4 === 3) script.hear(trade(script, pair, 700 + Math.floor(index / 4), index % 8 === 3));
  }
  return script.capture(`okx-${pair}.jsonl`);
}

function trade(script: RecordingScript, instId: string, id: number, isBuyer: boolean): object {
  const side = isBuyer ? 'buy' : 'sell';
  const row = { instId, tradeId: String(id), px: '64250.1', sz: '0.01', side, ts: String(script.now), count: '1' };
  return { arg: { channel: 'trades', instId }, data: [row] };
}
