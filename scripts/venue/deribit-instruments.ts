import { spellUnits } from './decimal';
import { isInverse } from './deribit-format';
import type { ReplaySymbol } from './replay-symbol';
import { type Fields, isFields, parseFields } from './wire-text';

const NAME = /^([A-Z0-9]+)(?:_([A-Z0-9]+))?(?:-(?:(PERPETUAL)|(\d{1,2}[A-Z]{3}\d{2})(?:-([\dd]+)-([CP]))?))?$/;

/** An instrument as the catalogue lists it, its kind read off its name and its steps off the recorded digits. */
export function instrumentRow(state: ReplaySymbol): Fields {
  const { symbol, profile } = state;
  const [, base = symbol, settled, perpetual, expiry, strike, right] = NAME.exec(symbol) ?? [];
  const kind = right !== undefined ? 'option' : perpetual !== undefined || expiry !== undefined ? 'future' : 'spot';
  const quote = settled ?? (kind === 'option' ? base : 'USD');
  const inverse = isInverse(symbol);
  const lot = Number(spellUnits(1n, profile.sizeDecimals));
  return {
    tick_size: stepOf(state),
    tick_size_steps: [],
    taker_commission: 0.0005,
    maker_commission: 0,
    ...(kind !== 'spot' && { settlement_period: perpetual !== undefined ? 'perpetual' : 'month' }),
    ...(right !== undefined && {
      option_type: right === 'C' ? 'call' : 'put',
      strike: Number(strike?.replace('d', '.')),
    }),
    settlement_currency: inverse ? base : quote,
    quote_currency: quote,
    counter_currency: settled ?? 'USD',
    base_currency: base,
    price_index: `${base}_${settled ?? 'USD'}`.toLowerCase(),
    min_trade_amount: lot,
    contract_size: lot,
    kind,
    ...(kind !== 'spot' && { instrument_type: inverse || (kind === 'option' && !settled) ? 'reversed' : 'linear' }),
    is_active: true,
    instrument_name: symbol,
    expiration_timestamp: expiry === undefined ? 32_503_708_800_000 : expiryOf(expiry),
    creation_timestamp: 1_534_167_754_000,
  };
}

/** Recorded lists and single instruments by name. */
export class InstrumentShelf {
  readonly #rows = new Map<string, Fields>();

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Keeps what a recorded answer holds; of a name told twice the first. */
  take(body: string): void {
    const result = parseFields(body)?.result;
    for (const row of Array.isArray(result) ? result : [result]) {
      const name = isFields(row) ? row.instrument_name : undefined;
      if (isFields(row) && typeof name === 'string' && !this.#rows.has(name)) this.#rows.set(name, row);
    }
  }

  /** The recorded row, with the finer step once the tick was made finer; a derived one where none was recorded. */
  rowOf(state: ReplaySymbol): Fields {
    const row = this.#rows.get(state.symbol);
    if (row === undefined) return instrumentRow(state);
    return state.finer === 0 ? row : { ...row, tick_size: stepOf(state), tick_size_steps: [] };
  }

  /** Everything recorded, and what is served without having been. */
  all(states: ReadonlyMap<string, ReplaySymbol>): Fields[] {
    const recorded = [...this.#rows].map(([name, row]) => {
      const state = states.get(name);
      return state === undefined ? row : this.rowOf(state);
    });
    const derived = [...states.values()].filter(({ symbol }) => !this.#rows.has(symbol)).map(instrumentRow);
    return [...recorded, ...derived];
  }

  /** One that was recorded but is not served. */
  find(name: string): Fields | undefined {
    return this.#rows.get(name);
  }
}

function stepOf(state: ReplaySymbol): number {
  return Number(spellUnits(1n, state.priceDecimals));
}

/** `27JUN25`, at eight in the morning UTC. */
function expiryOf(text: string): number {
  const [, day = '1', month = 'JAN', year = '30'] = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(text) ?? [];
  const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
  return Date.UTC(2000 + Number(year), Math.max(0, months.indexOf(month)), Number(day), 8);
}
