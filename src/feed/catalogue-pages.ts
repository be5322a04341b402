import type { CatalogueEntry } from '@/market/instrument.ts';
import { err, ok, type Result } from '@/market/result.ts';
import type { Requests } from './requests.ts';
import type { RequestFault, Venue, VenueRequest } from './venues/venue.ts';

/** Pages of one part of a catalogue. */
const MAX_PAGES = 20;

/** All pages of all the parts of a catalogue; what cannot be had makes it fail only when nothing can. */
export async function readCataloguePages(
  venue: Venue,
  requests: Requests,
): Promise<Result<readonly CatalogueEntry[], RequestFault>> {
  const entries: CatalogueEntry[] = [];
  let fault: RequestFault | null = null;
  for (const first of venue.catalogueRequests()) {
    let request: VenueRequest | null = first;
    for (let page = 0; request && page < MAX_PAGES; page++) {
      const answer: Result<string, RequestFault> = await requests.ask(request);
      if (answer.ok) entries.push(...venue.readCatalogue(answer.value));
      else fault = answer.error;
      request = answer.ok ? (venue.nextCatalogueRequest?.(answer.value) ?? null) : null;
    }
  }
  return fault && entries.length === 0 ? err(fault) : ok(entries);
}
