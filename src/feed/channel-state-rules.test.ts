import { describe, expect, it } from 'vitest';
import type { Fault, FaultKind } from '@/market/fault.ts';
import { ChannelState } from './channel.ts';
import { type Circumstances, settleState } from './channel-state-rules.ts';
import type { LineStatus } from './connection.ts';

const NOW = 1_000_000;
const faultOf = (kind: FaultKind, detail = ''): Fault => ({ kind, venue: 'binance', detail, at: NOW });
const line = (more: Partial<LineStatus> = {}): LineStatus => ({
  open: true,
  attempt: 0,
  retryAt: 0,
  recentFailures: 0,
  fault: null,
  heardAt: NOW,
  ...more,
});
const given = (more: Partial<Circumstances> = {}): Circumstances => ({
  now: NOW,
  refusal: null,
  online: true,
  line: line(),
  had: true,
  proven: true,
  fault: null,
  waitingFault: null,
  bannedUntil: 0,
  resumed: false,
  steppedAt: 0,
  lagMs: 0,
  faultOf,
  ...more,
});
function settled(more: Partial<Circumstances>, silentMs = 0) {
  const state = new ChannelState(0, NOW - 60_000, 'sequence', () => undefined);
  state.liveness.restart(NOW - silentMs);
  settleState(state, given(more));
  return state.status(null);
}

describe('the state that circumstances make', () => {
  it.each<[string, Partial<Circumstances>, number, string]>([
    ['proven, speaking and near', {}, 0, 'live'],
    ['exactly at its deadline', {}, 10_000, 'live'],
    ['silent beyond its deadline', {}, 10_001, 'stale'],
    ['a second behind', { lagMs: 1_000 }, 0, 'live'],
    ['more than a second behind', { lagMs: 1_001 }, 0, 'lagging'],
    ['more than five seconds behind', { lagMs: 5_001 }, 0, 'stale'],
    ['of unknown lag', { lagMs: null }, 0, 'live'],
    ['just resumed', { resumed: true }, 0, 'stale'],
    ['not proven and never had', { proven: false, had: false }, 0, 'syncing'],
    ['not proven any more', { proven: false }, 0, 'resyncing'],
    ['told to wait', { proven: false, waitingFault: faultOf('rate-limited'), bannedUntil: NOW + 5 }, 0, 'rate-limited'],
    [
      'told to wait until now',
      { proven: false, waitingFault: faultOf('rate-limited'), bannedUntil: NOW },
      0,
      'resyncing',
    ],
    ['banned while it has a book', { bannedUntil: NOW + 5, waitingFault: faultOf('rate-limited') }, 0, 'live'],
    ['without a socket and never had', { line: line({ open: false }), had: false }, 0, 'connecting'],
    ['without a line', { line: null, had: false }, 0, 'connecting'],
    ['without its socket', { line: line({ open: false }) }, 0, 'resyncing'],
    ['refused three times', { line: line({ open: false, recentFailures: 3 }), had: false }, 0, 'blocked'],
    ['refused twice', { line: line({ open: false, recentFailures: 2 }), had: false }, 0, 'connecting'],
    ['refused three times after it was live', { line: line({ open: false, recentFailures: 3 }) }, 0, 'resyncing'],
    ['without a network', { online: false }, 0, 'offline'],
    ['refused for good', { refusal: faultOf('unknown-symbol'), online: false }, 0, 'rejected'],
  ])('%s is as the public surface says', (_, circumstances, silentMs, state) => {
    expect(settled(circumstances, silentMs).state).toBe(state);
  });

  it('[F16] stays blocked while it goes on trying', () => {
    const state = new ChannelState(0, NOW, 'sequence', () => undefined);
    settleState(state, given({ line: line({ open: false, recentFailures: 3, attempt: 3 }), had: false }));
    settleState(state, given({ line: line({ open: false, recentFailures: 0, attempt: 4 }), had: false }));
    expect(state.state).toBe('blocked');
  });

  it('[F44] is stale after the local clock was set, until something has come since', () => {
    expect(settled({ steppedAt: NOW - 500 }, 500)).toMatchObject({ state: 'stale', fault: { kind: 'clock-step' } });
    expect(settled({ steppedAt: NOW - 500 }, 499).state).toBe('live');
  });

  it('carries what is next: the attempt, the wait and the reason', () => {
    const fault = faultOf('connection-lost', 'closed with code 1006');
    const status = settled({ line: line({ open: false, attempt: 2, retryAt: NOW + 1_400, fault }) });
    expect(status).toMatchObject({ state: 'resyncing', attempt: 2, retryAt: NOW + 1_400, fault });
    expect(settled({ proven: false, waitingFault: faultOf('rate-limited'), bannedUntil: NOW + 9 }).retryAt).toBe(
      NOW + 9,
    );
  });

  it('tells of a change once', () => {
    let changes = 0;
    const state = new ChannelState(0, NOW, 'sequence', () => changes++);
    for (let i = 0; i < 5; i++) settleState(state, given({ resumed: true, now: NOW + i }));
    expect(changes).toBe(1);
    expect(state.status(null).since).toBe(NOW);
  });
});
