import { takeTop } from '@/feed/book/book-picture.ts';
import { LevelList } from '@/feed/book/level-list.ts';
import { OrderBook } from '@/feed/book/order-book.ts';
import { BinanceDecoder, readBookTicker } from '@/feed/venues/binance-decode.ts';
import type { BinanceFlavour } from '@/feed/venues/binance-strict.ts';
import type { DecodeSink, Diff, TradeEvent } from '@/feed/venues/venue.ts';
import { decimalsOf, scaleDecimal } from '@/market/decimal.ts';
import type { Grid } from '@/market/instrument.ts';
import { LotsTotal } from '@/market/quantity.ts';
import type { SnapshotBody, Step } from './bench-steps.ts';

/** Recorded time between two pictures. */
const PICTURE_MICROS = 16_000;
const PICTURE_LEVELS = 50;
const RING = 512;

/** One instrument's part of the measured work: proven book, trade totals, one-minute candles. */
class Market {
  readonly book = new OrderBook();
  grid: Grid = { priceDecimals: 0, lotDecimals: 0, epoch: 0 };
  private held: { last: number; bids: LevelList; asks: LevelList }[] = [];
  private readonly ringIds = new Float64Array(RING);
  private readonly ringTexts: string[] = new Array<string>(RING).fill('');
  private ringNext = 0;
  private readonly bought = new LotsTotal();
  private readonly sold = new LotsTotal();
  readonly candles = new Map<number, [o: number, h: number, l: number, c: number, n: number]>();
  trades = 0;
  compared = 0;
  private isChanged = false;
  agreed = 0;

  constructor(private isSynced: boolean) {}

  /** The best levels as a frame takes them: nothing when nothing changed. */
  picture(): number {
    if (!this.isChanged) return 0;
    this.isChanged = false;
    return takeTop(this.book, PICTURE_LEVELS).bidTicks.length;
  }

  refine(priceDecimals: number, lotDecimals: number): void {
    this.book.rescale(priceDecimals - this.grid.priceDecimals, lotDecimals - this.grid.lotDecimals);
    for (const held of this.held) {
      held.bids.rescale(priceDecimals - this.grid.priceDecimals, lotDecimals - this.grid.lotDecimals);
      held.asks.rescale(priceDecimals - this.grid.priceDecimals, lotDecimals - this.grid.lotDecimals);
    }
    this.grid = { priceDecimals, lotDecimals, epoch: this.grid.epoch + 1 };
  }

  load(body: SnapshotBody): void {
    const levels = [...body.bids, ...body.asks];
    const priceDecimals = Math.max(this.grid.priceDecimals, ...levels.map(([price]) => decimalsOf(price)));
    const lotDecimals = Math.max(this.grid.lotDecimals, ...levels.map(([, size]) => decimalsOf(size)));
    this.refine(priceDecimals, lotDecimals);
    const listOf = (pairs: SnapshotBody['bids']): LevelList => {
      const list = new LevelList();
      for (const [price, size] of pairs) list.push(scaleDecimal(price, priceDecimals), scaleDecimal(size, lotDecimals));
      return list;
    };
    this.book.load(listOf(body.bids), listOf(body.asks));
    for (const held of this.held) if (held.last > body.sequence) this.book.apply(held.bids, held.asks);
    this.held = [];
    this.isSynced = true;
  }

  diff(diff: Diff): void {
    if (!this.isSynced) {
      this.held.push({ last: diff.last, bids: diff.bids.copy(), asks: diff.asks.copy() });
      return;
    }
    this.book.apply(diff.bids, diff.asks);
    this.isChanged = true;
    this.compare(diff.last);
  }

  trade(trade: TradeEvent): void {
    this.trades++;
    (trade.aggressor === 1 ? this.bought : this.sold).add(trade.lots);
    const start = Math.floor(trade.time / 60_000) * 60_000;
    const candle = this.candles.get(start);
    if (candle === undefined) {
      this.candles.set(start, [trade.ticks, trade.ticks, trade.ticks, trade.ticks, 1]);
      return;
    }
    if (trade.ticks > candle[1]) candle[1] = trade.ticks;
    if (trade.ticks < candle[2]) candle[2] = trade.ticks;
    candle[3] = trade.ticks;
    candle[4]++;
  }

  quote(id: number, text: string): void {
    this.ringIds[this.ringNext] = id;
    this.ringTexts[this.ringNext] = text;
    this.ringNext = (this.ringNext + 1) % RING;
  }

  /** The newest best price that is not newer than the book must be the book's. */
  private compare(last: number): void {
    let at = -1;
    for (let back = 1; back <= RING; back++) {
      const slot = (this.ringNext + RING - back) % RING;
      if (this.ringTexts[slot] === '') return;
      if (this.ringIds[slot] > last) continue;
      at = slot;
      break;
    }
    if (at < 0) return;
    const quote = readBookTicker(this.ringTexts[at], this.grid);
    this.compared++;
    if (quote?.bidTicks === this.book.bids.best() && quote.askTicks === this.book.asks.best()) this.agreed++;
  }
}

/** Everything a capture drives, from its text to the pictures. */
/**
 * The bare work of the published table: decode, full book with its proof, trade sums, candles, the best 50 levels. Decoder,
 * book and picture are the product's; what surrounds them in the product is measured by the whole feed beside it.
 */
export class CorePipeline implements DecodeSink {
  readonly markets = new Map<string, Market>();
  private readonly decoder: BinanceDecoder;
  refusals = 0;
  others = 0;
  levelsShown = 0;
  private pictureAt = 0;

  /** @param awaited  symbols whose snapshot is in the capture: their diffs wait for it */
  constructor(
    flavour: BinanceFlavour,
    private readonly awaited: ReadonlySet<string>,
  ) {
    this.decoder = new BinanceDecoder(flavour);
  }

  step(step: Step): void {
    if (step.snapshot !== null) this.market(step.snapshot.symbol).load(step.snapshot);
    else this.decoder.decode(step.text, this);
    if (step.t < this.pictureAt) return;
    this.pictureAt = step.t + PICTURE_MICROS;
    for (const market of this.markets.values())
      this.levelsShown += takeTop(market.book, PICTURE_LEVELS).bidTicks.length;
  }

  market(symbol: string): Market {
    const known = this.markets.get(symbol);
    if (known !== undefined) return known;
    const made = new Market(!this.awaited.has(symbol));
    this.markets.set(symbol, made);
    return made;
  }

  grid(symbol: string): Grid {
    return this.market(symbol).grid;
  }
  refine(symbol: string, priceDecimals: number, lotDecimals: number): void {
    this.market(symbol).refine(priceDecimals, lotDecimals);
  }
  diff(symbol: string, diff: Diff): void {
    this.market(symbol).diff(diff);
  }
  trade(symbol: string, trade: TradeEvent): void {
    this.market(symbol).trade(trade);
  }
  quote(symbol: string, updateId: number, text: string): void {
    this.market(symbol).quote(updateId, text);
  }
  candle(): void {
    this.others++;
  }
  ticker(): void {
    this.others++;
  }
  control(): void {
    this.others++;
  }
  excluded(): void {
    this.others++;
  }
  book(): void {
    this.others++;
  }
  statement(): void {
    this.others++;
  }
  newestTrade(): void {
    this.others++;
  }
  history(): void {
    this.others++;
  }

  ignored(): void {
    this.others++;
  }
  rejected(): void {
    this.refusals++;
  }
}
