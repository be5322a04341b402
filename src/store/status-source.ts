import { type Channel, type ChannelStatus, worseStatus } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { recordOf } from './market-store.ts';
import { watch } from './watch.ts';

/** State of some channels of an instrument, as the panels of `ui` read it. */
export interface ChannelSource {
  read(): ChannelStatus | null;
  heardAt(): number;
  subscribe(listener: () => void): () => void;
}

let heard = 0;

/** Note that the worker said something, whatever it was: a chip that rests on silence of ours shows `?`. */
export function markHeard(now: number): void {
  heard = Math.max(heard, now);
}

/** When the worker last said anything, page time; 0 while it never did. */
export const heardAt = (): number => heard;

const sources = new Map<string, ChannelSource>();

/** The worst of `channels` of one instrument. Asking again gives the same object, so it may be called while rendering. */
export function statusSource(id: InstrumentId, channels: readonly Channel[]): ChannelSource {
  const key = `${channels.join()} ${id}`;
  const known = sources.get(key);
  if (known) return known;
  const source: ChannelSource = {
    read() {
      const status = recordOf(id)?.status;
      return status ? channels.map((channel) => status[channel]).reduce(worseStatus) : null;
    },
    heardAt,
    subscribe: (listener) => watch(id, ['status'], listener),
  };
  sources.set(key, source);
  return source;
}
