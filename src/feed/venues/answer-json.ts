import type { FaultKind } from '@/market/fault.ts';
import type { RequestFault } from './venue.ts';

/** Parse an answer that arrives at human speed. @returns undefined when it is not JSON */
export function parseAnswer(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (failure) {
    if (failure instanceof SyntaxError) return undefined;
    throw failure;
  }
}

/**
 * What a refused request means, by its status alone; venues say the rest in a sentence.
 * @param detail  the venue's own words, empty when it had none
 */
export function faultOfStatus(status: number, detail: string): RequestFault {
  const words = detail === '' ? `status ${status}` : detail.slice(0, 300);
  return { kind: kindOfStatus(status), detail: words, retryAfterMs: 0 };
}

function kindOfStatus(status: number): FaultKind {
  if (status === 418 || status === 429) return 'rate-limited';
  if (status === 404) return 'unknown-symbol';
  if (status === 403 || status === 451) return 'unreachable';
  return status >= 500 ? 'snapshot-failed' : 'subscribe-refused';
}
