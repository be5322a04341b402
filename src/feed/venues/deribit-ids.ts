/**
 * One socket carries subscriptions, requests and what keeps it open, and an answer says only the number of its question.
 * So the number says which of them it was.
 */

/** Numbers from here answer requests to end streams; below are those to begin them. */
const UNSUBSCRIBE_FROM = 1_000_000_000;
/** Numbers from here are of questions. */
export const REQUEST_FROM = 2_000_000_000;
/** The number of everything that needs no answer. */
export const KEEP_OPEN = 4_000_000_000;

/** Number of a message that ends streams; messages that begin them keep their own. */
export const unsubscribeNumber = (id: number): number => UNSUBSCRIBE_FROM + id;

/** What a number answers. */
export type Asked =
  | { readonly kind: 'subscribe'; readonly id: string }
  | { readonly kind: 'unsubscribe' }
  | { readonly kind: 'request' }
  | { readonly kind: 'keep-open' };

/** Read the number of an answer. */
export function askedBy(number: number): Asked {
  if (number >= KEEP_OPEN) return { kind: 'keep-open' };
  if (number >= REQUEST_FROM) return { kind: 'request' };
  if (number >= UNSUBSCRIBE_FROM) return { kind: 'unsubscribe' };
  return { kind: 'subscribe', id: String(number) };
}
