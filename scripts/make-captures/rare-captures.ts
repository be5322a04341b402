import type { Level } from './market-recorder';
import type { NastyCapture } from './nasty-captures';
import { nasty, SocketScript } from './nasty-venue-captures';

const BIDS: readonly Level[] = [
  ['0.73479', '14722.10011783'],
  ['0.73460', '6030.11498579'],
];
const ASKS: readonly Level[] = [
  ['0.73510', '9221.77250092'],
  ['0.73541', '2017.62000000'],
];

/** Recordings of what is rare at the venues whose books are requested, whole, or chained by ids. */
export function rareCaptures(): NastyCapture[] {
  return [
    nasty('bitstamp-reconnect', 'bitstamp', 'xrpeur', 'the venue asks to connect to another server', reconnect()),
    nasty(
      'bitstamp-wide',
      'bitstamp',
      'xrpeur',
      'a level of more lots than a double can count, an absurd price',
      wide(),
    ),
    nasty('hyperliquid-empty', 'hyperliquid', 'BTC', 'sides that empty and fill again, a level of each alone', empty()),
    nasty('deribit-gap', 'deribit', 'BTC-PERPETUAL', 'a change and a trade are missing, a snapshot comes again', gap()),
  ];
}

class Bitstamp extends SocketScript {
  constructor() {
    super('wss://ws.bitstamp.net/');
    const at = this.now * 1000;
    const times = { timestamp: String(Math.floor(at / 1e6)), microtimestamp: String(at) };
    this.answer('https://www.bitstamp.net/api/v2/order_book/xrpeur/?group=1', { ...times, bids: BIDS, asks: ASKS });
  }

  diff(bids: readonly Level[], asks: readonly Level[]): this {
    const at = this.now * 1000 + 19;
    const data = { timestamp: String(Math.floor(at / 1e6)), microtimestamp: String(at), bids, asks };
    return this.say({ data, channel: 'diff_order_book_xrpeur', event: 'data' });
  }
}

function reconnect(): SocketScript {
  return new Bitstamp()
    .diff([['0.73479', '14000.00000000']], [])
    .diff([], [['0.73510', '9000.00000000']])
    .say('{"event":"bts:request_reconnect","channel":"","data":""}')
    .wait(2_000)
    .diff([['0.73470', '500.00000000']], [])
    .diff([], [['0.73541', '0.00000000']]);
}

function wide(): SocketScript {
  return new Bitstamp()
    .diff([['0.00001', '112716000.00000000']], [])
    .diff([], [['9999999999.00', '0.00100000']])
    .diff([['0.00001', '112716000.00000001']], []);
}

class Hyperliquid extends SocketScript {
  constructor() {
    super('wss://api.hyperliquid.xyz/ws');
  }

  book(bids: readonly Level[], asks: readonly Level[]): this {
    const side = (levels: readonly Level[]): object[] => levels.map(([px, sz]) => ({ px, sz, n: 1 }));
    const data = { coin: 'BTC', time: this.now, levels: [side(bids), side(asks)] };
    return this.say({ channel: 'l2Book', data }).wait(400);
  }
}

function empty(): SocketScript {
  const [bids, asks]: [Level[], Level[]] = [[['64250.0', '0.4']], [['64251.0', '0.31']]];
  return new Hyperliquid()
    .book(bids, asks)
    .book([], asks)
    .book([], [])
    .book(bids, [])
    .book([...bids, ['64249.0', '1.5']], asks);
}

class Deribit extends SocketScript {
  constructor() {
    super('wss://www.deribit.com/ws/api/v2');
  }

  snapshot(id: number): this {
    const levels = '"bids":[["new",64250.0,4120.0],["new",64249.5,150.0]],"asks":[["new",64250.5,300.0]]';
    return this.#book(`"type":"snapshot","change_id":${id},"prev_change_id":null,${levels}`);
  }

  change(previous: number, id: number, bids: string, asks: string): this {
    return this.#book(
      `"type":"change","change_id":${id},"prev_change_id":${previous},"bids":[${bids}],"asks":[${asks}]`,
    );
  }

  trade(sequence: number, more = ''): this {
    const row = `{"timestamp":${this.now},"price":64250.5,"amount":20.0,"direction":"buy","instrument_name":"BTC-PERPETUAL","trade_seq":${sequence},"mark_price":64250.1,"index_price":64248.3,"tick_direction":1,"contracts":2.0,"trade_id":"${sequence + 900}"${more}}`;
    return this.#notify('trades', `[${row}]`);
  }

  #book(fields: string): this {
    return this.#notify('book', `{"timestamp":${this.now},"instrument_name":"BTC-PERPETUAL",${fields}}`);
  }

  #notify(kind: string, data: string): this {
    const params = `{"channel":"${kind}.BTC-PERPETUAL.100ms","data":${data}}`;
    return this.say(`{"jsonrpc":"2.0","method":"subscription","params":${params}}`);
  }
}

function gap(): SocketScript {
  return new Deribit()
    .snapshot(5_000)
    .change(5_000, 5_004, '["change",64250.0,4000.0]', '')
    .trade(70)
    .trade(71, ',"liquidation":"T"')
    .change(5_004, 5_009, '["delete",64000.0,0.0]', '["new",64251.0,90.0]')
    .change(5_013, 5_020, '["new",64249.0,70.0]', '')
    .trade(73, ',"block_trade_id":"BLOCK-1","combo_trade_id":"43"')
    .change(5_020, 5_021, '', '["delete",64251.0,0.0]')
    .wait(2_000)
    .snapshot(5_030)
    .change(5_030, 5_031, '["change",64249.5,10.0]', '');
}
