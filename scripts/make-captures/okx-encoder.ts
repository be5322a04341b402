import { generator } from '../venue/history';
import type { Encoder, Level, MadeBar, MadeTrade, MarketFeed, Said, Sides } from './market-recorder';

const DEPTH = 400;
const PUBLIC = 0;
const BUSINESS = 1;
const TICKER_SECONDS = 2;
const PING_SECONDS = 20;
const QUIET_SECONDS = 10;

interface Numbers {
  id: number;
  toldAt: number;
}

/** OKX v5 as of 2026: books with sequence ids and a checksum that is always zero, trades told together. */
export class OkxEncoder implements Encoder {
  readonly depth = DEPTH;
  readonly tellsFallen = false;
  readonly sockets = ['wss://ws.okx.com:8443/ws/v5/public', 'wss://ws.okx.com:8443/ws/v5/business'];
  readonly #numbers = new Map<string, Numbers>();
  readonly #random = generator('okx ids');

  open(feeds: readonly MarketFeed[]): Said[] {
    const streams = ['books', 'bbo-tbt', 'trades', 'tickers'];
    return [
      ...['SPOT', 'SWAP'].map((kind) => instruments(kind, feeds)),
      ...feeds.flatMap((feed) => streams.map((channel) => acknowledged(feed, channel, PUBLIC))),
      ...feeds.map((feed) => acknowledged(feed, 'candle1m', BUSINESS)),
    ];
  }

