import type { CaptureHeader } from '../capture-file';
import type { Line } from './binance-recorder';

export interface NastyCapture {
  readonly name: string;
  readonly header: CaptureHeader;
  readonly lines: readonly Line[];
}

type Level = readonly [string, string];

const START = Date.UTC(2026, 2, 2, 12, 0, 40);
const SYMBOL = 'BTCUSDT';
const BIDS: readonly Level[] = [
  ['64250.10000000', '0.41200000'],
  ['64250.00000000', '1.50000000'],
  ['64249.90000000', '0.20000000'],
  ['64249.00000000', '3.00000000'],
  ['64240.00000000', '7.25000000'],
];
const ASKS: readonly Level[] = [
  ['64250.11000000', '0.30000000'],
  ['64250.20000000', '0.90000000'],
  ['64250.30000000', '2.00000000'],
  ['64251.00000000', '1.10000000'],
  ['64260.00000000', '5.00000000'],
];

/** Writes a short recording message by message; ids are dense as on spot. */
class Script {
  readonly lines: Line[] = [];
  readonly #futures: boolean;
  #t = START;
  #id = 1000;

  constructor(futures = false) {
    this.#futures = futures;
  }

  /** A diff with the next id, 100 ms later. */
  diff(bids: readonly Level[], asks: readonly Level[], span = 1): this {
    return this.raw('depth@100ms', this.diffText(bids, asks, span));
  }

