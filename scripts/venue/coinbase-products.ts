import { isPlainDecimal, spelledDecimals, spellUnits, toUnits } from './decimal';
import type { ReplaySymbol } from './replay-symbol';
import { type Fields, isFields, parseJson } from './wire-text';

/** A product as `/products` lists it, its steps read off the recorded digits. */
export function productRow(state: ReplaySymbol): Fields {
  const [base = state.symbol, quote = ''] = state.symbol.split('-');
  return {
    id: state.symbol,
    base_currency: base,
    quote_currency: quote,
    quote_increment: spellUnits(1n, state.priceDecimals),
    base_increment: spellUnits(1n, state.profile.sizeDecimals),
    display_name: `${base}-${quote}`,
    min_market_funds: '1',
    margin_enabled: false,
    post_only: false,
    limit_only: false,
    cancel_only: false,
    status: 'online',
    status_message: '',
    trading_disabled: false,
    fx_stablecoin: false,
    auction_mode: false,
  };
}

/** The recorded list, steps of symbols whose tick changed made finer; what it lacks is derived. */
export function productList(recorded: string | null, states: ReadonlyMap<string, ReplaySymbol>): Fields[] {
  const list = recorded === null ? undefined : parseJson(recorded);
  if (!Array.isArray(list)) return [...states.values()].map(productRow);
  const rows = list.filter(isFields).map((row) => {
    const state = states.get(String(row.id));
    return state === undefined || state.finer === 0
      ? row
      : { ...row, quote_increment: finer(row.quote_increment, state.finer) };
  });
  const listed = new Set(rows.map(({ id }) => id));
  return [...rows, ...[...states.values()].filter(({ symbol }) => !listed.has(symbol)).map(productRow)];
}

function finer(increment: unknown, digits: number): string {
  const text = isPlainDecimal(increment) ? increment : '1';
  const decimals = spelledDecimals(text);
  return spellUnits(toUnits(text, decimals), decimals + digits);
}
