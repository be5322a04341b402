import type { Capture } from '../capture-file';
import type { Dialect } from './dialect';
import { ReplayMarket } from './replay-market';
import { readRecording } from './replay-recording';
import type { VenueProtocol } from './venue-protocol';

/**
 * A protocol family that speaks by a dialect.
 * @param detect the venue a capture is of, or null; may throw VenueError for a format of the venue nobody speaks
 * @param dialect a new one for every run, since it keeps what it read; it is told what it will be given to read
 */
export function replayProtocol(
  venues: readonly string[],
  detect: (capture: Capture) => string | null,
  dialect: (venue: string, captures: readonly Capture[]) => Dialect,
): VenueProtocol {
  return {
    venues,
    detect,
    open: (venue, captures) => {
      const speaker = dialect(venue, captures);
      return new ReplayMarket(speaker, readRecording(speaker, captures));
    },
  };
}

/** Hosts a capture was recorded from, in order, each with its path. */
export function recordedHosts(capture: Capture): { host: string; path: string }[] {
  const found: { host: string; path: string }[] = [];
  for (const { url } of capture.lines) {
    const match = url === undefined ? null : /^[a-z]+:\/\/([^/:?#]+)(?::\d+)?([^?#]*)/i.exec(url);
    if (match !== null) found.push({ host: match[1].toLowerCase(), path: match[2] });
  }
  return found;
}
