import { afterEach, describe, expect, it } from 'vitest';
import { createDemoExchange, type DemoExchange, type DemoHost, type DemoSocket } from './demo-exchange';
import { demoInstruments } from './instruments';

const START = 1_750_000_000_123;

type Json = any;

/** A clock moved by hand, and the tasks waiting for it. */
class Clock implements DemoHost {
  time = START;
  tasks: { at: number; order: number; task: () => void }[] = [];
  order = 0;

  now() {
    return this.time;
  }

  schedule(delayMs: number, task: () => void) {
    const entry = { at: this.time + delayMs, order: this.order++, task };
    this.tasks.push(entry);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry);
    };
  }

  run(ms: number) {
    const end = this.time + ms;
    for (;;) {
      const next = this.tasks.filter((t) => t.at <= end).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined) break;
      this.tasks = this.tasks.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.task();
    }
    this.time = end;
  }
}

class Client {
  texts: string[] = [];
  parsed: Json[] = [];
  events: string[] = [];
  socket: DemoSocket;

  constructor(exchange: DemoExchange, url: string) {
    this.socket = exchange.connect(url, {
      onOpen: () => this.events.push('open'),
      onText: (text) => this.texts.push(text),
      onClose: (code, reason) => this.events.push(`close ${code} ${reason}`.trim()),
    });
  }

  get messages(): Json[] {
    while (this.parsed.length < this.texts.length) this.parsed.push(JSON.parse(this.texts[this.parsed.length]));
    return this.parsed;
  }

  of(kind: string): Json[] {
    return this.messages.filter((m) => (kind === 'bookTicker' ? m.B !== undefined && m.u !== undefined : m.e === kind));
  }

  ask(id: string | number, method: string, params?: unknown) {
    this.socket.send(JSON.stringify({ id, method, ...(params === undefined ? {} : { params }) }));
  }

  answer(id: string | number): Json {
    return this.messages.find((m) => m.id === id);
  }
}

const exchanges: DemoExchange[] = [];
function setUp(options: { seed?: number; rate?: number; start?: number } = {}) {
  const clock = new Clock();
  const exchange = createDemoExchange({ seed: 7, rate: 200, start: START, ...options }, clock);
  exchanges.push(exchange);
  const connect = (path: string) => new Client(exchange, `wss://demo.invalid${path}`);
  return { clock, exchange, connect };
}
afterEach(() => {
  for (const exchange of exchanges.splice(0)) exchange.dispose();
});

describe('sockets', () => {
  it('open and close after the call, never within it', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws');
    expect(client.events).toEqual([]);
    clock.run(0);
    expect(client.events).toEqual(['open']);
    client.socket.close();
    client.socket.close();
    expect(client.events).toEqual(['open']);
    clock.run(0);
    expect(client.events).toEqual(['open', 'close 1000']);
    client.ask(1, 'LIST_SUBSCRIPTIONS');
    clock.run(100);
    expect(client.texts).toEqual([]);
  });

  it('close at once at an address that leads nowhere', () => {
    const { clock, connect, exchange } = setUp();
    const wrong = ['/', '/wss', '/ws-api/v1', '/market/streams'].map(connect);
    wrong.push(new Client(exchange, 'no address'));
    clock.run(0);
    for (const client of wrong) expect(client.events).toEqual(['close 1006']);
  });

  it('wrap on the combined path and not on the raw one', () => {
    const { clock, connect } = setUp();
    const wrapped = connect('/stream?streams=btc-usd@trade/eth-usd@bookTicker');
    const bare = connect('/ws/btc-usd%40trade');
    clock.run(3000);
    const streams = new Set(wrapped.messages.map((m) => m.stream));
    expect(streams).toEqual(new Set(['btc-usd@trade', 'eth-usd@bookTicker']));
    expect(bare.of('trade').length).toBeGreaterThan(50);
    const trades = wrapped.messages.filter((m) => m.stream === 'btc-usd@trade').map((m) => m.data);
    expect(bare.messages).toEqual(trades);
  });

  it('hear nothing more once the exchange is disposed of', () => {
    const { clock, connect, exchange } = setUp();
    const client = connect('/ws/btc-usd@trade');
    clock.run(500);
    const heard = client.texts.length;
    exchange.dispose();
    const late = connect('/ws');
    clock.run(5000);
    client.socket.close();
    clock.run(10);
    expect(client.texts.length).toBe(heard);
    expect([client.events, late.events]).toEqual([['open'], []]);
  });
});

