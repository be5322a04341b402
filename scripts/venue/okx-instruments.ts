import { isPlainDecimal, spelledDecimals, spellUnits, toUnits, trimDecimal } from './decimal';
import { kindOf } from './okx-format';
import type { ReplaySymbol } from './replay-symbol';
import type { Fields } from './wire-text';

/** Rows of `instruments` of one kind: the recorded ones, steps made finer where a tick changed, then derived ones. */
export function instrumentRows(
  recorded: readonly Fields[],
  states: ReadonlyMap<string, ReplaySymbol>,
  kind: string,
): Fields[] {
  const listed = new Set(recorded.map(({ instId }) => instId));
  const kept = recorded.map((row) => {
    const state = states.get(String(row.instId));
    return state === undefined || state.finer === 0 ? row : { ...row, tickSz: finer(row.tickSz, state.finer) };
  });
  const made = [...states.values()].filter(({ symbol }) => kindOf(symbol) === kind && !listed.has(symbol));
  return [...kept, ...made.map((state) => derived(state, kind))];
}

function derived(state: ReplaySymbol, kind: string): Fields {
  const { symbol, profile } = state;
  const [first = symbol, second = ''] = symbol.split('-');
  const step = trimDecimal(spellUnits(1n, profile.sizeDecimals));
  const isSpot = kind === 'SPOT';
  // Contracts against dollars are worth so many of them, the others so much of what is traded.
  const isInverse = second === 'USD';
  const expires = /-(\d\d)(\d\d)(\d\d)$/.exec(symbol);
  return {
    instType: kind,
    instId: symbol,
    uly: isSpot ? '' : `${first}-${second}`,
    instFamily: isSpot ? '' : `${first}-${second}`,
    baseCcy: isSpot ? first : '',
    quoteCcy: isSpot ? second : '',
    settleCcy: isSpot ? '' : isInverse ? first : second,
    ctVal: isSpot ? '' : isInverse ? '100' : '0.01',
    ctMult: isSpot ? '' : '1',
    ctValCcy: isSpot ? '' : isInverse ? 'USD' : first,
    ctType: isSpot ? '' : isInverse ? 'inverse' : 'linear',
    listTime: '0',
    expTime:
      expires === null
        ? ''
        : String(Date.UTC(2000 + Number(expires[1]), Number(expires[2]) - 1, Number(expires[3]), 8)),
    tickSz: trimDecimal(spellUnits(1n, state.priceDecimals)),
    lotSz: step,
    minSz: step,
    state: 'live',
  };
}

function finer(step: unknown, digits: number): string {
  const text = isPlainDecimal(step) ? step : '1';
  const decimals = spelledDecimals(text);
  return trimDecimal(spellUnits(toUnits(text, decimals), decimals + digits));
}
