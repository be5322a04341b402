import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { type CatalogueEntry, type InstrumentId, type InstrumentKind, parseInstrumentId } from '@/market/instrument.ts';
import { groupThousands } from '@/market/price.ts';
import { openInstrument } from '@/store/desk-store.ts';
import { feedPort } from '@/store/feed-port.ts';
import { SearchDialog, type SearchItem } from '@/ui/SearchDialog.tsx';
import { CatalogueLoader, catalogueNotes, loadRecent, saveRecent, searchableEntries } from './catalogues.ts';
import { prepare, rank } from './search-rank.ts';
import { splitId } from './venues.ts';

interface SearchHostProps {
  /** What was typed before the search was open. */
  readonly initialQuery: string;
  readonly onClose: () => void;
}

/** Lists outlive the dialog, so that the second search finds them there. */
const loader = new CatalogueLoader((venue) => feedPort().catalogue(venue));

const KIND_NAMES: Record<InstrumentKind, string> = {
  spot: 'spot',
  perpetual: 'perpetual',
  future: 'future',
  option: 'option',
  fx: 'FX',
  equity: 'equity',
  commodity: 'commodity',
};

/** The instrument search: what can be opened, ranked as one types, and opening it. */
export function SearchHost({ initialQuery, onClose }: SearchHostProps) {
  const [query, setQuery] = useState(initialQuery);
  const [recent] = useState(() => loadRecent(localStorage, (text) => parseInstrumentId(text)?.id ?? null));
  const catalogues = useSyncExternalStore(loader.subscribe, loader.read);
  const searchable = useMemo(() => prepare(searchableEntries(catalogues)), [catalogues]);
  const ranking = useMemo(() => rank(searchable, query, recent), [searchable, query, recent]);
  const items = useMemo(() => ranking.entries.map((entry) => itemOf(entry, query, recent)), [ranking, query, recent]);

  useEffect(() => loader.load(), []);

  const handleChoose = (chosen: string): void => {
    const id = parseInstrumentId(chosen)?.id;
    if (id === undefined) return;
    saveRecent(localStorage, recent, id);
    onClose();
    openInstrument(id);
  };

  return (
    <SearchDialog
      query={query}
      onQuery={setQuery}
      items={items}
      summary={`${items.length} of ${groupThousands(String(ranking.total))}`}
      notes={catalogueNotes(catalogues)}
      onChoose={handleChoose}
      onClose={onClose}
    />
  );
}

function itemOf(entry: CatalogueEntry, query: string, recent: readonly InstrumentId[]): SearchItem {
  const { venue, symbol } = splitId(entry.id);
  const kind = KIND_NAMES[entry.kind];
  return {
    id: entry.id,
    label: symbol,
    met: metBy(symbol, query),
    detail: entry.venueName.toLowerCase().endsWith(kind.slice(0, 4)) ? entry.venueName : `${entry.venueName} · ${kind}`,
    isSimulated: venue === 'demo',
    isRecent: query.trim() === '' && recent.includes(entry.id),
  };
}

/** Where the first word of the query stands in a symbol, as far as it does. */
function metBy(symbol: string, query: string): SearchItem['met'] {
  const lower = symbol.toLowerCase();
  for (const word of query.toLowerCase().split(/\s+/)) {
    const start = word === '' ? -1 : lower.indexOf(word);
    if (start >= 0) return [start, word.length];
  }
  return null;
}