describe('control messages', () => {
  it('subscribe, list and unsubscribe with acknowledgements that carry the id', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws');
    clock.run(0);
    client.ask(1, 'SUBSCRIBE', ['btc-usd@trade', 'btc-usd@depth@100ms', 'no-such@trade', 'btc-usd@nonsense']);
    clock.run(0);
    expect(client.texts[0]).toBe('{"result":null,"id":1}');
    client.ask('two', 'LIST_SUBSCRIPTIONS');
    clock.run(1000);
    expect(client.answer('two').result).toEqual([
      'btc-usd@trade',
      'btc-usd@depth@100ms',
      'no-such@trade',
      'btc-usd@nonsense',
    ]);
    expect(client.of('trade').length).toBeGreaterThan(0);
    client.ask(3, 'UNSUBSCRIBE', ['btc-usd@trade', 'never-had@it']);
    clock.run(0);
    expect(client.answer(3)).toEqual({ result: null, id: 3 });
    const before = client.of('trade').length;
    clock.run(1000);
    expect(client.of('trade').length).toBe(before);
    expect(client.of('depthUpdate').length).toBeGreaterThan(20);
  });

  it('deliver a stream once, however often it was subscribed', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws/btc-usd@trade');
    clock.run(0);
    client.ask(1, 'SUBSCRIBE', ['btc-usd@trade', 'btc-usd@trade']);
    clock.run(4000);
    const ids = client.of('trade').map((t) => t.t);
    expect(ids).toEqual(ids.map((_, i) => ids[0] + i));
  });

  it('switch wrapping on and off', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws/btc-usd@bookTicker');
    clock.run(0);
    client.ask(1, 'SET_PROPERTY', ['combined', true]);
    client.ask(2, 'GET_PROPERTY', ['combined']);
    clock.run(500);
    expect(client.answer(2)).toEqual({ result: true, id: 2 });
    expect(client.messages.at(-1).stream).toBe('btc-usd@bookTicker');
  });

  it('answer nonsense with the venue’s errors and carry on', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws');
    clock.run(0);
    client.socket.send('{nonsense');
    client.socket.send('[1]');
    client.socket.send(`{"method":"SUBSCRIBE","params":[],"id":"${'x'.repeat(37)}"}`);
    client.ask(1, 'SUBSCRIBE', 'btc-usd@trade');
    client.ask(2, 'SUBSCRIBE', [7]);
    client.ask(3, 'DANCE');
    client.ask(4, 'SET_PROPERTY', ['colour', true]);
    client.ask(5, 'SET_PROPERTY', ['combined', 'yes']);
    client.ask(
      6,
      'SUBSCRIBE',
      Array.from({ length: 1025 }, (_, i) => `s${i}@trade`),
    );
    client.ask(7, 'LIST_SUBSCRIPTIONS');
    clock.run(0);
    expect(client.messages.map((m) => [m.code, m.id])).toEqual([
      [3, undefined],
      [3, undefined],
      [2, undefined],
      [2, 1],
      [2, 2],
      [2, 3],
      [0, 4],
      [1, 5],
      [2, 6],
      [undefined, 7],
    ]);
    expect(client.answer(7).result).toEqual([]);
  });
});

