import type { PageHealth } from '@/store/health-store.ts';
import type { FeedRow } from './feed-rows.ts';
import { countText } from './health-words.ts';

/** Whether a fact holds, has been caught not to hold, or has had nothing to be tried on. */
export type FactTone = 'holds' | 'caught' | 'untried';

/** One reason to trust the numbers, with its counts. */
export interface Fact {
  readonly key: string;
  readonly title: string;
  readonly detail: string;
  readonly figure: string;
  readonly tone: FactTone;
}

type Counters = NonNullable<FeedRow['record']>['counters'];

const sumOf = (rows: readonly FeedRow[], figure: (counters: Counters) => number): number =>
  rows.reduce((sum, { record }) => sum + (record ? figure(record.counters) : 0), 0);

const caught = (count: number): string => `${countText(count)} ${count === 1 ? 'break' : 'breaks'}, caught`;

/** Why these numbers can be trusted: everything that was tried, over all feeds, with what came of it. */
export function proofFacts(rows: readonly FeedRow[], page: PageHealth | null): Fact[] {
  const numbered = rows.filter(({ status }) => status?.proof === 'sequence');
  const diffs = sumOf(numbered, (c) => c.diffs);
  const gaps = sumOf(rows, (c) => c.gaps);
  // Where a second source is the only proof its comparisons are the audit's.
  const quoted = rows.filter(({ status }) => status?.proof !== 'audit');
  const compared = sumOf(quoted, (c) => c.quotesCompared);
  const agreed = sumOf(quoted, (c) => c.quotesAgreed);
  const checksums = sumOf(rows, (c) => c.checksums);
  const failures = sumOf(rows, (c) => c.checksumFailures);
  const differences = sumOf(rows, (c) => c.candleDifferences);
  const received = rows.reduce((sum, { record }) => sum + (record?.trades.received ?? 0), 0);
  const missing = rows.reduce((sum, { record }) => sum + (record?.trades.missing ?? 0), 0);
  const audits = rows.reduce((sum, { view }) => sum + (view?.auditsCompared ?? 0), 0);
  const audited = rows.reduce((sum, { view }) => sum + (view?.auditsAgreed ?? 0), 0);
  const books = page?.booksPainted ?? 0;
  const crossed = page?.crossedPainted ?? 0;
  return [
    {
      key: 'sequence',
      title: 'Every diff continues the last',
      detail: `${countText(diffs)} by sequence number`,
      figure: gaps === 0 ? 'no break' : caught(gaps),
      tone: toneOf(diffs, gaps),
    },
    {
      key: 'quote',
      title: 'Best price agrees',
      detail: 'book against the best-price stream',
      figure: shareText(agreed, compared),
      tone: toneOf(compared, compared - agreed),
    },
    {
      key: 'checksum',
      title: 'Checksum agrees',
      detail: checksums === 0 ? 'no feed here sends one' : `${countText(checksums)} of the venue’s own`,
      figure: failures === 0 ? shareText(checksums, checksums) : caught(failures),
      tone: toneOf(checksums, failures),
    },
    {
      key: 'candles',
      title: 'Candles equal the venue’s',
      detail: 'built from trades, compared at close',
      figure: `${countText(differences)} ${differences === 1 ? 'differs' : 'differ'}`,
      tone: toneOf(received, differences),
    },
    {
      key: 'prints',
      title: 'Prints accounted for',
      detail: 'received against what the ids say there were',
      figure: shareText(received, received + missing),
      tone: toneOf(received, missing),
    },
    {
      key: 'audit',
      title: 'Book audit',
      detail: 'against a second source of the venue',
      figure: shareText(audited, audits),
      tone: toneOf(audits, audits - audited),
    },
    {
      key: 'crossed',
      title: 'Never crossed',
      detail: 'books painted as current, checked at every frame',
      figure: `${countText(crossed)} of ${countText(books)}`,
      tone: toneOf(books, crossed),
    },
  ];
}

const toneOf = (tried: number, failed: number): FactTone => (failed > 0 ? 'caught' : tried > 0 ? 'holds' : 'untried');

const shareText = (part: number, whole: number): string =>
  whole === 0 ? 'not tried yet' : `${countText(part)} / ${countText(whole)}`;

/** Feeds whose books nothing proves as they come: said, not hidden. */
export function unprovenWords(rows: readonly FeedRow[]): string {
  const unverified = rows.flatMap(({ status, symbol }) => (status?.proof === 'unverified' ? symbol : [])).join(', ');
  const audits = rows.filter(({ status }) => status?.proof === 'audit');
  const audited = [...new Set(audits.map(({ venue }) => venue))].join(', ');
  if (unverified !== '') return `Not verified now: ${unverified}`;
  return audited === ''
    ? 'Every book here is proven by what the venue sends'
    : `No sequence or checksum, audited instead: ${audited}`;
}
