import { describe, expect, it } from 'vitest';
import type { Fault, FaultKind } from '@/market/fault.ts';
import { faultCause, faultNext, faultSentence, plainText, whenText } from './fault-sentence.ts';

/** Kept complete by the compiler: a new kind without words fails to build, and without an entry here too. */
const KINDS: Record<FaultKind, true> = {
  'sequence-gap': true,
  'crossed-book': true,
  'quote-mismatch': true,
  'audit-mismatch': true,
  'checksum-mismatch': true,
  'malformed-message': true,
  'sync-overflow': true,
  'connection-lost': true,
  'connect-timeout': true,
  'connect-budget': true,
  unreachable: true,
  'snapshot-failed': true,
  'snapshot-behind': true,
  'subscribe-refused': true,
  'subscribe-unanswered': true,
  'unknown-symbol': true,
  'no-data': true,
  silent: true,
  'rate-limited': true,
  'resync-limit': true,
  'format-changed': true,
  'lag-limit': true,
  resumed: true,
  'clock-step': true,
  'history-failed': true,
  'unsupported-venue': true,
  'worker-stopped': true,
};
const kinds = Object.keys(KINDS) as FaultKind[];
const AT = Date.UTC(2026, 2, 4, 14, 2, 11, 490);
const fault = (kind: FaultKind): Fault => ({ kind, venue: 'kraken', detail: 'raw words', at: AT });
/** Faults of our own side, which no venue caused. */
const OURS: readonly FaultKind[] = ['clock-step', 'resumed', 'worker-stopped'];

describe('a fault in words', () => {
  it.each(kinds)('%s says a cause and what happens next, in whole sentences', (kind) => {
    const text = faultSentence(fault(kind), AT);
    expect(text).toMatch(/^[A-Z].*\. [A-Z].*\.$/);
    expect(text).not.toMatch(/undefined|raw words|\s{2}|\.\./);
  });

  it.each(kinds.filter((kind) => !OURS.includes(kind)))('%s names the venue', (kind) => {
    expect(faultSentence(fault(kind), AT)).toContain('Kraken');
  });

  it('gives every kind a cause of its own', () => {
    expect(new Set(kinds.map((kind) => faultCause(fault(kind)))).size).toBe(kinds.length);
  });

  it('says when the next attempt is due while it is in the future', () => {
    expect(faultNext(fault('connection-lost'), AT, AT + 1400)).toBe('Reconnecting in 1.4 s.');
    expect(faultNext(fault('connection-lost'), AT, AT - 1)).toBe('Reconnecting now.');
    expect(faultNext(fault('unreachable'), AT, 0)).toContain('another venue');
  });

  it('tells the time of the cause in UTC', () => {
    expect(faultCause(fault('sequence-gap'))).toBe('Kraken skipped an update at 14:02:11.');
  });
});

describe('a countdown', () => {
  it('counts in tenths, then seconds, then minutes, and is empty when there is nothing to wait for', () => {
    expect(whenText(0, 1000)).toBe('');
    expect(whenText(900, 1000)).toBe('');
    expect(whenText(1100, 1000)).toBe('in 0.1 s');
    expect(whenText(31_000, 1000)).toBe('in 30 s');
    expect(whenText(119_000, 1000)).toBe('in 1:58');
  });
});

describe('text of others', () => {
  it('[F50] loses controls and direction overrides, and is cut when it is long', () => {
    expect(plainText('a\u202eb\u0000c\u200bd\n')).toBe('a b c d');
    expect(plainText('x'.repeat(1000))).toHaveLength(400);
  });
});