describe('streams', () => {
  it('carry messages of the venue’s shape with prices on their step', () => {
    const { clock, connect } = setUp();
    for (const { symbol, priceDecimals, unitsPerTick, lotDecimals } of demoInstruments) {
      const name = symbol.toLowerCase();
      const kinds = ['trade', 'aggTrade', 'depth@100ms', 'bookTicker', 'kline_1m', 'kline_1s', 'ticker'];
      const client = connect(`/stream?streams=${kinds.map((kind) => `${name}@${kind}`).join('/')}`);
      clock.run(2500);
      const price = new RegExp(`^[0-9]+${priceDecimals > 0 ? `\\.[0-9]{${priceDecimals}}` : ''}$`);
      const size = new RegExp(`^[0-9]+${lotDecimals > 0 ? `\\.[0-9]{${lotDecimals}}` : ''}$`);
      const texts: string[] = [];
      for (const { stream, data } of client.messages) {
        expect(stream.startsWith(`${name}@`)).toBe(true);
        expect(data.s).toBe(symbol);
        if (data.e === 'trade' || data.e === 'aggTrade') texts.push(data.p);
        if (data.e === 'depthUpdate') texts.push(...[...data.b, ...data.a].map((level: string[]) => level[0]));
        if (data.e === 'kline') texts.push(data.k.o, data.k.h, data.k.l, data.k.c);
        if (data.e === '24hrTicker') texts.push(data.o, data.h, data.l, data.c, data.b, data.a);
        if (data.q !== undefined && data.e !== '24hrTicker') expect(data.q).toMatch(size);
      }
      expect(new Set(client.messages.map((m) => m.stream)).size).toBe(kinds.length);
      for (const text of texts) {
        expect(text).toMatch(price);
        expect(Number(text.replace('.', '')) % unitsPerTick).toBe(0);
      }
      client.socket.close();
    }
  });

  it('sum aggregates over exactly the trades they name', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws/btc-usd@trade/btc-usd@aggTrade');
    clock.run(20_000);
    const trades = new Map<number, Json>(client.of('trade').map((t) => [t.t, t]));
    const aggregates = client.of('aggTrade');
    expect(aggregates.some((a) => a.l > a.f)).toBe(true);
    aggregates.slice(1).forEach((a, i) => {
      expect(a.a).toBe(aggregates[i].a + 1);
      expect(a.f).toBe(aggregates[i].l + 1);
      let lots = 0;
      for (let id = a.f; id <= a.l; id++) {
        expect([trades.get(id).p, trades.get(id).m]).toEqual([a.p, a.m]);
        lots += Math.round(Number(trades.get(id).q) * 1e5);
      }
      expect(Math.round(Number(a.q) * 1e5)).toBe(lots);
    });
  });

  it('do not change with the other streams that are subscribed', () => {
    const hear = (prepare: (connect: (path: string) => Client, clock: Clock) => void) => {
      const { clock, connect } = setUp();
      connect('/ws/btc-usd@trade');
      clock.run(0);
      prepare(connect, clock);
      clock.run(2000 - (clock.time - START));
      const client = connect('/stream?streams=btc-usd@trade/btc-usd@depth@100ms/btc-usd@bookTicker');
      clock.run(5000);
      return client.texts;
    };
    const alone = hear(() => undefined);
    const crowded = hear((connect, clock) => {
      connect('/stream?streams=btc-usd@depth/btc-usd@kline_1m/eth-usd@trade/acme@depth@100ms');
      clock.run(700);
      connect('/stream?streams=btc-usd@bookTicker/btc-usd@ticker');
    });
    expect(alone.length).toBeGreaterThan(800);
    expect(crowded).toEqual(alone);
  });

  it('close a candle once, with everything traded in it', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws/eth-usd@kline_1m/eth-usd@trade');
    clock.run(125_000);
    const closed = client.of('kline').filter((m) => m.k.x);
    expect(closed.map((m) => m.k.t)).toEqual([1_749_999_960_000, 1_750_000_020_000]);
    const second = closed[1].k;
    const trades = client.of('trade').filter((t) => t.T >= second.t && t.T <= second.T);
    expect([second.n, second.f, second.L]).toEqual([trades.length, trades[0].t, trades.at(-1).t]);
    expect([second.o, second.c]).toEqual([trades[0].p, trades.at(-1).p]);
  });
});

