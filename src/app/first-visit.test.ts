import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstrumentId } from '@/market/instrument.ts';
import { advance, PATIENCE_MS, type Race, type RaceMove, type RunnerState, startRace } from './first-visit.ts';

const BINANCE: InstrumentId = 'binance:BTCUSDT';
const KRAKEN: InstrumentId = 'kraken:BTC/USD';
const DEMO: InstrumentId = 'demo:BTC-USD';
const OTHER: InstrumentId = 'demo:ACME';

/** A desk that obeys the race and remembers what it was told. */
class Desk {
  instruments: InstrumentId[] = [];
  isTouched = false;
  readonly states = new Map<InstrumentId, RunnerState>();
  readonly said: string[] = [];
  race: Race;
  now = 0;

  constructor(runners: InstrumentId[] = [BINANCE, KRAKEN]) {
    const [race, moves] = startRace(runners, DEMO, 0);
    this.race = race;
    this.obey(moves);
  }

  look(ms = 0): void {
    this.now += ms;
    const [race, moves] = advance(this.race, {
      now: this.now,
      stateOf: (id) => this.states.get(id) ?? 'waiting',
      shown: this.instruments[0],
      isTouched: this.isTouched,
    });
    this.race = race;
    this.obey(moves);
  }

  set(id: InstrumentId, state: RunnerState): void {
    this.states.set(id, state);
    this.look();
  }

  private obey(moves: readonly RaceMove[]): void {
    for (const move of moves) {
      if (move.kind === 'show') this.instruments = [...move.instruments];
      else if (move.kind === 'close')
        this.instruments = this.instruments.filter((id) => !move.instruments.includes(id));
      else this.said.push(`${move.kind} ${move.winner}`);
    }
  }
}

describe('a first visit', () => {
  test('subscribes every default venue and keeps the first whose book is proven', () => {
    const desk = new Desk();
    expect(desk.instruments).toEqual([BINANCE, KRAKEN]);
    desk.set(KRAKEN, 'proven');
    expect(desk.instruments).toEqual([KRAKEN]);
    expect(desk.said).toEqual([]);
    desk.set(BINANCE, 'proven');
    expect(desk.instruments).toEqual([KRAKEN]);
  });

  test('starts the demo at once when every venue has failed, and not while one is still trying', () => {
    const desk = new Desk();
    desk.set(BINANCE, 'failed');
    expect(desk.instruments[0]).toBe(BINANCE);
    desk.set(KRAKEN, 'failed');
    expect(desk.instruments).toEqual([DEMO, BINANCE, KRAKEN]);
  });

  test('starts the demo when no venue has answered in two and a half seconds, and the race goes on', () => {
    const desk = new Desk();
    desk.look(PATIENCE_MS - 1);
    expect(desk.instruments[0]).toBe(BINANCE);
    desk.look(1);
    expect(desk.instruments).toEqual([DEMO, BINANCE, KRAKEN]);
  });

  test('switches an untouched page to the live venue with one message', () => {
    const desk = new Desk();
    desk.look(PATIENCE_MS);
    desk.set(BINANCE, 'proven');
    desk.look(1);
    expect(desk.instruments).toEqual([BINANCE]);
    expect(desk.said).toEqual([`tell ${BINANCE}`]);
  });

  test('leaves a touched page alone and offers the live venue', () => {
    const desk = new Desk();
    desk.look(PATIENCE_MS);
    desk.isTouched = true;
    desk.set(BINANCE, 'proven');
    desk.look(1);
    expect(desk.instruments).toEqual([DEMO]);
    expect(desk.said).toEqual([`offer ${BINANCE}`]);
  });

  test('ends when the user opens something else, and closes what was only in the race', () => {
    for (const wait of [0, PATIENCE_MS]) {
      const desk = new Desk();
      desk.look(wait);
      desk.instruments = [OTHER, ...desk.instruments];
      desk.look();
      expect(desk.instruments).toEqual([OTHER]);
      desk.set(BINANCE, 'proven');
      expect(desk.instruments).toEqual([OTHER]);
      expect(desk.said).toEqual([]);
    }
  });

  test('without any venue that can be asked shows the demo', () => {
    const desk = new Desk([]);
    expect(desk.instruments).toEqual([DEMO]);
    expect(desk.race.phase).toBe('over');
  });

  test('never replaces live data by simulated data, whatever happens in whatever order', () => {
    const step = fc.oneof(
      fc.record({
        id: fc.constantFrom(BINANCE, KRAKEN),
        state: fc.constantFrom<RunnerState>('waiting', 'proven', 'failed'),
      }),
      fc.record({ ms: fc.integer({ min: 0, max: 4000 }) }),
      fc.constant('touch' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const desk = new Desk();
        let wasLive = false;
        for (const one of steps) {
          if (one === 'touch') desk.isTouched = true;
          else if ('id' in one) desk.set(one.id, one.state);
          else desk.look(one.ms);
          const [shown] = desk.instruments;
          if (wasLive) expect(shown).not.toBe(DEMO);
          wasLive ||= shown !== DEMO && desk.race.phase === 'over';
          expect(desk.said.length).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
