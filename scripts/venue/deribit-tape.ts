import { isPlainDecimal } from './decimal';
import type { Reading, RecordedTrade, Shift } from './dialect';
import { LapSpan } from './lap-span';
import type { ReplaySymbol, TradeRow } from './replay-symbol';
import { type Fields, isFields, parseFields, parseJson, withoutExponent } from './wire-text';

/** A trade that went out, and its number in its instrument. */
export interface TapeRow {
  readonly sequence: number;
  readonly row: TradeRow;
}

const MOST_ROWS = 100_000;
/** A trade's id: a number, for some currencies behind their name. */
const ID = /^([A-Za-z_-]*)(\d+)$/;
/** What a row says by itself. */
const OWN: ReadonlySet<string> = new Set(
  'trade_id trade_seq timestamp price amount direction instrument_name'.split(' '),
);

/** Trades by the number each has in its instrument, so that missed ones can be asked for. */
export class DeribitTape {
  // One row of ids for all instruments, and one of numbers in each.
  readonly #ids = new LapSpan();
  readonly #sequences = new Map<string, LapSpan>();
  readonly #rows = new Map<ReplaySymbol, TapeRow[]>();

  /** @param rows of one message, numbers as text */
  read(symbol: string, text: string, rows: readonly Fields[]): Reading {
    const values = parsedRows(text);
    const read = rows.map((row, index) => tradeOf(row, values[index] ?? {})).filter((row) => row !== null);
    for (const { id } of read) this.#ids.see(ID.exec(id)?.[2]);
    const time = read[read.length - 1]?.time;
    const span = this.#spanOf(symbol);
    for (const { detail } of read) span.see(sequenceOf(detail));
    return { kind: 'trades', symbol, text, rows: read, ...(time !== undefined && { time }) };
  }

  rewrite(symbol: string, text: string, shift: Shift): string {
    const span = this.#spanOf(symbol);
    return text
      .replace(/"trade_seq":(\d+)/g, (_, number) => `"trade_seq":${span.move(number, shift.lap)}`)
      .replace(/"trade_id":"([^"]+)"/g, (_, id) => `"trade_id":"${this.moveId(id, shift.lap)}"`);
  }

  moveId(id: string, lap: number): string {
    const [, name, number] = ID.exec(id) ?? [];
    return number === undefined ? id : name + this.#ids.move(number, lap);
  }

  add(state: ReplaySymbol, rows: readonly TradeRow[], lap: number): void {
    const held = this.#rows.get(state) ?? [];
    this.#rows.set(state, held);
    const shift = lap * Number(this.#spanOf(state.symbol).step);
    for (const row of rows) held.push({ sequence: sequenceOf(row.detail) + shift, row });
    if (held.length > MOST_ROWS) held.splice(0, MOST_ROWS / 2);
  }

  /** Oldest first. */
  rows(state: ReplaySymbol): readonly TapeRow[] {
    return this.#rows.get(state) ?? [];
  }

  /** A trade as an answer tells it. */
  text(symbol: string, { sequence, row }: TapeRow): string {
    const direction = row.aggressor === 'buyer' ? 'buy' : 'sell';
    const extra = JSON.stringify(parseFields(row.detail ?? '')?.extra ?? {}).slice(1, -1);
    return (
      `{"trade_seq":${sequence},"trade_id":"${row.id}","timestamp":${row.time},"price":${row.price},"amount":${row.size},` +
      `"direction":"${direction}","instrument_name":"${symbol}"${extra === '' ? '' : `,${extra}`}}`
    );
  }

  #spanOf(symbol: string): LapSpan {
    let span = this.#sequences.get(symbol);
    if (span === undefined) {
      span = new LapSpan();
      this.#sequences.set(symbol, span);
    }
    return span;
  }
}

function parsedRows(text: string): readonly Fields[] {
  const value = parseJson(text);
  const params = isFields(value) ? value.params : undefined;
  const data = isFields(params) ? params.data : undefined;
  return Array.isArray(data) ? data.filter(isFields) : [];
}

function sequenceOf(detail: string | undefined): number {
  return Number(parseFields(detail ?? '')?.sequence ?? 0);
}

function tradeOf(row: Fields, values: Fields): RecordedTrade | null {
  const { trade_id: id, trade_seq: sequence, direction } = row;
  const [price, size] = [row.price, row.amount].map((number) => withoutExponent(String(number)));
  const time = Number(row.timestamp);
  if (typeof id !== 'string' || typeof sequence !== 'string' || !/^\d{1,15}$/.test(sequence)) return null;
  if (!isPlainDecimal(price) || !isPlainDecimal(size) || !Number.isSafeInteger(time)) return null;
  if (direction !== 'buy' && direction !== 'sell') return null;
  const extra = Object.fromEntries(Object.entries(values).filter(([key]) => !OWN.has(key)));
  const detail = JSON.stringify({ sequence: Number(sequence), extra });
  return { id, price, size, time, aggressor: direction === 'buy' ? 'buyer' : 'seller', detail };
}
