import type { VenueId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import type { Catalogue, Catalogues } from './catalogues.ts';

const MOST_NAMED = 4;

/** `Kraken, OKX and 5 more` */
function namesOf(venues: readonly VenueId[]): string {
  const named = venues.length > MOST_NAMED + 1 ? venues.slice(0, MOST_NAMED) : venues;
  const rest = venues.length - named.length;
  const text = named.map(venueName).join(', ');
  return rest > 0 ? `${text} and ${rest} more` : text;
}

const STAND_IN = { 'built-in': 'Only its well-known symbols are here.', venue: 'An older list stands in.' } as const;

/** What the search has to say about its lists: a sentence each, as few as can be. */
export function catalogueNotes(catalogues: Catalogues, problem: string | null): string[] {
  const venuesIn = (...states: readonly Catalogue['request'][]): VenueId[] =>
    [...catalogues].flatMap(([venue, { request }]) => (states.includes(request) ? [venue] : []));
  const notes: string[] = [];
  const loading = venuesIn('asking', 'waiting');
  if (loading.length > 0) notes.push(`Loading the lists of ${namesOf(loading)}…`);
  const failed = venuesIn('failed');
  if (failed.length > 2)
    notes.push(`No list came from ${namesOf(failed)}: well-known symbols or older lists stand in.`);
  else notes.push(...failed.map((venue) => failureNote(venue, catalogues.get(venue))));
  if (problem !== null) notes.push(`Not saving the lists: ${problem}.`);
  return notes;
}

function failureNote(venue: VenueId, catalogue: Catalogue | undefined): string {
  const reason = catalogue?.reason ?? '';
  const cause = reason.includes(venueName(venue)) ? reason : `No list came from ${venueName(venue)}: ${reason}`;
  return `${cause} ${STAND_IN[catalogue?.origin ?? 'built-in']}`;
}

/** How old the list is that an instrument was found in: `Kraken list 3 h old`; empty for the demo. */
export function listAge(venue: VenueId, { fetchedAt }: Catalogue, now: number): string {
  if (venue === 'demo') return '';
  const name = venueName(venue);
  return fetchedAt === null ? `${name}: built-in list` : `${name} list ${ageText(now - fetchedAt)}`;
}

function ageText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just fetched';
  if (minutes < 60) return `${minutes} min old`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h old` : `${Math.floor(hours / 24)} d old`;
}
