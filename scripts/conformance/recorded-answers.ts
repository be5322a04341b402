import { ReferenceBook } from '@/feed/testing/reference-book.ts';
import type { VenueId } from '@/market/instrument.ts';
import type { CaptureLine } from '../capture-file';

/** Depths below this are asked for to learn the id of the book alone. */
const SHALLOW = 100;

interface BookData {
  readonly type: 'snapshot' | 'change';
  readonly instrument_name: string;
  readonly change_id: number;
  readonly bids: readonly (readonly [action: string, price: number, amount: number])[];
  readonly asks: readonly (readonly [action: string, price: number, amount: number])[];
}

/** A venue as its recording knows it: what the recorder never asked can still be answered from what it heard. */
export interface RecordedVenue {
  /** A line has been sent to everybody. */
  played(line: CaptureLine): void;
  /** Answers to a text that a client said; none where there is nothing to say. */
  answer(text: string): readonly string[];
}

const UNASKED: RecordedVenue = { played: () => undefined, answer: () => [] };

/** The venue behind a recording. A quiet book can only be told from a dead one where the venue can be asked for it. */
export function recordedVenue(venue: VenueId, lines: readonly CaptureLine[]): RecordedVenue {
  if (venue === 'deribit') return new RecordedDeribit(lines);
  return venue === 'binance' || venue === 'binance-usdm' ? new RecordedBinance() : UNASKED;
}

/** Binance answers a shallow book with the id at which it stands; a client asks no more of it. */
class RecordedBinance implements RecordedVenue {
  private readonly ids = new Map<string, number>();

  played(line: CaptureLine): void {
    if (line.dir === 'out') return;
    const asked = /[?&]symbol=([^&]+)/.exec(line.url ?? '')?.[1];
    const found = /"e":"depthUpdate".*?"s":"(\w+)".*?"u":(\d+)/.exec(line.m);
    const snapshot = asked === undefined ? null : /"lastUpdateId":\s*(\d+)/.exec(line.m);
    const [symbol, id] = found ? [found[1], found[2]] : [asked ?? '', snapshot?.[1] ?? '0'];
    this.ids.set(symbol, Math.max(this.ids.get(symbol) ?? 0, Number(id)));
  }

  answer(text: string): readonly string[] {
    const { id, method, params } = JSON.parse(text) as {
      id: unknown;
      method: string;
      params: { symbol?: string; limit?: number };
    };
    const held = this.ids.get(params.symbol ?? '');
    if (method !== 'depth' || Number(params.limit) >= SHALLOW || held === undefined) return [];
    return [JSON.stringify({ id, status: 200, result: { lastUpdateId: held, bids: [], asks: [] } })];
  }
}

/**
 * Deribit as a recording of its streams knows it: its books can be asked for over the socket at any time, and a market
 * in which nothing traded says so. Without that a quiet book could not be told from a dead one.
 */
class RecordedDeribit implements RecordedVenue {
  private readonly books = new Map<string, { id: number; book: ReferenceBook }>();
  private readonly instruments = new Map<string, unknown>();

  constructor(lines: readonly CaptureLine[]) {
    for (const { m } of lines.filter(({ dir }) => dir === 'http')) {
      for (const row of (JSON.parse(m) as { result: { instrument_name: string }[] }).result) {
        this.instruments.set(row.instrument_name, row);
      }
    }
  }

  played(line: CaptureLine): void {
    if (line.dir !== 'in') return;
    const { params } = JSON.parse(line.m) as { params?: { channel: string; data: BookData } };
    if (!params?.channel.startsWith('book.')) return;
    const { data } = params;
    const held = data.type === 'snapshot' ? undefined : this.books.get(data.instrument_name);
    const book = held?.book ?? new ReferenceBook();
    for (const [, price, amount] of data.bids) book.set('b', String(price), String(amount));
    for (const [, price, amount] of data.asks) book.set('a', String(price), String(amount));
    this.books.set(data.instrument_name, { id: data.change_id, book });
  }

  answer(text: string): readonly string[] {
    if (text === '') return [];
    const { id, method, params } = JSON.parse(text) as {
      id: number;
      method: string;
      params: { instrument_name?: string; depth?: number };
    };
    const result = this.resultOf(method, params.instrument_name ?? '', params.depth ?? 0);
    return result === undefined ? [] : [JSON.stringify({ jsonrpc: '2.0', id, result })];
  }

  private resultOf(method: string, symbol: string, depth: number): unknown {
    switch (method) {
      case 'public/get_instrument':
        return this.instruments.get(symbol);
      case 'public/get_order_book':
        return this.bookOf(symbol, depth);
      case 'public/get_last_trades_by_instrument':
        return { trades: [], has_more: false };
      default:
        return undefined;
    }
  }

  private bookOf(symbol: string, depth: number): unknown {
    const held = this.books.get(symbol);
    if (!held) return undefined;
    const { bids, asks } = held.book.state(0);
    const rows = (levels: readonly (readonly [string, string])[]): number[][] =>
      levels.slice(0, depth).map((level) => level.map(Number));
    return { instrument_name: symbol, change_id: held.id, bids: rows(bids), asks: rows(asks) };
  }
}
