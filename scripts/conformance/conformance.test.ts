import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CallLog } from '@/feed/testing/call-log.ts';
import { VENUE_IDS } from '@/market/instrument.ts';
import { capturesFolder } from '../captures-folder';
import { BOOK_CASES } from './book-cases';
import { CONNECTION_CASES } from './connection-cases';
import { CASES, type CaseName, type Profile } from './profile';
import { PROFILES } from './profiles';
import { RECORDINGS } from './recordings';
import { TRADE_CASES } from './trade-cases';

const TITLES: Readonly<Record<CaseName, string>> = {
  recordings: 'a recording of it runs through the whole feed in captures.test.ts',
  fixtures: 'every fixture message is understood as what it is',
  aggressor: 'the aggressor is who took, in the tape and in the volumes',
  restart: '[F28] numbers that begin anew are no gap',
  renumbered: '[F28] numbers that fall back unannounced have the book made anew',
  'repeated book': '[F20] a book pushed again replaces both sides at once',
  gap: '[F17] a lost change is found in the very message that shows it, and mended',
  contradiction: '[F35] a second source that contradicts the book twice has it made anew',
  'checksum right': '[F21] a right checksum proves the book',
  'checksum wrong': '[F21] one wrong checksum gives the book up at once',
  'checksum absent': '[F22] an absent checksum proves nothing',
  'checksum zero': '[F22] a checksum of zero proves nothing and refutes nothing',
  'step change': '[F29] figures finer than the declared steps are kept exactly and counted',
  'first trades': 'the stale trades a subscription begins with make nothing late',
  'duplicate trade': '[F37] a trade sent three times is counted once',
  'late trade': '[F38] a trade that comes after a later one is what the numbering says it is',
  'lost trades': '[F38] lost trades are known by their ids and fetched',
  history: '[F41] history joins the live bars without a hole and without a double',
  outage: '[F38] what traded in an outage is fetched, and no bar is called whole that is not',
  'outage unmended': '[F38] where it cannot be fetched, no bar is called whole that is not',
  refused: '[F5] a refused subscription says so, hurts no other, and can be tried again',
  'refused at once': '[F5] of two asked for at once only the refused one is refused',
  silent: '[F5] granted and silent ends in words, not in a spinner',
  unanswered: '[F5] a subscription that is never answered is refused within eleven seconds',
  'late answer': '[F5] a late answer is an answer',
  'dead channel': '[F6] a book that dies on a busy socket is found and asked for again, and no other loses a message',
  reconnects: '[F13] after any number of reconnects the venue holds what is wanted, each once',
  closing: '[F11] an announced end is met by a second socket, and nothing is lost or doubled',
  'keep-alive': 'a socket is kept open as the venue demands',
  contracts: 'sizes stay in the venue’s unit, which is named',
  'empty sides': 'empty sides are empty, and come back',
  'unknown kind': '[F51] a message of an unknown kind is passed over and counted',
  flood: '[F52] spoilt messages cost six rebuilds in ten minutes, and then the reason and a way to try again',
  'another language': '[F51] more than one unknown message in a hundred for a minute is refused with its reason',
  'panel closed': 'closing a panel ends its traffic within a second',
};

const folder = capturesFolder();

function runFixtures({ fixtures = {}, make, venue }: Profile): void {
  for (const [name, wanted] of Object.entries(fixtures)) {
    const file = join(folder ?? '', 'fixtures', `${name}.jsonl`);
    const log = new CallLog({ priceDecimals: 8, lotDecimals: 8, epoch: 0 });
    const adapter = make();
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      adapter.decode((JSON.parse(line) as { m: string }).m, log);
    }
    const counts: Record<string, number> = {};
    for (const [kind] of log.take()) counts[String(kind)] = (counts[String(kind)] ?? 0) + 1;
    expect(counts, `${venue} ${name}`).toEqual(wanted);
  }
}

const RUNS: Readonly<Record<CaseName, (profile: Profile) => Promise<void> | void>> = {
  ...BOOK_CASES,
  ...TRADE_CASES,
  ...CONNECTION_CASES,
  recordings: ({ venue, evidence }) => {
    const names = RECORDINGS.filter((recording) => recording.venue === venue).map(({ name }) => name);
    expect(names).toContain(evidence.recordings);
  },
  fixtures: runFixtures,
};

/** Cases that only read what somebody recorded. */
const READS_ONLY: ReadonlySet<CaseName> = new Set(['recordings', 'fixtures']);

function titleOf({ evidence }: Profile, name: CaseName): string {
  if (READS_ONLY.has(name)) return TITLES[name];
  const basis = evidence[name] === undefined ? 'generated from the notes' : `messages as in ${evidence[name]}`;
  return `${TITLES[name]} (${basis})`;
}

describe('the suite', () => {
  it('knows every venue', () => {
    expect(PROFILES.map(({ venue }) => venue).sort()).toEqual([...VENUE_IDS].sort());
  });

  it.each(PROFILES.map((profile) => [profile.venue, profile] as const))(
    'says of %s why each case that is left out does not apply',
    (_, { without, evidence }) => {
      for (const [name, reason] of Object.entries(without)) {
        expect(reason, name).toMatch(/^[a-z].{15,}[^.]$/);
        expect(evidence[name as CaseName], `${name} has evidence and is left out`).toBeUndefined();
      }
    },
  );
});

for (const profile of PROFILES) {
  describe(`${profile.venue}`, () => {
    for (const name of CASES) {
      const reason = profile.without[name];
      const isAbsent = name === 'fixtures' && !existsSync(join(folder ?? '', 'fixtures'));
      if (reason !== undefined) it(TITLES[name], ({ skip }) => skip(`does not apply: ${reason}`));
      else it.skipIf(isAbsent)(titleOf(profile, name), () => RUNS[name](profile));
    }
  });
}
