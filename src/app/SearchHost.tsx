import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { parseInstrumentId } from '@/market/instrument.ts';
import { groupThousands } from '@/market/price.ts';
import { openInstrument } from '@/store/desk-store.ts';
import { feedPort } from '@/store/feed-port.ts';
import { SearchDialog } from '@/ui/SearchDialog.tsx';
import { parseAddress } from './address.ts';
import { CatalogueStore } from './catalogue-store.ts';
import { catalogueNotes } from './catalogue-words.ts';
import { CatalogueLoader } from './catalogues.ts';
import { deskCommands, findCommands } from './commands.ts';
import { prepare } from './search-index.ts';
import { rememberedEntries, searchGroups } from './search-items.ts';
import { SearchMemory } from './search-memory.ts';
import { rank } from './search-rank.ts';

interface SearchHostProps {
  /** Kept outside, because it may begin before this has loaded. */
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

const { endpoints } = parseAddress(window.location.search);

/** Lists outlive the dialog, so that the second search finds them there. */
const loader = new CatalogueLoader({
  fetch: (venue) => feedPort().catalogue(venue),
  keeper: new CatalogueStore(),
  hostOf: (venue) => endpoints.find((endpoint) => endpoint.venue === venue)?.host ?? null,
  now: Date.now,
});
const memory = new SearchMemory(() => window.localStorage);

/** The search: what can be opened, ranked as one types, and a few things that can be done. */
export function SearchHost({ query, onQuery, onClose, onHelp }: SearchHostProps) {
  const catalogues = useSyncExternalStore(loader.subscribe, loader.read);
  const problem = useSyncExternalStore(loader.subscribe, loader.problem);
  const remembered = useSyncExternalStore(memory.subscribe, memory.read);
  const lists = useMemo(
    () => [
      ...[...catalogues.values()].map(({ entries }) => prepare(entries)),
      prepare(rememberedEntries(remembered, catalogues)),
    ],
    [catalogues, remembered],
  );
  const ranking = useMemo(() => rank(lists, query, remembered), [lists, query, remembered]);
  const commands = findCommands(deskCommands(onHelp), query);
  const groups = searchGroups({ query, ranking, commands, catalogues, remembered, now: Date.now() });
  const shown = groups.reduce((sum, { items }) => sum + items.length, 0);

  useEffect(() => {
    memory.reload();
    void loader.load();
  }, []);

  const handleChoose = (chosen: string): void => {
    onClose();
    commands.find(({ id }) => id === chosen)?.run();
    const id = parseInstrumentId(chosen)?.id;
    if (id === undefined) return;
    memory.noteOpened(id);
    openInstrument(id);
  };
  const handleStar = (chosen: string): void => {
    const id = parseInstrumentId(chosen)?.id;
    if (id !== undefined) memory.toggleStar(id);
  };

  return (
    <SearchDialog
      query={query}
      onQuery={onQuery}
      groups={groups}
      summary={`${shown} of ${groupThousands(String(ranking.total + commands.length))}`}
      notes={catalogueNotes(catalogues, problem)}
      onChoose={handleChoose}
      onStar={handleStar}
      onClose={onClose}
    />
  );
}
