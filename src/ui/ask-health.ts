import type { InstrumentId } from '@/market/instrument.ts';

/** By which a state chip asks for the health of its feed; the detail is the instrument. */
export const ASK_HEALTH = 'depthwire:health';

/** Ask for the health of one feed: whoever arranges the page shows it. */
export function askHealth(page: Document, instrument: InstrumentId): void {
  page.dispatchEvent(new CustomEvent<InstrumentId>(ASK_HEALTH, { detail: instrument }));
}
