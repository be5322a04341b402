import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { type CatalogueEntry, type InstrumentId, type InstrumentKind, parseInstrumentId } from '@/market/instrument.ts';
import { groupThousands } from '@/market/price.ts';
import { openInstrument } from '@/store/desk-store.ts';
import { feedPort } from '@/store/feed-port.ts';
import { SearchDialog, type SearchItem } from '@/ui/SearchDialog.tsx';
import { CatalogueLoader, catalogueNotes, loadRecent, saveRecent, searchableEntries } from './catalogues.ts';
import { type DeskCommand, deskCommands, findCommands } from './commands.ts';
import { prepare, rank } from './search-rank.ts';
import { splitId } from './venues.ts';

interface SearchHostProps {
  /** Kept outside, because it may begin before this has loaded. */
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onClose: () => void;
  readonly onHelp: () => void;
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

/** The search: what can be opened, ranked as one types, and a few things that can be done. */
export function SearchHost({ query, onQuery, onClose, onHelp }: SearchHostProps) {
  const [recent] = useState(() => loadRecent(localStorage, (text) => parseInstrumentId(text)?.id ?? null));
  const catalogues = useSyncExternalStore(loader.subscribe, loader.read);
  const searchable = useMemo(() => prepare(searchableEntries(catalogues)), [catalogues]);
  const ranking = useMemo(() => rank(searchable, query, recent), [searchable, query, recent]);
  const commands = findCommands(deskCommands(onHelp), query);
  const instruments = useMemo(
    () => ranking.entries.map((entry) => itemOf(entry, query, recent)),
    [ranking, query, recent],
  );
  const items = [...instruments, ...commands.map((command) => commandItem(command, query))];

  useEffect(() => loader.load(), []);

  const handleChoose = (chosen: string): void => {
    onClose();
    commands.find(({ id }) => id === chosen)?.run();
    const id = parseInstrumentId(chosen)?.id;
    if (id === undefined) return;
    saveRecent(localStorage, recent, id);
    openInstrument(id);
  };

  return (
    <SearchDialog
      query={query}
      onQuery={onQuery}
      items={items}
      summary={`${items.length} of ${groupThousands(String(ranking.total + commands.length))}`}
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
    kind: query.trim() === '' && recent.includes(entry.id) ? 'recent' : 'instrument',
    isSimulated: venue === 'demo',
  };
}

const commandItem = ({ id, label, detail }: DeskCommand, query: string): SearchItem => ({
  id,
  label,
  met: metBy(label, query),
  detail,
  kind: 'command',
  isSimulated: false,
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