describe('requests', () => {
  const requestRoom = (options = {}) => {
    const all = setUp(options);
    const api = all.connect('/ws-api/v3');
    all.clock.run(100);
    const ask = (method: string, params?: unknown): Json => {
      const id = `r${all.clock.order}`;
      api.ask(id, method, params);
      all.clock.run(20);
      return api.answer(id);
    };
    return { ...all, api, ask };
  };

  it('give the time, the catalogue and the day', () => {
    const { ask } = requestRoom();
    expect(ask('ping')).toMatchObject({ status: 200, result: {} });
    expect(ask('time').result.serverTime).toBe(START + 120);
    const { symbols } = ask('exchangeInfo').result;
    expect(
      symbols.map((s: Json) => [s.symbol, s.demoKind, s.filters.find((f: Json) => f.tickSize !== undefined).tickSize]),
    ).toEqual([
      ['BTC-USD', 'spot', '0.01'],
      ['ETH-USD', 'spot', '0.01'],
      ['EUR-USD', 'fx', '0.00001'],
      ['USD-JPY', 'fx', '0.001'],
      ['ACME', 'equity', '0.01'],
      ['INDX-F', 'future', '0.25'],
      ['GOLD', 'commodity', '0.1'],
      ['MICRO-USD', 'spot', '0.00000001'],
    ]);
    expect(ask('exchangeInfo', { symbols: ['GOLD', 'ACME'] }).result.symbols).toHaveLength(2);
    const day = ask('ticker.24hr', { symbol: 'MICRO-USD' }).result;
    expect(Number(day.lowPrice)).toBeGreaterThan(0);
    expect(Number(day.highPrice)).toBeGreaterThanOrEqual(Number(day.lastPrice));
    expect(day.closeTime - day.openTime).toBeGreaterThan(86_400_000 - 120_000);
  });

  it('refuse as the venue does', () => {
    const { ask, api, clock } = requestRoom();
    const code = (method: string, params?: unknown) => ask(method, params).error.code;
    expect(code('depth', { symbol: 'btc-usd' })).toBe(-1121);
    expect(code('depth', {})).toBe(-1102);
    expect(code('depth', { symbol: 'BTC-USD', limit: 0 })).toBe(-1130);
    expect(code('depth', { symbol: 'BTC-USD', limit: '5' })).toBe(-1130);
    expect(code('klines', { symbol: 'BTC-USD' })).toBe(-1102);
    expect(code('klines', { symbol: 'BTC-USD', interval: '7m' })).toBe(-1120);
    expect(code('exchangeInfo', { symbol: 'NONE' })).toBe(-1121);
    expect(code('exchangeInfo', { symbols: [] })).toBe(-1102);
    expect(code('order.place', {})).toBe(-1020);
    expect(code('toString', {})).toBe(-1020);
    expect(code('ping', [1])).toBe(-1135);
    api.socket.send('nonsense');
    api.socket.send('{"id":{},"method":"ping"}');
    clock.run(20);
    expect(api.messages.slice(-2).map((m) => [m.id, m.status, m.error.code])).toEqual([
      [null, 400, -1135],
      [null, 400, -1135],
    ]);
    expect(ask('ping').rateLimits[0].limit).toBe(6000);
  });

  it('give a book that the diffs continue without a gap', () => {
    const { ask, clock, connect } = requestRoom();
    const stream = connect('/ws/btc-usd@depth@100ms');
    clock.run(1000);
    const snapshot = ask('depth', { symbol: 'BTC-USD', limit: 5000 }).result;
    clock.run(3000);
    const truth = ask('depth', { symbol: 'BTC-USD', limit: 5000 }).result;
    const book: Record<'b' | 'a', Map<string, string>> = { b: new Map(snapshot.bids), a: new Map(snapshot.asks) };
    let id = snapshot.lastUpdateId;
    for (const diff of stream.of('depthUpdate')) {
      if (diff.u <= id) continue;
      expect(diff.U).toBeLessThanOrEqual(id + 1);
      id = diff.u;
      // Levels are absolute: changes past the second snapshot are not in it yet.
      if (id > truth.lastUpdateId) break;
      for (const side of ['b', 'a'] as const) {
        for (const [price, size] of diff[side]) {
          if (/^[0.]+$/.test(size)) book[side].delete(price);
          else book[side].set(price, size);
        }
      }
    }
    const differing = (side: 'b' | 'a', levels: [string, string][]) =>
      levels.filter(([price, size]) => book[side].get(price) !== size).length;
    // Only what happened between the last diff and the second snapshot may differ.
    expect(differing('b', truth.bids) + differing('a', truth.asks)).toBeLessThan(80);
    expect(snapshot.bids.length).toBeGreaterThan(700);
    expect(ask('depth', { symbol: 'BTC-USD', limit: 5 }).result.asks).toHaveLength(5);
  });

  it('give candles whose last row and the trades after it make the running bar', () => {
    const { api, clock, connect } = requestRoom();
    const stream = connect('/ws/btc-usd@trade');
    /** Candles and the newest trade id of one and the same instant. */
    const present = (name: string) => {
      api.ask(`k${name}`, 'klines', { symbol: 'BTC-USD', interval: '5m', limit: 3 });
      api.ask(`t${name}`, 'trades.recent', { symbol: 'BTC-USD', limit: 1 });
      clock.run(0);
      return { rows: api.answer(`k${name}`).result, lastId: api.answer(`t${name}`).result[0].id };
    };
    clock.run(4000);
    const before = present('before');
    clock.run(5000);
    const after = present('after');
    const since = stream.of('trade').filter((t) => t.t > before.lastId && t.t <= after.lastId);
    const lots = (text: string) => Math.round(Number(text) * 1e5);
    const [then, now] = [before.rows[2], after.rows[2]];
    expect(since.length).toBeGreaterThan(100);
    expect(now[8] - then[8]).toBe(since.length);
    expect(lots(now[5]) - lots(then[5])).toBe(since.reduce((sum, t) => sum + lots(t.q), 0));
    expect(now[4]).toBe(since.at(-1).p);
    expect(now[1]).toBe(then[1]);
    expect(before.rows.map((r: Json) => r[0])).toEqual([then[0] - 600_000, then[0] - 300_000, then[0]]);
    expect(before.rows[1][1]).toBe(before.rows[0][4]);
    expect(then[1]).toBe(before.rows[1][4]);
  });

  it('give the candles of a window, from the first on', () => {
    const { ask } = requestRoom();
    const window = ask('klines', { symbol: 'BTC-USD', interval: '1h', startTime: 1, endTime: 10_799_999, limit: 9 });
    expect(window.result.map((r: Json) => r[0])).toEqual([3_600_000, 7_200_000]);
    const page = ask('klines', { symbol: 'GOLD', interval: '1d', endTime: 86_400_000 * 400 - 1, limit: 1000 });
    expect([page.result.length, page.result[0][0]]).toEqual([400, 0]);
  });

  it('anchor a running candle on its last trade id', () => {
    const { clock, connect } = requestRoom();
    const stream = connect('/ws/usd-jpy@kline_15m/usd-jpy@trade');
    clock.run(6000);
    const bars = stream.of('kline').map((m) => m.k);
    bars.slice(1).forEach((bar, i) => {
      const between = stream.of('trade').filter((t) => t.t > bars[i].L && t.t <= bar.L);
      expect(bar.n - bars[i].n).toBe(between.length);
      expect(bar.n).toBe(bar.L - bar.f + 1);
      expect(Number(bar.v) - Number(bars[i].v)).toBe(between.reduce((sum, t) => sum + Number(t.q), 0));
      expect(bar.c).toBe(between.at(-1).p);
    });
    expect(bars.length).toBeGreaterThan(5);
  });

  it('give trades by id, so that a hole can be filled', () => {
    const { ask, clock, connect } = requestRoom();
    const stream = connect('/ws/btc-usd@trade');
    clock.run(5000);
    const trades = stream.of('trade');
    const missed = ask('trades.historical', { symbol: 'BTC-USD', fromId: trades[10].t, limit: 20 }).result;
    expect(missed.map((t: Json) => [t.id, t.price, t.qty, t.time, t.isBuyerMaker])).toEqual(
      trades.slice(10, 30).map((t) => [t.t, t.p, t.q, t.T, t.m]),
    );
    const recent = ask('trades.recent', { symbol: 'BTC-USD', limit: 7 }).result;
    expect(recent).toHaveLength(7);
    expect(recent.at(-1).id).toBeGreaterThanOrEqual(trades.at(-1).t);
    const sums = ask('trades.aggregate', { symbol: 'BTC-USD', limit: 1000 }).result;
    sums.slice(1).forEach((sum: Json, i: number) => {
      expect(sum.f).toBe(sums[i].l + 1);
    });
    const fromId = sums[3].a;
    expect(ask('trades.aggregate', { symbol: 'BTC-USD', fromId, limit: 4 }).result).toEqual(sums.slice(3, 7));
    expect(ask('trades.historical', { symbol: 'BTC-USD', fromId: 1e12 }).result).toEqual([]);
    expect(ask('trades.historical', { symbol: 'BTC-USD', fromId: 0, limit: 1 }).result[0].id).toBeLessThan(trades[1].t);
  });

  it('start venue time at `start`, whatever the clock says', () => {
    const { ask, clock, connect } = requestRoom({ start: 1_000_000_000_000 });
    expect(ask('time').result.serverTime).toBe(1_000_000_000_100);
    const stream = connect('/ws/gold@trade');
    clock.run(2000);
    expect(stream.of('trade')[0].T).toBeGreaterThan(1_000_000_000_000);
    expect(stream.of('trade').at(-1).T).toBeLessThan(1_000_000_003_000);
  });

  it('hold a rate, a seed or a start out of range within it', () => {
    for (const rate of [0, -5, Number.NaN, 1e9]) {
      const { clock, connect } = setUp({ rate, seed: Number.NaN, start: Number.NaN });
      const stream = connect('/ws/gold@bookTicker');
      clock.run(400);
      expect(stream.texts.length).toBeGreaterThan(1);
    }
  });
});

