import type { Fault, FaultKind } from '@/market/fault.ts';
import type { Millis } from '@/market/time.ts';
import type { ChannelState } from './channel.ts';
import type { LineStatus } from './connection.ts';

/** Lag above which a channel is lagging, and above which what it shows is no longer current. */
export const LAGGING_MS = 1_000;
export const LAG_STALE_MS = 5_000;
const BLOCKED_FAILURES = 3;

/** Everything the state of one channel follows from. */
export interface Circumstances {
  readonly now: Millis;
  /** The venue or our own limit said no; only the user ends it. */
  readonly refusal: Fault | null;
  readonly online: boolean;
  /** The socket the channel comes over; null when none was ever wanted. */
  readonly line: LineStatus | null;
  /** It was current before. */
  readonly had: boolean;
  /** What it shows is the venue's; false only for a book that is being built. */
  readonly proven: boolean;
  /** Why it is being built again. */
  readonly fault: Fault | null;
  /** Why no snapshot comes, while none does. */
  readonly waitingFault: Fault | null;
  readonly bannedUntil: Millis;
  /** The page slept and nothing came since. */
  readonly resumed: boolean;
  /** When the local clock was set: what came before says nothing of the present. 0 when it never was. */
  readonly steppedAt: Millis;
  /** Lag behind the venue; null where it is unknown or does not apply. */
  readonly lagMs: number | null;
  faultOf(kind: FaultKind, detail: string): Fault;
}

/** Put a channel into the state that the circumstances make it: the one place where a state is decided. */
export function settleState(state: ChannelState, given: Circumstances): void {
  if (given.refusal) state.to('rejected', given.now, given.refusal);
  else if (!given.online) state.to('offline', given.now);
  else if (!given.line?.open) withoutSocket(state, given);
  else if (!given.proven) building(state, given);
  else current(state, given);
}

function withoutSocket(state: ChannelState, { line, had, fault, now, bannedUntil, faultOf }: Circumstances): void {
  const attempt = line?.attempt ?? 0;
  const retryAt = line?.retryAt ?? 0;
  if (bannedUntil > now && attempt > 0) {
    state.to('rate-limited', now, faultOf('rate-limited', 'the venue asked us to wait'), attempt, bannedUntil);
    return;
  }
  const isBlocked = (line?.recentFailures ?? 0) >= BLOCKED_FAILURES || (state.state === 'blocked' && attempt > 0);
  if (had) state.to('resyncing', now, line?.fault ?? fault, attempt, retryAt);
  else state.to(isBlocked ? 'blocked' : 'connecting', now, line?.fault ?? null, attempt, retryAt);
}

function building(state: ChannelState, { had, fault, waitingFault, bannedUntil, now }: Circumstances): void {
  if (waitingFault && bannedUntil > now) state.to('rate-limited', now, waitingFault, 0, bannedUntil);
  else state.to(had ? 'resyncing' : 'syncing', now, waitingFault ?? fault);
}

function current(state: ChannelState, { resumed, steppedAt, lagMs, now, faultOf }: Circumstances): void {
  const silentMs = now - state.liveness.lastAt;
  if (resumed) state.to('stale', now, faultOf('resumed', 'the page was asleep'));
  else if (steppedAt > 0 && state.liveness.lastAt <= steppedAt)
    state.to('stale', now, faultOf('clock-step', 'the local clock was set'));
  else if (silentMs > state.liveness.deadlineMs(now)) {
    state.to('stale', now, faultOf('silent', `nothing for ${Math.round(silentMs)} ms`));
  } else if (lagMs !== null && lagMs > LAG_STALE_MS) {
    state.to('stale', now, faultOf('lag-limit', `${Math.round(lagMs)} ms behind`));
  } else state.to(lagMs !== null && lagMs > LAGGING_MS ? 'lagging' : 'live', now);
}
