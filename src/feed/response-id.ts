import type { DecodeSink, Venue } from './venues/venue.ts';

/** Id and status of the request API's answer in a message; null when the message is something else. */
export function readResponseId(text: string, venue: Venue): { id: string; status: number } | null {
  let found: { id: string; status: number } | null = null;
  venue.decode(text, {
    ...NOWHERE,
    control: (message) => {
      if (message.kind === 'response') found = { id: message.id, status: message.status };
    },
  });
  return found;
}

const nothing = (): void => undefined;
const NOWHERE: DecodeSink = {
  grid: () => null,
  refine: nothing,
  diff: nothing,
  book: nothing,
  statement: nothing,
  newestTrade: nothing,
  history: nothing,
  trade: nothing,
  excluded: nothing,
  quote: nothing,
  candle: nothing,
  ticker: nothing,
  control: nothing,
  ignored: nothing,
  rejected: nothing,
};
