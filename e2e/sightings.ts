import type { Sighting, Snapshot } from './surface.ts';

/**
 * Runs in the page before anything else: writes down every change of state with the page's own clock, so that a
 * deadline is judged by when it was met and not by when a busy machine got round to asking.
 */
export function recordSightings(): void {
  const sightings: Sighting[] = [];
  const violations: string[] = [];
  window.sightings = sightings;
  window.violations = violations;
  addEventListener('securitypolicyviolation', (event) => {
    const { effectiveDirective, blockedURI } = event as SecurityPolicyViolationEvent;
    violations.push(`${effectiveDirective} ${blockedURI}`);
  });
  const note = ({ at, instruments }: Snapshot): void => {
    for (const { id, state, channels, ageMs, bbo, book } of instruments)
      sightings.push({
        at,
        id,
        state,
        channels,
        ageMs,
        bid: bbo?.bid ?? '',
        ask: bbo?.ask ?? '',
        sequence: book.sequence,
      });
    if (sightings.length > 20_000) sightings.splice(0, 10_000);
  };
  const follow = (): void => {
    if ('depthwire' in window) {
      note(window.depthwire.snapshot());
      window.depthwire.on('state', note);
    } else requestAnimationFrame(follow);
  };
  follow();
}
