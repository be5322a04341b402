import { FEED_STATES } from '@/market/feed-state.ts';
import type { Millis } from '@/market/time.ts';
import type { StateLine } from '@/protocol/health.ts';

/** Index of a state that nobody knows: the worker that knew it is gone. */
export const UNKNOWN_STATE = FEED_STATES.length;

export const EMPTY_LINE: StateLine = { times: new Float64Array(0), states: new Uint8Array(0) };

/** The line with its last state ended: from `at` on nothing is known. */
export function endUnknown(line: StateLine, at: Millis): StateLine {
  const { length } = line.times;
  if (length === 0 || line.states[length - 1] === UNKNOWN_STATE) return line;
  return {
    times: Float64Array.from([...line.times, Math.max(at, line.times[length - 1])]),
    states: Uint8Array.from([...line.states, UNKNOWN_STATE]),
  };
}

/** One line after another; what the former says of the time of the latter is left out. */
export function joinLines(former: StateLine, latter: StateLine): StateLine {
  const begins = latter.times.length === 0 ? Number.POSITIVE_INFINITY : latter.times[0];
  let kept = former.times.length;
  while (kept > 0 && former.times[kept - 1] >= begins) kept--;
  return {
    times: Float64Array.from([...former.times.subarray(0, kept), ...latter.times]),
    states: Uint8Array.from([...former.states.subarray(0, kept), ...latter.states]),
  };
}
