import { VenueError } from './venue-protocol';

export type ChaosWhen =
  | { readonly kind: 'now' }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'sequence'; readonly id: number };

export type ChaosAction =
  | { readonly verb: 'silence' | 'delay' | 'refuse' | 'ban'; readonly ms: number }
  | { readonly verb: 'close'; readonly code: number }
  | { readonly verb: 'drop' | 'dup' | 'stale-snapshot' | 'rest-fail'; readonly count: number }
  | { readonly verb: 'garbage'; readonly count: number | null }
  | { readonly verb: 'cross' | 'tick-change' | 'mute'; readonly arg: string }
  | { readonly verb: 'flood'; readonly factor: number; readonly ms: number }
  | { readonly verb: 'reset' | 'swap' | 'hold' | 'resume' | 'bad-checksum' };

export interface ChaosStep {
  readonly when: ChaosWhen;
  readonly action: ChaosAction;
}

const DEFAULT_FLOOD_MS = 5_000;
const VERBS =
  'silence close reset drop dup swap delay garbage cross stale-snapshot refuse rest-fail mute flood hold resume bad-checksum tick-change ban';

/**
 * Reads a comma list of `verb[@when][:arg]`.
 * @throws VenueError naming the first part that cannot be read.
 */
export function parseChaos(spec: string): ChaosStep[] {
  return spec
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^([a-z-]+)(?:@([^:]+))?(?::(.*))?$/.exec(part);
      if (match === null)
        throw new VenueError(`"${part}" is not a fault; write verb@when:arg, for example drop@30s:1.`);
      return { action: parseAction(match[1], match[3] ?? ''), when: parseWhen(part, match[2]) };
    });
}

/** @throws VenueError when the verb is unknown or its argument does not fit. */
export function parseAction(verb: string, arg: string): ChaosAction {
  switch (verb) {
    case 'silence':
      return { verb, ms: duration(verb, arg, '5s') };
    case 'delay':
      return { verb, ms: duration(verb, arg, '400ms') };
    case 'refuse':
      return { verb, ms: duration(verb, arg, '2s') };
    case 'ban':
      return { verb, ms: duration(verb, arg, '30s') };
    case 'close':
      return { verb, code: whole(verb, arg, 1001, 1000, 4999) };
    case 'drop':
    case 'dup':
    case 'stale-snapshot':
    case 'rest-fail':
      return { verb, count: whole(verb, arg, 1, 1, 1_000_000) };
    case 'garbage':
      return { verb, count: arg === '' ? null : whole(verb, arg, 1, 1, 1_000_000) };
    case 'cross':
    case 'tick-change':
    case 'mute':
      return { verb, arg };
    case 'flood': {
      const [factor, length = ''] = arg.split('/');
      const ms = length === '' ? DEFAULT_FLOOD_MS : duration(verb, length, '5s');
      return { verb, factor: whole(verb, factor, 10, 2, 1000), ms };
    }
    case 'reset':
    case 'swap':
    case 'hold':
    case 'resume':
    case 'bad-checksum':
      if (arg !== '') throw new VenueError(`${verb} takes no argument, but was given "${arg}".`);
      return { verb };
    default:
      throw new VenueError(`"${verb}" is not a fault this server can make; it knows ${VERBS}.`);
  }
}

/** ms from `250ms`, `5s`, `1.5s`, `2m`; null when it is none of these. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  if (match === null) return null;
  return Number(match[1]) * { ms: 1, s: 1_000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
}

function parseWhen(part: string, text: string | undefined): ChaosWhen {
  if (text === undefined) return { kind: 'now' };
  const place = /^(line|u)=(\d+)$/.exec(text);
  if (place !== null) {
    const value = Number(place[2]);
    return place[1] === 'line' ? { kind: 'line', line: value } : { kind: 'sequence', id: value };
  }
  const ms = parseDuration(text);
  if (ms === null) throw new VenueError(`"${part}" does not say when; write 30s, line=N or u=ID after the @.`);
  return { kind: 'time', ms };
}

function duration(verb: string, arg: string, standard: string): number {
  const ms = parseDuration(arg === '' ? standard : arg);
  if (ms === null) throw new VenueError(`${verb} needs a duration such as 5s or 400ms, not "${arg}".`);
  return ms;
}

function whole(verb: string, arg: string, standard: number, least: number, most: number): number {
  if (arg === '') return standard;
  const value = /^\d+$/.test(arg) ? Number(arg) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new VenueError(`${verb} needs a whole number from ${least} to ${most}, not "${arg}".`);
  }
  return value;
}
