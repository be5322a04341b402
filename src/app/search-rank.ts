import type { CatalogueEntry, InstrumentId, InstrumentKind } from '@/market/instrument.ts';

/** An entry of a catalogue with its words made ready to compare; made once, asked on every key. */
export interface Searchable {
  readonly entry: CatalogueEntry;
  readonly symbol: string;
  /** The symbol without its separators: `BTC/USD` is also found as `btcusd`. */
  readonly plain: string;
  readonly base: string;
  readonly quote: string;
  readonly words: readonly string[];
}

export interface Ranking {
  readonly entries: readonly CatalogueEntry[];
  /** How many matched, shown or not. */
  readonly total: number;
}

const SHOWN = 50;
const KIND_WORDS: Record<InstrumentKind, readonly string[]> = {
  spot: ['spot'],
  perpetual: ['perpetual', 'perp', 'swap', 'futures'],
  future: ['future', 'futures', 'dated'],
  option: ['option'],
  fx: ['fx', 'forex'],
  equity: ['equity', 'stock', 'share'],
  commodity: ['commodity', 'metal'],
};
/** Quotes that people mean when they type only a coin. */
const USUAL_QUOTES = ['usdt', 'usd', 'usdc', 'eur', 'btc'];

/** Make entries ready for searching. */
export function prepare(entries: readonly CatalogueEntry[]): Searchable[] {
  return entries.map((entry) => {
    const [venue, symbol] = [entry.id.slice(0, entry.id.indexOf(':')), entry.id.slice(entry.id.indexOf(':') + 1)];
    const lower = symbol.toLowerCase();
    return {
      entry,
      symbol: lower,
      plain: lower.replace(/[^\p{L}\p{N}]/gu, ''),
      base: entry.base.toLowerCase(),
      quote: entry.quote.toLowerCase(),
      words: [
        ...KIND_WORDS[entry.kind],
        ...venue.split('-'),
        ...entry.venueName.toLowerCase().split(/\s+/),
        ...(venue === 'demo' ? ['simulated'] : []),
      ],
    };
  });
}

/**
 * Rank entries for a query of one or more words, each of which has to be found: in the symbol, its base or quote, the
 * kind or the venue. Better places come first; of equals the recently opened, then the usual quotes, then the shorter.
 * @param recent  newest first; an empty query shows these before everything else
 */
export function rank(items: readonly Searchable[], query: string, recent: readonly InstrumentId[]): Ranking {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: { item: Searchable; score: number }[] = [];
  for (const item of items) {
    const score = scoreOf(item, words);
    if (score > 0) found.push({ item, score });
  }
  const age = (item: Searchable): number => {
    const at = recent.indexOf(item.entry.id);
    return at < 0 ? recent.length : at;
  };
  found.sort((a, b) => b.score - a.score || age(a.item) - age(b.item) || compare(a.item, b.item));
  return { entries: found.slice(0, SHOWN).map(({ item }) => item.entry), total: found.length };
}

function scoreOf(item: Searchable, words: readonly string[]): number {
  if (words.length === 0) return 1;
  let sum = 0;
  for (const word of words) {
    const score = scoreWord(item, word);
    if (score === 0) return 0;
    sum += score;
  }
  return sum;
}

function scoreWord(item: Searchable, word: string): number {
  const plain = word.replace(/[^\p{L}\p{N}]/gu, '');
  if (item.symbol === word || (plain !== '' && item.plain === plain)) return 100;
  if (item.base === word) return 90;
  if (plain !== '' && item.plain.startsWith(plain)) return 70;
  if (item.base.startsWith(word)) return 65;
  if (item.quote === word) return 40;
  if (item.words.includes(word)) return 35;
  if (item.words.some((known) => known.startsWith(word))) return 30;
  return plain !== '' && item.plain.includes(plain) ? 10 : 0;
}

function compare(a: Searchable, b: Searchable): number {
  return (
    quoteRank(a) - quoteRank(b) ||
    a.symbol.length - b.symbol.length ||
    (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0)
  );
}

function quoteRank({ quote }: Searchable): number {
  const at = USUAL_QUOTES.indexOf(quote);
  return at < 0 ? USUAL_QUOTES.length : at;
}