  snapshot(feed: MarketFeed, now: number): Said[] {
    const numbers = { id: 123_456_000 + feed.index * 10_000_000, toldAt: now };
    this.#numbers.set(feed.symbol, numbers);
    return [book(feed, 'snapshot', feed.told(), -1, numbers.id, now), this.#best(feed, now), ticker(feed, now)];
  }

  change(feed: MarketFeed, news: Sides, now: number): Said[] {
    const numbers = this.#of(feed);
    const previous = numbers.id;
    numbers.id += 1 + Math.floor(this.#random() * 40);
    numbers.toldAt = now;
    return [book(feed, 'update', news, previous, numbers.id, now)];
  }

  best(feed: MarketFeed, now: number): Said[] {
    return [this.#best(feed, now)];
  }

  // Fills of one taker at one price are told as one trade with the last of their ids.
  trades(feed: MarketFeed, trades: readonly MadeTrade[], now: number): Said[] {
    const groups: MadeTrade[][] = [];
    for (const trade of trades) {
      const open = groups.at(-1);
      if (open !== undefined && open[0].price === trade.price) open.push(trade);
      else groups.push([trade]);
    }
    return groups.map((group) => {
      const { id, price, buyer } = group[group.length - 1];
      const row = {
        instId: feed.symbol,
        tradeId: String(id),
        px: plain(price),
        sz: plain(sum(group, feed)),
        side: buyer ? 'buy' : 'sell',
        ts: String(now),
        count: String(group.length),
        seqId: this.#of(feed).id,
      };
      return data(feed, 'trades', [row]);
    });
  }

  bar(feed: MarketFeed, bar: MadeBar, closed: boolean): Said[] {
    const prices = [bar.open, bar.high, bar.low, bar.close].map((price) => plain(feed.price(price)));
    const [volume, quote] = [plain(feed.size(bar.volume)), plain(feed.amount(bar.quote))];
    const row = [String(bar.t), ...prices, volume, volume, quote, closed ? '1' : '0'];
    return [data(feed, 'candle1m', [row], BUSINESS)];
  }

  second(feed: MarketFeed, elapsedMs: number, now: number): Said[] {
    const numbers = this.#of(feed);
    const seconds = Math.floor(elapsedMs / 1000);
    const all: Said[] = [];
    // A book that does not move is said to stand where it stood.
    if (now - numbers.toldAt >= QUIET_SECONDS * 1000) {
      numbers.toldAt = now;
      all.push(book(feed, 'update', { bids: [], asks: [] }, numbers.id, numbers.id, now));
    }
    if (seconds % TICKER_SECONDS === 1) all.push(ticker(feed, now));
    if (feed.index === 0 && seconds % PING_SECONDS === PING_SECONDS - 1) {
      all.push({ m: 'pong' }, { m: 'pong', socket: BUSINESS });
    }
    return all;
  }

  #of(feed: MarketFeed): Numbers {
    const numbers = this.#numbers.get(feed.symbol);
    if (numbers === undefined) throw new Error(`${feed.symbol} has no book yet`);
    return numbers;
  }

  #best(feed: MarketFeed, now: number): Said {
    const { bid, ask } = feed.best();
    const entry = { asks: rows([ask]), bids: rows([bid]), ts: String(now), seqId: this.#of(feed).id };
    return data(feed, 'bbo-tbt', [entry]);
  }
}

function book(feed: MarketFeed, action: string, sides: Sides, prevSeqId: number, seqId: number, now: number): Said {
  const entry = { asks: rows(sides.asks), bids: rows(sides.bids), ts: String(now), checksum: 0, prevSeqId, seqId };
  return { m: JSON.stringify({ arg: { channel: 'books', instId: feed.symbol }, action, data: [entry] }) };
}

function ticker(feed: MarketFeed, now: number): Said {
  const { day } = feed;
  const { bid, ask } = feed.best();
  const [open, high, low, last] = [day.open, day.high, day.low, day.last].map((price) => plain(feed.price(price)));
  const volume = plain(feed.size(day.volume));
  const row = {
    instType: kindOf(feed),
    instId: feed.symbol,
    last,
    lastSz: plain(feed.size(1)),
    askPx: plain(ask[0]),
    askSz: plain(ask[1]),
    bidPx: plain(bid[0]),
    bidSz: plain(bid[1]),
    open24h: open,
    high24h: high,
    low24h: low,
    volCcy24h: kindOf(feed) === 'SPOT' ? plain(feed.amount(day.quote)) : volume,
    vol24h: volume,
    sodUtc0: open,
    sodUtc8: open,
    ts: String(now),
  };
  return data(feed, 'tickers', [row]);
}

function instruments(kind: string, feeds: readonly MarketFeed[]): Said {
  const data = feeds.filter((feed) => kindOf(feed) === kind).map(instrument);
  const http = `https://www.okx.com/api/v5/public/instruments?instType=${kind}`;
  return { http, m: JSON.stringify({ code: '0', data, msg: '' }) };
}

function instrument(feed: MarketFeed): object {
  const [first, second] = feed.symbol.split('-');
  const isSpot = kindOf(feed) === 'SPOT';
  return {
    instType: kindOf(feed),
    instId: feed.symbol,
    uly: isSpot ? '' : `${first}-${second}`,
    instFamily: isSpot ? '' : `${first}-${second}`,
    baseCcy: isSpot ? first : '',
    quoteCcy: isSpot ? second : '',
    settleCcy: isSpot ? '' : second,
    ctVal: isSpot ? '' : '0.01',
    ctMult: isSpot ? '' : '1',
    ctValCcy: isSpot ? '' : first,
    ctType: isSpot ? '' : 'linear',
    tickSz: plain(feed.price(1)),
    lotSz: plain(feed.size(1)),
    minSz: plain(feed.size(1)),
    state: 'live',
  };
}

function kindOf({ symbol }: MarketFeed): string {
  return symbol.endsWith('-SWAP') ? 'SWAP' : 'SPOT';
}

function acknowledged(feed: MarketFeed, channel: string, socket: number): Said {
  const arg = { channel, instId: feed.symbol };
  return { socket, m: JSON.stringify({ id: String(feed.index + 1), event: 'subscribe', arg, connId: 'a4d3ae55' }) };
}

function data(feed: MarketFeed, channel: string, rows: readonly unknown[], socket = PUBLIC): Said {
  return { socket, m: JSON.stringify({ arg: { channel, instId: feed.symbol }, data: rows }) };
}

function rows(levels: readonly Level[]): string[][] {
  return levels.map(([price, size]) => {
    const text = plain(size);
    return [plain(price), text, '0', text === '0' ? '0' : '1'];
  });
}

/** The venue spells no zeros behind the last digit. */
function plain(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function sum(trades: readonly MadeTrade[], feed: MarketFeed): string {
  const units = trades.reduce((total, { size }) => total + BigInt(size.replace('.', '')), 0n);
  const unspelled = 10n ** BigInt(feed.spec.spelledSize - feed.spec.sizeDecimals);
  return feed.size(units / unspelled);
}
