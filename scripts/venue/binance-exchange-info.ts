import type { SymbolState } from './binance-symbol';
import { spelledDecimals } from './decimal';

// Longest first: a symbol ending in FDUSD also ends in USD.
const QUOTES =
  'FDUSD USDT USDC BUSD TUSD USDP EURI USDE DAI BTC ETH BNB EUR GBP TRY BRL ARS JPY MXN PLN RON ZAR UAH AUD RUB XRP TRX SOL DOGE USD'.split(
    ' ',
  );

/** Base and quote of a symbol, by the quotes in use; a symbol that ends in none of them is split before its last three. */
export function splitSymbol(symbol: string): { base: string; quote: string } {
  const pair = symbol.split('_')[0];
  const quote = QUOTES.find((name) => pair.length > name.length && pair.endsWith(name)) ?? pair.slice(-3);
  return { base: pair.slice(0, pair.length - quote.length) || pair, quote };
}

/** exchangeInfo made from the recorded digits: what a client needs to know of steps, with plausible bounds. */
export function derivedExchangeInfo(
  states: Iterable<SymbolState>,
  now: number,
  futures: boolean,
): Record<string, unknown> {
  const symbols = [...states].map((state) => (futures ? contract(state) : pair(state)));
  return {
    timezone: 'UTC',
    serverTime: now,
    ...(futures ? { futuresType: 'U_MARGINED' } : {}),
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: futures ? 2400 : 6000 },
      ...(futures ? [] : [{ rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61000 }]),
    ],
    exchangeFilters: [],
    symbols,
  };
}

/** A recorded exchangeInfo as it would read after a change of tick. */
export function withFinerTicks(
  recorded: Record<string, unknown>,
  states: ReadonlyMap<string, SymbolState>,
): Record<string, unknown> {
  const symbols = recorded.symbols;
  if (!Array.isArray(symbols) || ![...states.values()].some((state) => state.finer > 0)) return recorded;
  return { ...recorded, symbols: symbols.map((entry: unknown) => finer(entry, states)) };
}

function finer(entry: unknown, states: ReadonlyMap<string, SymbolState>): unknown {
  if (typeof entry !== 'object' || entry === null) return entry;
  const symbol = entry as Record<string, unknown>;
  const state = states.get(String(symbol.symbol));
  const filters = symbol.filters;
  if (state === undefined || state.finer === 0 || !Array.isArray(filters)) return entry;
  const decimals = state.profile.priceDecimals + state.finer;
  return {
    ...symbol,
    filters: filters.map((filter: Record<string, unknown>) =>
      filter.filterType === 'PRICE_FILTER'
        ? { ...filter, tickSize: stepText(decimals, spelledDecimals(String(filter.tickSize))) }
        : filter,
    ),
  };
}

function pair(state: SymbolState): unknown {
  const { symbol, spelling } = state.profile;
  const { base, quote } = splitSymbol(symbol);
  return {
    symbol,
    status: 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: filters(state, spelling.price, spelling.size, {
      filterType: 'NOTIONAL',
      minNotional: '5.00000000',
      applyMinToMarket: true,
      maxNotional: '9000000.00000000',
      applyMaxToMarket: false,
      avgPriceMins: 5,
    }),
    permissions: [],
    permissionSets: [['SPOT']],
  };
}

function contract(state: SymbolState): unknown {
  const { symbol, spelling } = state.profile;
  const { base, quote } = splitSymbol(symbol);
  const dated = symbol.includes('_');
  return {
    symbol,
    pair: symbol.split('_')[0],
    contractType: dated ? 'CURRENT_QUARTER' : 'PERPETUAL',
    deliveryDate: 4_133_404_800_000,
    onboardDate: 1_569_398_400_000,
    status: 'TRADING',
    baseAsset: base,
    quoteAsset: quote,
    marginAsset: quote,
    pricePrecision: spelling.price,
    quantityPrecision: spelling.size,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [],
    filters: filters(state, 0, 0, { filterType: 'MIN_NOTIONAL', notional: '5' }),
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
  };
}

function filters(state: SymbolState, priceDigits: number, sizeDigits: number, notional: unknown): unknown[] {
  const { priceDecimals, sizeDecimals } = state.profile;
  const tickSize = stepText(priceDecimals + state.finer, priceDigits);
  const stepSize = stepText(sizeDecimals, sizeDigits);
  const maxQty = `9000${stepText(0, sizeDigits).slice(1)}`;
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: tickSize,
      maxPrice: `1000000${stepText(0, priceDigits).slice(1)}`,
      tickSize,
    },
    { filterType: 'LOT_SIZE', minQty: stepSize, maxQty, stepSize },
    notional,
  ];
}

/** 10^-decimals, spelled with at least so many digits after the point. */
function stepText(decimals: number, digits: number): string {
  const step = decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`;
  if (digits <= decimals) return step;
  return decimals === 0 ? `${step}.${'0'.repeat(digits)}` : step.padEnd(digits + 2, '0');
}
