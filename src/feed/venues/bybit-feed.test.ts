import { describe, expect, it } from 'vitest';
import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Frame, InstrumentFrame } from '@/protocol/frame.ts';
import { type RecordedLine, replay } from '../replay-harness.ts';
import { seeded } from '../testing/message-damage.ts';
import { ReferenceBook } from '../testing/reference-book.ts';

/**
 * No recording of Bybit's v5 streams exists: this traffic is made strictly from what the venue documents, and shows that
 * the adapter and the feed keep those rules, not that the venue does.
 */
const T0 = 1_780_000_000_000;
const DEPTH = 200;
const EVERY_MS = 100;

/** An exchange as the documentation has it: one book, its messages numbered by one. */
class PaperBybit {
  readonly lines: RecordedLine[] = [];
  readonly book = new ReferenceBook();
  private id = 59_438_060;
  private at = T0;
  private readonly random: () => number;

  constructor(
    private readonly symbol: string,
    seed: number,
  ) {
    this.random = seeded(seed);
    for (let i = 0; i < DEPTH; i++) {
      this.book.set('b', this.price(2_815_000 - i), this.size());
      this.book.set('a', this.price(2_815_001 + i), this.size());
    }
  }

  /** The whole book, as at the beginning and after trouble of the venue's own. */
  snapshot(): void {
    const { bids, asks } = this.book.state(0);
    this.say(`orderbook.${DEPTH}.${this.symbol}`, 'snapshot', { s: this.symbol, b: bids, a: asks, u: this.id, seq: 7 });
  }

  /** The service begins anew: its book comes as number 1. */
  restart(): void {
    this.at += EVERY_MS;
    this.id = 1;
    this.snapshot();
  }

  /** Some sizes change and, on every tenth occasion, the best bid with them. */
  change(isLost = false): void {
    this.at += EVERY_MS;
    this.id++;
    const { bids, asks } = this.book.state(0);
    const b = this.id % 10 === 0 ? [[bids[0][0], '0']] : [];
    const a = [[asks[Math.floor(this.random() * 20)][0], this.size()]];
    // Whoever falls out of the depth is removed by name.
    if (b.length > 0) b.push([this.price(2_800_000 + (this.id % 1_000)), this.size()]);
    else b.push([bids[Math.floor(this.random() * 20)][0], this.size()]);
    for (const [price, size] of b) this.book.set('b', price, size);
    for (const [price, size] of a) this.book.set('a', price, size);
    if (!isLost) this.say(`orderbook.${DEPTH}.${this.symbol}`, 'delta', { s: this.symbol, b, a, u: this.id, seq: 8 });
  }

  /** The best of both sides, which is said again while it stays. */
  best(): void {
    const { bids, asks } = this.book.state(0);
    const data = { s: this.symbol, b: bids.slice(0, 1), a: asks.slice(0, 1), u: 5, seq: 9 };
    this.say(`orderbook.1.${this.symbol}`, 'snapshot', data);
  }

  trade(id: string, side: 'Buy' | 'Sell', v: string): void {
    const data = [{ T: this.at - 2, s: this.symbol, S: side, v, p: '28150.01', i: id, BT: false }];
    this.say(`publicTrade.${this.symbol}`, 'snapshot', data);
  }

  private say(topic: string, type: string, data: unknown): void {
    this.lines.push({ t: this.at * 1_000, dir: 'in', m: JSON.stringify({ topic, type, ts: this.at, data }) });
  }

  private price(ticks: number): string {
    return `${Math.floor(ticks / 100)}.${String(ticks % 100).padStart(2, '0')}`;
  }

  private size(): string {
    return `${Math.floor(this.random() * 5)}.${1 + Math.floor(this.random() * 9_999)}`;
  }
}

async function run(venue: VenueId, exchange: PaperBybit): Promise<{ frame: InstrumentFrame; digest: string }> {
  const instrument: InstrumentId = `${venue}:BTCUSDT`;
  const { replies, feed } = await replay({
    venue,
    lines: exchange.lines,
    wanted: [
      {
        instrument,
        book: { best: 50, priceDecimals: 0, step: 0, window: null },
        trades: true,
        candles: ['1m'],
        ticker: false,
      },
    ],
    frameMs: 16,
  });
  const parts = replies.flatMap((reply) => (reply.kind === 'frame' ? (reply as Frame).instruments : []));
  const frame = Object.assign({}, ...parts) as InstrumentFrame;
  return { frame, digest: feed.digestOf(instrument)?.text ?? '' };
}

describe.each([['bybit'], ['bybit-linear']] as const)('the whole feed on traffic as %s documents it', (venue) => {
  it('ends with the very book, by way of a book sent again and a service begun anew', async () => {
    const exchange = new PaperBybit('BTCUSDT', 3);
    exchange.snapshot();
    for (let k = 0; k < 250; k++) {
      if (k === 80) exchange.restart();
      else exchange.change();
      if (k === 160) exchange.snapshot();
      exchange.best();
    }
    const { frame, digest } = await run(venue, exchange);
    expect(digest).toBe(exchange.book.state(0).digest);
    expect(frame.counters).toMatchObject({ gaps: 0, resyncs: 0, rejected: 0 });
    expect(frame.counters?.quotesCompared).toBeGreaterThan(200);
    expect(frame.counters?.quotesAgreed).toBe(frame.counters?.quotesCompared);
    expect(frame.status?.book).toMatchObject({ state: 'live', proof: 'sequence' });
  });

  it('rebuilds once, and only once, for one lost change', async () => {
    const exchange = new PaperBybit('BTCUSDT', 4);
    exchange.snapshot();
    for (let k = 0; k < 60; k++) {
      exchange.change(k === 30);
      // What the new subscription begins with.
      if (k === 33) exchange.snapshot();
    }
    const { frame, digest } = await run(venue, exchange);
    expect(frame.counters).toMatchObject({ gaps: 1, resyncs: 1 });
    expect(digest).toBe(exchange.book.state(0).digest);
  });

  it('counts every trade once, whichever way it is named', async () => {
    const exchange = new PaperBybit('BTCUSDT', 5);
    const nameOf = (k: number): string =>
      venue === 'bybit' ? String(2290000000050703000n + BigInt(k)) : `4c7b6bdc-${k}`;
    exchange.snapshot();
    for (let k = 0; k < 40; k++) {
      exchange.change();
      exchange.trade(nameOf(k), k % 4 === 0 ? 'Sell' : 'Buy', '0.25');
    }
    exchange.trade(nameOf(39), 'Buy', '0.25');
    const { frame } = await run(venue, exchange);
    expect(frame.trades).toMatchObject({ received: 40, duplicates: 1, missing: 0 });
    expect([frame.trades?.buyVolume, frame.trades?.sellVolume]).toEqual([75_000, 25_000]);
    expect(frame.lastTrade).toMatchObject({ id: nameOf(39), aggressor: 'buyer' });
  });
});
