import { isCurrent } from '@/market/feed-state.ts';
import type { InstrumentId } from '@/market/instrument.ts';
import { venueName } from '@/market/venue-name.ts';
import { deskStore, openInstrument, setInstruments } from '@/store/desk-store.ts';
import { marketStore, recordOf } from '@/store/market-store.ts';
import { pageNow } from '@/ui/page-clock.ts';
import { advance, PATIENCE_MS, type Race, type RaceMove, type RunnerState, startRace } from './first-visit.ts';
import { toast } from './toasts.ts';
import { DEMO_INSTRUMENT, RACE, splitId } from './venues.ts';

/** A visit that named no instrument, from its race to whatever stays on screen. */
export interface Visit {
  /** Whether the instruments on the desk are chosen, by the user or by a real market, and worth remembering. */
  isChosen(): boolean;
  stop(): void;
}

/** Run the race of a first visit on the desk. */
export function runFirstVisit(): Visit {
  let [race, opening] = startRace(RACE, DEMO_INSTRUMENT, pageNow());
  let isObeying = false;
  let isStandIn = false;

  const obey = (moves: readonly RaceMove[]): void => {
    isObeying = true;
    for (const move of moves) {
      if (move.kind === 'show') isStandIn = move.instruments[0] === DEMO_INSTRUMENT;
      else if (move.kind === 'close') isStandIn = false;
      make(move);
    }
    isObeying = false;
  };
  const look = (): void => {
    if (isObeying) return;
    const { instruments, touched } = deskStore.getState();
    if (race.phase === 'over') {
      if (instruments[0] !== DEMO_INSTRUMENT) isStandIn = false;
      return;
    }
    const [next, moves] = advance(race, {
      now: pageNow(),
      stateOf,
      shown: instruments[0],
      isTouched: touched,
    });
    race = next;
    obey(moves);
  };
  const stops = [marketStore.subscribe(look), deskStore.subscribe(look)];
  const patience = setTimeout(look, PATIENCE_MS + 1);
  obey(opening);
  return {
    isChosen: () => !isObeying && !isStandIn && isOver(race),
    stop() {
      clearTimeout(patience);
      for (const stop of stops) stop();
    },
  };
}

const isOver = (race: Race): boolean => race.phase === 'over';

/** A first attempt that failed is enough to stop waiting: whoever refuses quickly must not cost two seconds. */
function stateOf(id: InstrumentId): RunnerState {
  const record = recordOf(id);
  if (!record) return 'waiting';
  const { state, fault } = record.status.book;
  if (record.book && isCurrent(state)) return 'proven';
  const hasFailed = state === 'rejected' || state === 'blocked' || state === 'offline';
  return hasFailed || (state === 'connecting' && fault !== null) ? 'failed' : 'waiting';
}

function make(move: RaceMove): void {
  switch (move.kind) {
    case 'show':
      setInstruments(move.instruments);
      break;
    case 'close':
      setInstruments(deskStore.getState().instruments.filter((id) => !move.instruments.includes(id)));
      break;
    case 'tell':
      toast({ id: 'first-visit', text: `${nameOf(move.winner)} answered: this is the live market now.` });
      break;
    case 'offer':
      toast({
        id: 'first-visit',
        text: `${nameOf(move.winner)} is live. What you see is simulated.`,
        action: { label: 'Show it', run: () => openInstrument(move.winner) },
      });
      break;
  }
}

const nameOf = (id: InstrumentId): string => {
  const { venue, symbol } = splitId(id);
  return `${symbol} on ${venueName(venue)}`;
};
