import type { Fault } from '@/market/fault.ts';
import type { InstrumentId, VenueId } from '@/market/instrument.ts';
import type { Wanted } from '@/protocol/command.ts';
import type { InstrumentFrame } from '@/protocol/frame.ts';
import type { Clock } from './clock.ts';
import { type Unsupported, unsupportedFrame } from './unsupported.ts';

/** Wanted instruments of venues whose adapter could not be fetched. */
export class UnsupportedInstruments {
  private readonly refused = new Map<InstrumentId, Unsupported>();
  /** Of those, the ones the page has not been told of. */
  private readonly untold = new Set<InstrumentId>();
  private readonly faults: Fault[] = [];

  /** @param tell  tells the page of a fault; once for each instrument */
  constructor(
    private readonly clock: Clock,
    private readonly tell: (fault: Fault) => void,
  ) {}

  /** The page has not been told of some. */
  get hasNews(): boolean {
    return this.untold.size > 0;
  }

  has(id: InstrumentId): boolean {
    return this.refused.has(id);
  }

  /**
   * Refuse an instrument; nothing happens when it is refused already.
   * @param local  its venue was pointed at this machine
   */
  refuse(venue: VenueId, id: InstrumentId, symbol: string, local: boolean): void {
    if (this.refused.has(id)) return;
    this.refused.set(id, { id, venue, symbol, local, since: this.clock.now() });
    this.untold.add(id);
    this.fault(venue, id);
  }

  forget(id: InstrumentId): void {
    this.refused.delete(id);
    this.untold.delete(id);
  }

  /** Forget all that are not wanted any more. */
  keepOnly(wanted: readonly Wanted[]): void {
    for (const id of this.refused.keys()) {
      if (!wanted.some(({ instrument }) => instrument === id)) this.forget(id);
    }
  }

  /** Add to a frame what the page has not been told of; it counts as told from then on. */
  takeFrames(instruments: InstrumentFrame[]): void {
    for (const id of this.untold) {
      const one = this.refused.get(id);
      if (one) instruments.push(unsupportedFrame(one));
    }
    this.untold.clear();
  }

  private fault(venue: VenueId, instrument: InstrumentId): void {
    if (this.faults.some((said) => said.instrument === instrument)) return;
    const detail = 'its adapter could not be fetched';
    const fault: Fault = { kind: 'unsupported-venue', venue, instrument, detail, at: this.clock.now() };
    this.faults.push(fault);
    this.tell(fault);
  }
}
