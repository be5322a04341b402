import type { Fault } from '@/market/fault.ts';
import { CHANNELS, type Channel, type ChannelStatus, isCurrent } from '@/market/feed-state.ts';
import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Millis } from '@/market/time.ts';
import type { Frame } from '@/protocol/frame.ts';
import { marketStore } from './market-store.ts';

type Statuses = Readonly<Record<Channel, ChannelStatus>>;

/**
 * The page did not run for a while: whatever it holds as current is stale, and so is what frames say that may have been
 * under way since, until the worker, which may have slept as well, has answered. Then its last word stands.
 */
export class Doubt {
  private readonly said = new Map<InstrumentId, Statuses>();

  constructor(private readonly since: Millis) {
    const instruments = new Map(marketStore.getState().instruments);
    for (const [id, record] of instruments) {
      this.said.set(id, record.status);
      instruments.set(id, { ...record, status: this.stale(id, record.status) });
    }
    marketStore.setState({ instruments });
  }

  /** A frame with the states it may be shown in for now. */
  through(frame: Frame): Frame {
    const instruments = frame.instruments.map((part) => {
      this.said.set(part.id, part.status);
      return { ...part, status: this.stale(part.id, part.status) };
    });
    return { ...frame, instruments };
  }

  /** The worker has answered: what it said last is so. */
  end(): void {
    const instruments = new Map(marketStore.getState().instruments);
    for (const [id, record] of instruments) {
      const status = this.said.get(id);
      if (status) instruments.set(id, { ...record, status });
    }
    marketStore.setState({ instruments });
  }

  private stale(instrument: InstrumentId, status: Statuses): Record<Channel, ChannelStatus> {
    const venue = instrument.slice(0, instrument.indexOf(':')) as VenueId;
    const fault: Fault = {
      kind: 'resumed',
      venue,
      instrument,
      detail: 'the page was asleep',
      at: this.since,
    };
    const one = (channel: Channel): ChannelStatus => {
      const { state } = status[channel];
      const isShown = isCurrent(state) || state === 'resyncing';
      return isShown ? { ...status[channel], state: 'stale', since: this.since, fault, retryAt: 0 } : status[channel];
    };
    return Object.fromEntries(CHANNELS.map((channel) => [channel, one(channel)])) as Record<Channel, ChannelStatus>;
  }
}
