/** Page time in ms since 1970: the clock that states, ages and arrival stamps are told by. */
export const pageNow = (): number => performance.timeOrigin + performance.now();

/** `14:02:11`, UTC. */
export const clockText = (time: number): string => new Date(time).toISOString().slice(11, 19);

/** `14:02:11.482`, UTC. */
export const clockMillisText = (time: number): string => new Date(time).toISOString().slice(11, 23);

const TICK_MS = 250;

interface Beat {
  readonly listeners: Set<() => void>;
  timer: number;
}

const beats = new WeakMap<Window, Beat>();

/**
 * Call `listener` four times a second: one timer a window for everything on it that shows an age.
 * @returns the function that stops it
 */
export function onTick(view: Window, listener: () => void): () => void {
  const beat = beats.get(view) ?? { listeners: new Set<() => void>(), timer: 0 };
  beats.set(view, beat);
  if (beat.listeners.size === 0) {
    beat.timer = view.setInterval(() => {
      for (const each of beat.listeners) each();
    }, TICK_MS);
  }
  beat.listeners.add(listener);
  return () => {
    beat.listeners.delete(listener);
    if (beat.listeners.size === 0) view.clearInterval(beat.timer);
  };
}
