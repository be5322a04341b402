import type { InstrumentId, InstrumentInfo } from '@/market/instrument.ts';
import { deskStore } from '@/store/desk-store.ts';
import { recordOf } from '@/store/market-store.ts';
import type { FeedLink } from './feed-link.ts';
import { toast } from './toasts.ts';

/** Whether the venue has declared the step; before that it is what the digits seen so far suggest. */
const isDeclared = (info: InstrumentInfo): boolean => info.sizeUnit !== '';

/** What to say when a declared step is replaced by another; null when there is nothing to say. */
export function tickNotice(before: InstrumentInfo | undefined, after: InstrumentInfo): string | null {
  if (!before || !isDeclared(before) || !isDeclared(after) || after.stepFollowsPrice) return null;
  if (before.priceStep === after.priceStep) return null;
  return `${after.symbol}: tick size ${before.priceStep} → ${after.priceStep}`;
}

/** Tell of every change of a venue's price increment: rows and groups follow it. */
export function followTicks(link: Pick<FeedLink, 'onFrame'>): () => void {
  const known = new Map<InstrumentId, InstrumentInfo>();
  return link.onFrame(() => {
    for (const id of deskStore.getState().instruments) {
      const info = recordOf(id)?.info;
      const before = known.get(id);
      if (!info || info === before) continue;
      known.set(id, info);
      const text = tickNotice(before, info);
      if (text !== null) toast({ id: `tick-${id}`, text });
    }
  });
}
