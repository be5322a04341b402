import { splitSymbol } from './binance-exchange-info';
import type { Category } from './bybit-format';
import { isPlainDecimal, spelledDecimals, spellUnits, toUnits } from './decimal';
import type { ReplaySymbol } from './replay-symbol';
import { type Fields, isFields } from './wire-text';

/** Rows of `instruments-info`: the recorded ones, steps of symbols whose tick changed made finer, then derived ones. */
export function instrumentRows(
  recorded: readonly Fields[],
  states: ReadonlyMap<string, ReplaySymbol>,
  category: Category,
): Fields[] {
  const listed = new Set(recorded.map(({ symbol }) => symbol));
  const kept = recorded.map((row) => {
    const state = states.get(String(row.symbol));
    return state === undefined || state.finer === 0 ? row : withFinerTick(row, state.finer);
  });
  const made = [...states.values()].filter(({ symbol }) => !listed.has(symbol));
  return [...kept, ...made.map((state) => (category === 'spot' ? pair(state) : contract(state)))];
}

function pair(state: ReplaySymbol): Fields {
  const { base, quote } = coinsOf(state.symbol);
  const { sizeDecimals, spelling } = state.profile;
  return {
    symbol: state.symbol,
    baseCoin: base,
    quoteCoin: quote,
    innovation: '0',
    status: 'Trading',
    marginTrading: 'none',
    lotSizeFilter: {
      basePrecision: spellUnits(1n, sizeDecimals),
      quotePrecision: spellUnits(1n, sizeDecimals + spelling.price),
      minOrderQty: spellUnits(1n, sizeDecimals),
      minOrderAmt: '1',
    },
    priceFilter: { tickSize: spellUnits(1n, state.priceDecimals) },
  };
}

function contract(state: ReplaySymbol): Fields {
  const { base, quote } = coinsOf(state.symbol);
  const tick = spellUnits(1n, state.priceDecimals);
  const step = spellUnits(1n, state.profile.sizeDecimals);
  return {
    symbol: state.symbol,
    contractType: state.symbol.includes('-') ? 'LinearFutures' : 'LinearPerpetual',
    status: 'Trading',
    baseCoin: base,
    quoteCoin: quote,
    launchTime: '0',
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: String(state.priceDecimals),
    priceFilter: { minPrice: tick, maxPrice: '1999999', tickSize: tick },
    lotSizeFilter: { minOrderQty: step, maxOrderQty: '1190', qtyStep: step },
    fundingInterval: 480,
    settleCoin: quote,
  };
}

/** Perpetuals against USDC end in PERP and name no quote. */
function coinsOf(symbol: string): { base: string; quote: string } {
  const name = symbol.split('-')[0];
  if (/.PERP$/.test(name)) return { base: name.slice(0, -4), quote: 'USDC' };
  if (symbol.includes('-') && !/USD[TC]?$/.test(name)) return { base: name, quote: 'USDC' };
  return splitSymbol(name);
}

function withFinerTick(row: Fields, digits: number): Fields {
  const filter = isFields(row.priceFilter) ? row.priceFilter : {};
  const tick = isPlainDecimal(filter.tickSize) ? filter.tickSize : '1';
  const decimals = spelledDecimals(tick);
  return { ...row, priceFilter: { ...filter, tickSize: spellUnits(toUnits(tick, decimals), decimals + digits) } };
}