describe('falling behind', () => {
  it('sends clients away after a standstill and is at the present when they return', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws/btc-usd@trade');
    clock.run(1000);
    const last = client.of('trade').at(-1).t;
    clock.time += 30_000;
    clock.run(0);
    expect(client.events).toEqual(['open', 'close 1001 going away']);
    const heard = client.texts.length;
    const again = connect('/ws/btc-usd@trade');
    const api = connect('/ws-api/v3');
    clock.run(0);
    api.ask('d', 'depth', { symbol: 'BTC-USD' });
    clock.run(1000);
    expect(client.texts.length).toBe(heard);
    expect(again.of('trade')[0].T).toBeGreaterThan(START + 31_000 - 20);
    expect(again.of('trade')[0].t).toBeGreaterThan(last + 500);
    expect(api.answer('d').result.bids).toHaveLength(100);
  });

  it('goes on after a short standstill as if nothing had been', () => {
    const hear = (stall: number) => {
      const { clock, connect } = setUp();
      const client = connect('/stream?streams=btc-usd@trade/btc-usd@depth@100ms/btc-usd@kline_1m');
      clock.run(1000);
      clock.time += stall;
      clock.run(4500 - stall);
      return client.texts;
    };
    expect(hear(4000)).toEqual(hear(0));
  });

  it('brings a market looked at late to the present in pieces, the same as one watched from the start', () => {
    const watched = setUp();
    const early = watched.connect('/ws/eth-usd@trade');
    watched.clock.run(120_000);
    const late = setUp();
    late.connect('/ws/btc-usd@trade');
    late.clock.run(119_000);
    const client = late.connect('/ws/eth-usd@trade');
    late.clock.run(1000);
    expect(client.texts.length).toBeGreaterThan(20);
    expect(early.texts.slice(-client.texts.length)).toEqual(client.texts);
  });

  it('opens a market nobody asked for in hours late rather than run it all through', () => {
    const { clock, connect, exchange } = setUp();
    clock.time += 24 * 3_600_000;
    const client = connect('/ws/eth-usd@trade');
    clock.run(2000);
    const trades = client.of('trade');
    expect(trades.length).toBeGreaterThan(50);
    expect(Math.abs(trades.at(-1).T - clock.time)).toBeLessThan(200);
    expect(exchange.orderEntry('NOPE')).toBeNull();
  });

  it('lets a market stand still for the hours that a machine slept', () => {
    const { clock, connect } = setUp();
    const client = connect('/ws/eth-usd@trade');
    clock.run(2000);
    clock.time += 24 * 3_600_000;
    clock.run(10);
    const again = connect('/ws/eth-usd@trade');
    clock.run(2000);
    const ids = again.of('trade').map((t) => t.t);
    expect(client.events.at(-1)).toBe('close 1001 going away');
    expect(Math.abs(again.of('trade').at(-1).T - clock.time)).toBeLessThan(200);
    expect(ids).toEqual(ids.map((_, i) => ids[0] + i));
  });
});
