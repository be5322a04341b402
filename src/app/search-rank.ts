import type { CatalogueEntry, InstrumentId } from '@/market/instrument.ts';
import { ORDERS, plainOf, type Searchable, type SearchList } from './search-index.ts';

/** What the user has shown to care about; both newest first. */
export interface Remembered {
  readonly starred: readonly InstrumentId[];
  readonly recent: readonly InstrumentId[];
}

export interface Ranking {
  /** Starred and recent instruments, for an empty query only, each once; they are not in `entries` again. */
  readonly starred: readonly CatalogueEntry[];
  readonly recent: readonly CatalogueEntry[];
  readonly entries: readonly CatalogueEntry[];
  /** How many there are, shown or not. */
  readonly total: number;
}

const SHOWN = 50;

interface Word {
  readonly text: string;
  readonly plain: string;
}

/**
 * Rank instruments for a query of one or more words, each of which has to be found: in the symbol, its base or quote,
 * the kind or the venue. Whole matches come before beginnings, those before parts; of equals first the starred, then
 * the recent, then what is traded most. An empty query shows starred and recent ones before everything else.
 */
export function rank(lists: readonly SearchList[], query: string, remembered: Remembered): Ranking {
  const words = wordsOf(query);
  const size = lists.reduce((sum, { items }) => sum + items.length, 0);
  if (words.length > 0) return { starred: [], recent: [], ...best(lists, words, bonuses(remembered)) };
  const starred = look(lists, remembered.starred);
  const isStarred = new Set(remembered.starred);
  const recent = look(
    lists,
    remembered.recent.filter((id) => !isStarred.has(id)),
  );
  const apart = new Set([...starred, ...recent].map(({ id }) => id));
  return { starred, recent, entries: best(lists, [], new Map(), apart).entries, total: size };
}

/** The words of a query. What has neither letter nor digit (`eur / usd`) counts only when there is nothing else. */
function wordsOf(query: string): readonly Word[] {
  const all = query
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map((text) => ({ text, plain: plainOf(text) }));
  const telling = all.filter(({ plain }) => plain !== '');
  return telling.length > 0 ? telling : all;
}

const look = (lists: readonly SearchList[], ids: readonly InstrumentId[]): CatalogueEntry[] =>
  ids.flatMap((id) => lists.find(({ byId }) => byId.has(id))?.byId.get(id) ?? []);

const BONUSES = 32;

/** How much an instrument gains among equals: most when starred, then by how lately it was opened. */
function bonuses({ starred, recent }: Remembered): ReadonlyMap<InstrumentId, number> {
  const found = new Map<InstrumentId, number>();
  recent.slice(0, BONUSES / 2 - 1).forEach((id, index) => {
    found.set(id, BONUSES / 2 - 1 - index);
  });
  for (const id of starred) found.set(id, BONUSES / 2 + (found.get(id) ?? 0));
  return found;
}

/**
 * The best few of many in one pass. Twenty thousand entries are looked at on every key, so nothing is allocated for
 * those that do not get into the list, and they are never sorted.
 */
function best(
  lists: readonly SearchList[],
  words: readonly Word[],
  bonus: ReadonlyMap<InstrumentId, number>,
  without: ReadonlySet<InstrumentId> = new Set(),
): { entries: readonly CatalogueEntry[]; total: number } {
  const top: Ranked[] = [];
  let total = 0;
  let group: readonly string[] = [];
  let floors: readonly number[] = [];
  for (const { items } of lists) {
    for (const item of items) {
      if (item.words !== group) {
        group = item.words;
        floors = words.map((word) => scoreGroup(group, word));
      }
      const score = scoreOf(item, words, floors);
      if (score === 0 || without.has(item.entry.id)) continue;
      total++;
      place(top, item, (score * BONUSES + (bonus.get(item.entry.id) ?? 0)) * ORDERS - item.order);
    }
  }
  return { entries: top.map(({ item }) => item.entry), total };
}

interface Ranked {
  readonly item: Searchable;
  readonly merit: number;
}

/** Put an item where it belongs among the best so far, if it does. */
function place(top: Ranked[], item: Searchable, merit: number): void {
  if (top.length === SHOWN && !isBefore(item, merit, top[SHOWN - 1])) return;
  let at = top.length;
  while (at > 0 && isBefore(item, merit, top[at - 1])) at--;
  top.splice(at, 0, { item, merit });
  if (top.length > SHOWN) top.pop();
}

const isBefore = (item: Searchable, merit: number, other: Ranked): boolean =>
  merit > other.merit || (merit === other.merit && item.symbol < other.item.symbol);

function scoreOf(item: Searchable, words: readonly Word[], floors: readonly number[]): number {
  let sum = 1;
  for (let at = 0; at < words.length; at++) {
    const score = Math.max(scoreWord(item, words[at], at === 0), floors[at]);
    if (score === 0) return 0;
    sum += score;
  }
  return sum;
}

/** Points of a word for what all instruments of one kind and venue share. */
function scoreGroup(known: readonly string[], { text }: Word): number {
  if (known.includes(text)) return 80;
  return known.some((word) => word.startsWith(text)) ? 30 : 0;
}

/** Points of a word for the instrument itself. The first word most likely names the base: `eur usd` is not USD/EUR. */
function scoreWord(item: Searchable, { text, plain }: Word, isFirst: boolean): number {
  // Before the symbol: a venue that calls its market by the coin alone has named it no better than the others.
  if (item.base === text) return isFirst ? 93 : 90;
  if (item.symbol === text) return 100;
  if (plain === '') return 0;
  if (item.plain === plain) return 99;
  if (item.pair === plain) return 95;
  if (item.plain.startsWith(plain)) return 70;
  if (item.base.startsWith(text)) return 65;
  if (item.name !== '' && item.name.includes(` ${text}`)) return item.name.includes(` ${text} `) ? 85 : 60;
  if (item.quote === text) return 40;
  if (item.parts !== '' && item.parts.includes(` ${plain}`)) return item.parts.includes(` ${plain} `) ? 45 : 42;
  return item.plain.includes(plain) || item.pair.includes(plain) ? 10 : 0;
}