  diffText(bids: readonly Level[], asks: readonly Level[], span = 1): string {
    const previous = this.#id;
    const U = this.#id + 1;
    this.#id += span;
    const head = { e: 'depthUpdate', E: this.#t + 100 };
    const ids = { s: SYMBOL, U, u: this.#id };
    if (!this.#futures) return JSON.stringify({ ...head, ...ids, b: bids, a: asks });
    return JSON.stringify({ ...head, T: this.#t + 99, ...ids, pu: previous, b: bids, a: asks });
  }

  trade(id: number, price: string, size: string, maker: boolean, fill = 'MARKET'): this {
    const head = { e: 'trade', E: this.#t + 100 };
    const body = { s: SYMBOL, t: id, p: price, q: size };
    const spot = { ...head, ...body, T: this.#t + 100, m: maker, M: true };
    const futures = { ...head, T: this.#t + 100, ...body, X: fill, m: maker };
    return this.raw('trade', JSON.stringify(this.#futures ? futures : spot));
  }

  snapshot(bids = BIDS, asks = ASKS, id = this.#id): this {
    const host = this.#futures ? 'https://fapi.binance.com/fapi/v1' : 'https://api.binance.com/api/v3';
    const m = JSON.stringify({ lastUpdateId: id, bids, asks });
    this.lines.push({ t: this.#tick(), c: -1, dir: 'http', url: `${host}/depth?symbol=${SYMBOL}&limit=1000`, m });
    return this;
  }

  raw(stream: string, data: string): this {
    const name = `${SYMBOL.toLowerCase()}@${stream}`;
    const host = this.#futures ? 'wss://fstream.binance.com' : 'wss://stream.binance.com:9443';
    const url = this.lines.some(({ c }) => c === 0) ? {} : { url: `${host}/stream?streams=${name}` };
    this.lines.push({ t: this.#tick(), c: 0, dir: 'in', ...url, m: `{"stream":"${name}","data":${data}}` });
    return this;
  }

  wait(ms: number): this {
    this.#t += ms;
    return this;
  }

  /** The last two messages change places. */
  swapLast(): this {
    const [a, b] = this.lines.splice(-2);
    this.lines.push({ ...b, t: a.t }, { ...a, t: b.t });
    return this;
  }

  repeatLast(): this {
    const last = this.lines[this.lines.length - 1];
    this.lines.push({ ...last, t: this.#tick() });
    return this;
  }

  removeLast(): this {
    this.lines.pop();
    return this;
  }

  #tick(): number {
    this.#t += 100;
    return this.#t * 1000 + 30_000;
  }
}

/** Recordings of things that go wrong, one kind a file, short enough to be read. */
export function nastyCaptures(): NastyCapture[] {
  const zero = '0.00000000';
  const calm = (script: Script): Script =>
    script
      .diff([['64249.90000000', '0.25000000']], [])
      .snapshot()
      .diff([['64250.10000000', '0.50000000']], []);
  return [
    nasty('gap', 'one diff is missing, so a client has to notice and rebuild', calm(new Script()), (script) =>
      script
        .diff([], [['64250.20000000', '0.10000000']])
        .removeLast()
        .diff([['64250.00000000', '1.60000000']], [])
        .diff([], [['64250.30000000', '1.90000000']])
        .diff([['64249.90000000', '0.21000000']], []),
    ),
    nasty('duplicate', 'one diff comes twice, which changes nothing', calm(new Script()), (script) =>
      script
        .diff([], [['64250.20000000', '0.10000000']])
        .repeatLast()
        .diff([['64250.00000000', '1.60000000']], []),
    ),
    nasty('swap', 'two neighbouring diffs have changed places: one gap', calm(new Script()), (script) =>
      script
        .diff([], [['64250.20000000', '0.10000000']])
        .diff([['64250.00000000', '1.60000000']], [])
        .swapLast()
        .diff([['64249.00000000', '2.90000000']], []),
    ),
    nasty('finer-tick', 'prices and sizes finer than any before them', calm(new Script()), (script) =>
      script
        .diff([['64250.10500000', '0.00000001']], [['64250.10700000', '0.12345678']])
        .trade(1, '64250.10700000', '0.00345678', false)
        .diff([['64250.10500000', zero]], [['64250.10700000', '0.12000000']]),
    ),
    nasty('crossed', 'a bid above the best ask for 200 ms, and later for 700 ms', calm(new Script()), (script) =>
      script
        .diff([['64250.20000000', '0.05000000']], [])
        .wait(100)
        .diff([['64250.20000000', zero]], [])
        .wait(500)
        .diff([['64250.25000000', '0.05000000']], [])
        .wait(600)
        .diff([['64250.25000000', zero]], []),
    ),
    nasty('malformed', 'messages that must be refused, diffs among them', calm(new Script()), (script) => {
      script.raw('depth@100ms', script.diffText([['64250.10000000', '-1']], []));
      script.raw('depth@100ms', script.diffText([['', '1.0']], []));
      script.raw('depth@100ms', script.diffText([['64250.1 ', '1']], []).slice(0, -9));
      script.raw('trade', `{"e":"trade","E":${START},"s":"BTCUSDT","t":"1","p":"NaN","q":null,"T":0,"m":"yes"}`);
      script.raw('bookTicker', '{"u":1001,"u":1002,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"}');
      script.raw('bookTicker', '[]');
      script.raw('depth@100ms', '{"e":"depthUpdate","s":"BTCUSDT","__proto__":{"U":1},"b":{},"a":null}');
      return script.diff([['64250.00000000', '1.60000000']], []).diff([], [['64251.00000000', '1.20000000']]);
    }),
    nasty('empty-side', 'all asks go, and come back', calm(new Script()), (script) =>
      script
        .diff(
          [],
          ASKS.map(([price]) => [price, zero] as const),
        )
        .wait(300)
        .diff([['64250.30000000', '1.00000000']], [])
        .diff([['64250.30000000', zero]], ASKS.slice(0, 3)),
    ),
    nasty('absent-removal', 'levels are removed that were never there', calm(new Script()), (script) =>
      script
        .diff([['60000.00000000', zero]], [['70000.00000000', zero]])
        .diff([['64250.10000000', zero]], [])
        .diff([['64250.10000000', zero]], []),
    ),
    nasty('wide-size', 'a level of more lots than a double can count', calm(new Script()), (script) =>
      script
        .diff([['64249.00000000', '92233720368.54775807']], [])
        .diff([], [['64260.00000000', '90071992.54740993']])
        .diff([['64249.00000000', '92233720368.54775808']], []),
    ),
    nasty('quiet', 'a snapshot, one diff, one trade, and then a minute of nothing', new Script(), (script) =>
      script
        .diff([['64249.90000000', '0.25000000']], [])
        .snapshot()
        .trade(1, '64250.11000000', '0.01000000', false)
        .wait(60_000)
        .diff([['64249.90000000', '0.26000000']], []),
    ),
    nasty(
      'usdm-fills',
      'futures fills of other kinds than MARKET stay out of tape and candles',
      new Script(true),
      (script) =>
        script
          .diff([['64249.90000000', '0.25000000']], [])
          .snapshot()
          .trade(1, '64250.11', '0.010', false)
          .trade(2, '60000.00', '5.000', true, 'INSURANCE_FUND')
          .trade(3, '64250.10', '0.020', true)
          .trade(4, '70000.00', '9.000', false, 'ADL')
          .diff([['64250.00000000', '1.60000000']], [], 500),
    ),
  ];
}

function nasty(kind: string, why: string, script: Script, tell: (script: Script) => Script): NastyCapture {
  const futures = kind.startsWith('usdm');
  const header = { venue: futures ? 'binance-usdm' : 'binance', instruments: [SYMBOL], date: '2026-03-02', why };
  return { name: `binance-${kind}`, header, lines: tell(script).lines };
}
