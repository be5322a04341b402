import { crc32 } from 'node:zlib';
import type { Line } from './binance-recorder';
import type { Level } from './market-recorder';
import type { NastyCapture } from './nasty-captures';

const START = Date.UTC(2026, 2, 2, 12, 0, 40);
const DATE = '2026-03-02';

/** Writes a short recording of one socket message by message, a tenth of a second apart. */
export class SocketScript {
  readonly lines: Line[] = [];
  readonly #url: string;
  now = START;

  constructor(url: string) {
    this.#url = url;
  }

  say(message: object | string): this {
    const isFirst = !this.lines.some(({ c }) => c === 0);
    const m = typeof message === 'string' ? message : JSON.stringify(message);
    this.lines.push({ t: this.#tick(), c: 0, dir: 'in', ...(isFirst && { url: this.#url }), m });
    return this;
  }

  answer(url: string, body: object): this {
    this.lines.push({ t: this.#tick(), c: -1, dir: 'http', url, m: JSON.stringify(body) });
    return this;
  }

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  #tick(): number {
    this.now += 100;
    return this.now * 1000 + 30_000;
  }
}

const BIDS: readonly Level[] = [
  ['64250.1', '0.412'],
  ['64250', '1.5'],
  ['64249.9', '0.2'],
  ['64240', '7.25'],
];
const ASKS: readonly Level[] = [
  ['64250.3', '0.3'],
  ['64250.5', '0.9'],
  ['64251', '1.1'],
  ['64260', '5'],
];

/** Recordings of what goes wrong, or is merely rare, at the venues that push their books. */
export function nastyVenueCaptures(): NastyCapture[] {
  return [
    nasty(
      'bybit-restart',
      'bybit-linear',
      'BTCUSDT',
      'the service begins anew with number 1, and block trades',
      restart(),
    ),
    nasty('bybit-gap', 'bybit-linear', 'BTCUSDT', 'a change is missing, another comes twice', bybitGap()),
    nasty('okx-maintenance', 'okx', 'BTC-USDT', 'ids fall back, a book stands still, notices', maintenance()),
    nasty('okx-upgrade', 'okx', 'BTC-USDT', 'the venue is about to close the connection', upgrade()),
    nasty('okx-asked', 'okx', 'BTC-USDT', 'no book is pushed, one is answered', asked()),
    nasty(
      'okx-checksum',
      'okx',
      'BTC-USDT',
      'books without ids, proven by checksums alone, one of them wrong',
      checksums(),
    ),
  ];
}

/** A short recording under a name. */
export function nasty(name: string, venue: string, symbol: string, why: string, script: SocketScript): NastyCapture {
  return { name, header: { venue, instruments: [symbol], date: DATE, why }, lines: script.lines };
}

class Bybit extends SocketScript {
  u = 5_000;
  seq = 70_000;

  book(type: 'snapshot' | 'delta', b: readonly Level[], a: readonly Level[]): this {
    this.seq += 7;
    const data = { s: 'BTCUSDT', b, a, u: this.u, seq: this.seq };
    return this.say({ topic: 'orderbook.200.BTCUSDT', type, ts: this.now, data, cts: this.now - 3 });
  }

  change(b: readonly Level[], a: readonly Level[]): this {
    this.u++;
    return this.book('delta', b, a);
  }

  trade(index: number, S: 'Buy' | 'Sell', isBlock: boolean): this {
    const i = `4c7b6bdc-b4a3-5716-9c7b-00000000000${index}`;
    const row = {
      T: this.now - 2,
      s: 'BTCUSDT',
      S,
      v: '0.010',
      p: '64250.30',
      L: 'PlusTick',
      i,
      BT: isBlock,
      seq: this.seq,
    };
    return this.say({ topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: this.now, data: [row] });
  }
}

function restart(): SocketScript {
  const script = new Bybit('wss://stream.bybit.com/v5/public/linear')
    .book('snapshot', BIDS, ASKS)
    .change([['64250.1', '0.5']], [])
    .trade(1, 'Buy', false)
    .trade(2, 'Sell', true)
    .change([], [['64250.3', '0.29']]);
  script.u = 1;
  return script
    .book('delta', BIDS.slice(1), ASKS.slice(1))
    .change([['64250', '1.6']], [])
    .trade(3, 'Sell', false)
    .change([['12345', '0']], []);
}

function bybitGap(): SocketScript {
  const script = new Bybit('wss://stream.bybit.com/v5/public/linear')
    .book('snapshot', BIDS, ASKS)
    .change([['64250.1', '0.5']], [])
    .book('delta', [['64250.1', '0.5']], []);
  script.u++;
  return script
    .change([['64250', '1.6']], [])
    .trade(1, 'Buy', false)
    .change([], [['64251', '1.2']]);
}

class Okx extends SocketScript {
  id = 9_000;

  book(
    action: 'snapshot' | 'update',
    bids: readonly Level[],
    asks: readonly Level[],
    ids: object,
    proof: object = {},
  ): this {
    const rows = (levels: readonly Level[]): string[][] =>
      levels.map(([price, size]) => [price, size, '0', size === '0' ? '0' : '1']);
    const entry = { asks: rows(asks), bids: rows(bids), ts: String(this.now), ...proof, ...ids };
    return this.say({ arg: { channel: 'books', instId: 'BTC-USDT' }, action, data: [entry] });
  }

  update(bids: readonly Level[], asks: readonly Level[], id: number): this {
    const prevSeqId = this.id;
    this.id = id;
    return this.book('update', bids, asks, { prevSeqId, seqId: id });
  }

  trade(tradeId: number, side: 'buy' | 'sell', count: number): this {
    const row = {
      instId: 'BTC-USDT',
      tradeId: String(tradeId),
      px: '64250.1',
      sz: '0.03',
      side,
      ts: String(this.now),
      count: String(count),
    };
    return this.say({ arg: { channel: 'trades', instId: 'BTC-USDT' }, data: [row] });
  }
}

function maintenance(): SocketScript {
  return new Okx('wss://ws.okx.com:8443/ws/v5/public')
    .book('snapshot', BIDS, ASKS, { prevSeqId: -1, seqId: 9_000 })
    .update([['64250.1', '0.5']], [], 9_015)
    .trade(700, 'buy', 1)
    .update([], [], 9_015)
    .say({ event: 'notice', code: '60000', msg: 'Nothing of importance.', connId: 'a4d3ae55' })
    .update([], [['64250.3', '0.31']], 12)
    .trade(703, 'sell', 3)
    .update([['64250', '1.6']], [], 13);
}

function upgrade(): SocketScript {
  const script = new Okx('wss://ws.okx.com:8443/ws/v5/public').book('snapshot', BIDS, ASKS, {
    prevSeqId: -1,
    seqId: 9_000,
  });
  for (let index = 0; index < 10; index++) script.update([['64250.1', `0.${500 + index}`]], [], 9_003 + index * 3);
  const msg = 'The connection will soon be closed for a service upgrade. Please reconnect.';
  script.say({ event: 'notice', code: '64008', msg, connId: 'a4d3ae55' });
  for (let index = 0; index < 20; index++) {
    script.update([['64250.1', `0.${600 + index}`]], [], 9_103 + index * 3);
    if (index >= 8 && index % 4 === 1) script.trade(698 + Math.floor(index / 4), 'buy', 1);
  }
  return script;
}

function asked(): SocketScript {
  const script = new Okx('wss://ws.okx.com:8443/ws/v5/public')
    .update([['64249.9', '0.25']], [], 9_010)
    .update([['64250.1', '0.412']], [], 9_020);
  const rows = (levels: readonly Level[]): string[][] => levels.map(([price, size]) => [price, size, '0', '1']);
  const entry = { asks: rows(ASKS), bids: rows(BIDS), ts: String(script.now), seqId: 9_020 };
  script.answer('https://www.okx.com/api/v5/market/books?instId=BTC-USDT&sz=400&source=0', {
    code: '0',
    msg: '',
    data: [entry],
  });
  return script
    .update([['64250.1', '0.5']], [], 9_031)
    .trade(700, 'buy', 1)
    .update([], [['64250.3', '0.31']], 9_040)
    .update([['64250', '0']], [], 9_055);
}

// The last checksum but one is of another book: a client has to begin anew, and gets the last book again.
function checksums(): SocketScript {
  const script = new Okx('wss://ws.okx.com:8443/ws/v5/public');
  const proof = (bids: readonly Level[], asks: readonly Level[], spoilt = 0): object => {
    const parts = bids
      .flatMap((bid, rank) => [bid.join(':'), (asks[rank] ?? []).join(':')])
      .filter((part) => part !== '');
    return { checksum: (crc32(parts.join(':')) ^ spoilt) | 0 };
  };
  const second: Level[] = [['64250.1', '0.5'], ...BIDS.slice(1)];
  const third: Level[] = [['64250.3', '0.31'], ...ASKS.slice(1)];
  return script
    .book('snapshot', BIDS, ASKS, {}, proof(BIDS, ASKS))
    .book('update', second.slice(0, 1), [], {}, proof(second, ASKS))
    .trade(700, 'buy', 1)
    .book('update', [], third.slice(0, 1), {}, proof(second, third, 1))
    .book('snapshot', second, third, {}, proof(second, third));
}
