import type { InstrumentId } from '@/market/instrument.ts';

/** How far a runner of the race is. */
export type RunnerState = 'waiting' | 'proven' | 'failed';

/** What happens on a visit that names no instrument: the default venues race, the first proven book stays. */
export interface Race {
  readonly phase: 'racing' | 'simulating' | 'over';
  readonly runners: readonly InstrumentId[];
  readonly demo: InstrumentId;
  readonly startedAt: number;
}

/** What can be seen of the desk at one moment. */
export interface RaceView {
  readonly now: number;
  readonly stateOf: (id: InstrumentId) => RunnerState;
  /** The instrument on screen. */
  readonly shown: InstrumentId | undefined;
  readonly isTouched: boolean;
}

/** What the desk has to do. */
export type RaceMove =
  | { readonly kind: 'show'; readonly instruments: readonly InstrumentId[] }
  /** The screen switched under an untouched page: say so. */
  | { readonly kind: 'tell'; readonly winner: InstrumentId }
  /** The page was touched: the switch is the user's to make. */
  | { readonly kind: 'offer'; readonly winner: InstrumentId }
  /** The user chose something else: forget these. */
  | { readonly kind: 'close'; readonly instruments: readonly InstrumentId[] };

/** How long a first visit waits for a real market before a simulated one fills the screen. */
export const PATIENCE_MS = 2500;

/** Begin: every runner is subscribed, the first is on screen. Without runners there is only the demo. */
export function startRace(runners: readonly InstrumentId[], demo: InstrumentId, now: number): [Race, RaceMove[]] {
  if (runners.length === 0) {
    return [{ phase: 'over', runners, demo, startedAt: now }, [{ kind: 'show', instruments: [demo] }]];
  }
  return [{ phase: 'racing', runners, demo, startedAt: now }, [{ kind: 'show', instruments: runners }]];
}

/**
 * Look again. Call it on every change and when the patience is over; it answers the same for the same view, so that
 * calling it too often does no harm.
 */
export function advance(race: Race, view: RaceView): [Race, RaceMove[]] {
  if (race.phase === 'over') return [race, []];
  const over: Race = { ...race, phase: 'over' };
  const expected = race.phase === 'racing' ? race.runners[0] : race.demo;
  if (view.shown !== expected) {
    const instruments = [...race.runners, race.demo].filter((id) => id !== view.shown);
    return [over, [{ kind: 'close', instruments }]];
  }
  const winner = race.runners.find((id) => view.stateOf(id) === 'proven');
  if (winner !== undefined) return [over, finish(race, winner, view.isTouched)];
  if (race.phase === 'simulating') return [race, []];
  const isHopeless = race.runners.every((id) => view.stateOf(id) === 'failed');
  if (!isHopeless && view.now - race.startedAt < PATIENCE_MS) return [race, []];
  return [{ ...race, phase: 'simulating' }, [{ kind: 'show', instruments: [race.demo, ...race.runners] }]];
}

function finish(race: Race, winner: InstrumentId, isTouched: boolean): RaceMove[] {
  const show: RaceMove = { kind: 'show', instruments: [winner] };
  if (race.phase === 'racing') return [show];
  return isTouched
    ? [
        { kind: 'show', instruments: [race.demo] },
        { kind: 'offer', winner },
      ]
    : [show, { kind: 'tell', winner }];
}
