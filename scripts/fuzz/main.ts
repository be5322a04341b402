import { writeFileSync } from 'node:fs';
import { type Chance, seededChance } from '@/feed/clock.ts';
import { runFaults } from '@/feed/testing/fault-run.ts';
import type { Venue } from '@/feed/venues/venue.ts';
import { VENUE_IDS, type VenueId } from '@/market/instrument.ts';
import { readLongRun } from '../long-run.ts';
import { type Reader, readAnswer, readerOf } from './readers.ts';
import { readSamples, type Samples } from './samples.ts';
import { spoil } from './spoil.ts';
import { Witness } from './witness.ts';

/*
 * Generated fault sequences against the naive book, and captured messages of every venue with bytes and tokens spoilt
 * through its decoders: where there are a fast and a strict one they must say the same, nothing may be thrown, slow,
 * half applied, or leave a mark. Answers to requests are spoilt likewise, and must only not be thrown at.
 */

const USAGE = 'Usage: npm run fuzz -- [--minutes N] [--seed N] [--json FILE]';
const MUTATIONS_A_TURN = 500;
const ANSWERS_A_TURN = 10;
const SEQUENCES_A_TURN = 50;
const SLOW_MS = 50;

interface VenueReport {
  mutations: number;
  rejected: number;
  answers: number;
  slowestMs: number;
}

interface Report {
  readonly seed: number;
  seconds: number;
  sequences: number;
  liveFrames: number;
  mutations: number;
  accepted: number;
  rejected: number;
  answers: number;
  slowestMs: number;
  readonly venues: Partial<Record<VenueId, VenueReport>>;
  /** Venues of which there is no capture at hand. */
  readonly without: readonly VenueId[];
  readonly failures: string[];
}

/** One venue's messages, spoilt by the thousand. */
class VenueFuzz {
  readonly report: VenueReport = { mutations: 0, rejected: 0, answers: 0, slowestMs: 0 };

  constructor(
    private readonly id: VenueId,
    private readonly venue: Venue,
    private readonly reader: Reader,
    private readonly samples: Samples,
    private readonly fail: (failure: string) => void,
  ) {}

  turn(chance: Chance): void {
    const { messages, answers } = this.samples;
    const pick = (list: readonly string[]): string => list[Math.floor(chance() * list.length)];
    for (let i = 0; i < MUTATIONS_A_TURN && messages.length > 0; i++) {
      const text = spoil(pick(messages), chance);
      this.guarded(text, () => this.read(text));
    }
    for (let i = 0; i < ANSWERS_A_TURN && answers.length > 0; i++) {
      const body = spoil(pick(answers), chance);
      this.report.answers++;
      this.guarded(body, () => readAnswer(this.venue, body));
    }
  }

  private guarded(text: string, task: () => void): void {
    try {
      task();
    } catch (failure) {
      this.fail(`${this.id}: ${String(failure)} for ${text.slice(0, 2_000)}`);
    }
  }

  private read(text: string): void {
    const { report, reader, id, fail } = this;
    const fast = new Witness();
    const tookMs = this.timed(text, fast);
    report.mutations++;
    report.slowestMs = Math.max(report.slowestMs, tookMs);
    if (fast.isRejected) report.rejected++;
    if (tookMs > SLOW_MS) fail(`${id}: ${tookMs.toFixed(0)} ms for ${text.slice(0, 300)}`);
    if (fast.isHalf) fail(`${id}: refused and applied: ${fast.text.slice(0, 500)} for ${text}`);
    if (!reader.strict) return;
    const strict = new Witness();
    reader.strict(text, strict);
    if (fast.text !== strict.text)
      fail(`${id}: fast says ${fast.text.slice(0, 500)} and strict ${strict.text.slice(0, 500)} for ${text}`);
  }

  /** Milliseconds of one reading. One that seems slow is repeated: this machine may just have been busy elsewhere. */
  private timed(text: string, witness: Witness): number {
    const stopwatch = (into: Witness): number => {
      const start = performance.now();
      this.reader.decode(text, into);
      return performance.now() - start;
    };
    const first = stopwatch(witness);
    return first <= SLOW_MS ? first : Math.min(first, ...[1, 2, 3].map(() => stopwatch(new Witness())));
  }
}

async function main(): Promise<void> {
  const plan = readLongRun(process.argv.slice(2), { minutes: 5, seed: 1 });
  if (typeof plan === 'string') {
    process.stderr.write(`${plan}\n${USAGE}\n`);
    process.exitCode = 1;
    return;
  }
  const samples = readSamples();
  const failures: string[] = [];
  const fuzzes = new Map<VenueId, VenueFuzz>();
  for (const [id, said] of samples) {
    const { reader, venue } = await readerOf(id);
    fuzzes.set(id, new VenueFuzz(id, venue, reader, said, (failure) => failures.push(failure)));
  }
  // The demo speaks Binance's protocol through Binance's decoder.
  const without = VENUE_IDS.filter((id) => id !== 'demo' && !samples.has(id));
  const report: Report = {
    seed: plan.seed,
    seconds: 0,
    sequences: 0,
    liveFrames: 0,
    mutations: 0,
    accepted: 0,
    rejected: 0,
    answers: 0,
    slowestMs: 0,
    venues: Object.fromEntries([...fuzzes].map(([id, fuzz]) => [id, fuzz.report])),
    without,
    failures,
  };
  await run(report, fuzzes, plan.minutes);
  if (plan.json !== null) writeFileSync(plan.json, `${JSON.stringify(report, null, 2)}\n`);
  tell(report);
}

async function run(report: Report, fuzzes: ReadonlyMap<VenueId, VenueFuzz>, minutes: number): Promise<void> {
  const { failures, venues } = report;
  const chance = seededChance(report.seed);
  const marks = Object.getOwnPropertyNames(Object.prototype).join();
  const start = performance.now();
  let seed = report.seed * 1_000_003;
  while (performance.now() - start < minutes * 60_000 && failures.length === 0) {
    for (const fuzz of fuzzes.values()) fuzz.turn(chance);
    if (Object.getOwnPropertyNames(Object.prototype).join() !== marks) failures.push('Object.prototype changed');
    for (let i = 0; i < SEQUENCES_A_TURN; i++) {
      try {
        report.liveFrames += (await runFaults(seed++)).liveFrames;
        report.sequences++;
      } catch (failure) {
        failures.push(failure instanceof Error ? failure.message : String(failure));
      }
    }
  }
  report.seconds = Math.round((performance.now() - start) / 1000);
  for (const { mutations, rejected, answers, slowestMs } of Object.values(venues)) {
    report.mutations += mutations;
    report.rejected += rejected;
    report.answers += answers;
    report.slowestMs = Math.max(report.slowestMs, slowestMs);
  }
  report.accepted = report.mutations - report.rejected;
}

function tell(report: Report): void {
  const { seed, seconds, sequences, mutations, rejected, answers, slowestMs, venues, without, failures } = report;
  const write = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  for (const [id, one] of Object.entries(venues))
    write(`${id.padEnd(14)} ${one.mutations} messages, ${one.rejected} refused, ${one.answers} answers`);
  if (without.length > 0) write(`nothing recorded or generated is at hand of ${without.join(', ')}`);
  write(
    `${sequences} fault sequences, ${mutations} spoilt messages (${rejected} refused, slowest ${slowestMs.toFixed(1)} ms) and ${answers} spoilt answers in ${seconds} s, seed ${seed}: ${failures.length === 0 ? 'nothing found' : 'FAILED'}`,
  );
  for (const failure of failures.slice(0, 5)) write(failure);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
