import type { CatalogueEntry, InstrumentId, InstrumentKind } from '@/market/instrument.ts';
import { parseInstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { plainText } from '@/ui/fault-sentence.ts';
import type { SearchGroup, SearchItem } from '@/ui/SearchDialog.tsx';
import { listAge } from './catalogue-words.ts';
import type { Catalogues } from './catalogues.ts';
import type { DeskCommand } from './commands.ts';
import type { Ranking, Remembered } from './search-rank.ts';
import { likelyKind, splitId } from './venues.ts';

const KIND_NAMES: Record<InstrumentKind, string> = {
  spot: 'spot',
  perpetual: 'perpetual',
  future: 'future',
  option: 'option',
  fx: 'FX',
  equity: 'equity',
  commodity: 'commodity',
};

/** What the lines of the search are made from. */
export interface SearchView {
  readonly query: string;
  readonly ranking: Ranking;
  readonly commands: readonly DeskCommand[];
  readonly catalogues: Catalogues;
  readonly remembered: Remembered;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The lines of the search under their headings, empty headings left out. */
export function searchGroups(view: SearchView): SearchGroup[] {
  const { ranking, commands } = view;
  const lines = (entries: readonly CatalogueEntry[], kind: 'instrument' | 'recent' = 'instrument'): SearchItem[] =>
    entries.map((entry) => instrumentItem(entry, kind, view));
  const groups: SearchGroup[] = [
    { title: 'Starred', items: lines(ranking.starred) },
    { title: 'Recent', items: lines(ranking.recent, 'recent') },
    { title: 'Instruments', items: lines(ranking.entries) },
    { title: 'Commands', items: commands.map((command) => commandItem(command, view.query)) },
  ];
  return groups.filter(({ items }) => items.length > 0);
}

function instrumentItem(entry: CatalogueEntry, kind: 'instrument' | 'recent', view: SearchView): SearchItem {
  const { venue, symbol } = splitId(entry.id);
  const label = plainText(symbol);
  const catalogue = view.catalogues.get(venue);
  const kindName = KIND_NAMES[entry.kind];
  const isInName = entry.venueName.toLowerCase().endsWith(kindName.slice(0, 4));
  const isBuiltIn = venue !== 'demo' && catalogue?.origin === 'built-in';
  return {
    id: entry.id,
    label,
    met: metBy(label, view.query),
    detail: [entry.venueName, ...(isInName ? [] : [kindName]), ...(isBuiltIn ? ['built-in'] : [])].join(' · '),
    kind,
    isSimulated: venue === 'demo',
    isStarred: view.remembered.starred.includes(entry.id),
    source: catalogue ? listAge(venue, catalogue, view.now) : '',
  };
}

const commandItem = ({ id, label, detail }: DeskCommand, query: string): SearchItem => ({
  id,
  label,
  met: metBy(label, query),
  detail,
  kind: 'command',
  isSimulated: false,
  isStarred: null,
  source: '',
});

/** Where the first word of the query stands in a label, as far as it does. */
function metBy(label: string, query: string): SearchItem['met'] {
  const lower = label.toLowerCase();
  for (const word of query.toLowerCase().split(/\s+/)) {
    const start = word === '' ? -1 : lower.indexOf(word);
    if (start >= 0) return [start, word.length];
  }
  return null;
}

/**
 * Entries for what the user remembers of venues whose list has not come: they were found once, so they can be again.
 * Where the list is there it alone says what still exists.
 */
export function rememberedEntries({ starred, recent }: Remembered, catalogues: Catalogues): CatalogueEntry[] {
  return [...new Set([...starred, ...recent])].flatMap((id) => {
    const parsed = parseInstrumentId(id);
    const catalogue = parsed && catalogues.get(parsed.venue);
    if (!parsed || !catalogue || catalogue.origin !== 'built-in') return [];
    if (catalogue.entries.some((entry) => entry.id === id)) return [];
    return [guessedEntry(id, parsed.symbol)];
  });
}

function guessedEntry(id: InstrumentId, symbol: string): CatalogueEntry {
  const [base, quote = ''] = symbol.split(/[-/_]/);
  return { id, base: base || symbol, quote, kind: likelyKind(id), venueName: venueName(splitId(id).venue) };
}
