import { type InstrumentId, isVenueId, parseInstrumentId, type VenueId } from '@/market/instrument.ts';
import { type Interval, isInterval } from '@/market/time.ts';
import type { DemoSettings, Endpoint } from '@/protocol/command.ts';
import type { Theme } from '@/store/desk-store.ts';
import { isLayout, type Layout } from '@/workspace/layouts.ts';

/** What the page's address asks for; what it asked wrongly is in `notes`, a sentence each. */
export interface Address {
  readonly instruments: readonly InstrumentId[];
  readonly interval: Interval | null;
  readonly theme: Theme | null;
  readonly layout: Layout;
  readonly endpoints: readonly Endpoint[];
  readonly demo: DemoSettings;
  readonly notes: readonly string[];
}

export const MAX_ADDRESS = 8192;
export const MAX_INSTRUMENTS = 24;

const DEFAULT_DEMO: DemoSettings = { seed: 1, rate: 200, start: null };
const MAX_SEED = 0xffff_ffff;
/** The last millisecond of the year 9999: later times have no four-digit year to print. */
const MAX_START = 253_402_300_799_999;
const LAYOUTS = [
  'starter',
  'scalper',
  'order-flow',
  'multi-chart',
  'venue-compare',
  'tape-reader',
  'watch-wall',
  'replay-lab',
  'paper-desk',
  'health',
];
const THEMES: readonly Theme[] = ['dark', 'light', 'contrast'];

/** Everything an address can set, while it is being read. */
interface Draft {
  instruments: InstrumentId[];
  interval: Interval | null;
  theme: Theme | null;
  layout: Layout;
  readonly endpoints: Endpoint[];
  demo: DemoSettings;
  readonly notes: string[];
}

const READERS: Record<string, (value: string, draft: Draft) => void> = {
  i: readInstruments,
  t: (value, draft) => {
    if (isInterval(value)) draft.interval = value;
    else draft.notes.push(`t=${quote(value)} is not an interval.`);
  },
  layout: (value, draft) => {
    if (isLayout(value)) {
      draft.layout = value;
      return;
    }
    const known = LAYOUTS.includes(value);
    draft.notes.push(
      known
        ? `The layout ${value} is not built yet: this is the starter layout.`
        : `layout=${quote(value)} is not a layout.`,
    );
  },
  theme: (value, draft) => {
    const theme = THEMES.find((known) => known === value);
    if (theme) draft.theme = theme;
    else draft.notes.push(`theme=${quote(value)} is not a theme.`);
  },
  endpoint: readEndpoint,
  seed: (value, draft) => readNumber('seed', value, 0, MAX_SEED, draft),
  rate: (value, draft) => readNumber('rate', value, 20, 5000, draft),
  start: (value, draft) => readNumber('start', value, 0, MAX_START, draft),
};

/**
 * Read the query string of the page's address. Nothing in it is an error: what cannot be understood is left out and
 * named. Of a key given twice the first counts; `endpoint` may be given once per venue.
 * @param search  `location.search`, with or without its question mark
 */
export function parseAddress(search: string): Address {
  const draft: Draft = {
    instruments: [],
    interval: null,
    theme: null,
    layout: 'starter',
    endpoints: [],
    demo: DEFAULT_DEMO,
    notes: [],
  };
  const query = search.startsWith('?') ? search.slice(1) : search;
  if (query.length > MAX_ADDRESS) {
    draft.notes.push('The address is longer than 8 kB.');
    return draft;
  }
  const seen = new Set<string>();
  for (const pair of query.split('&')) if (pair !== '') readPair(pair, seen, draft);
  return draft;
}

function readPair(pair: string, seen: Set<string>, draft: Draft): void {
  const equals = pair.indexOf('=');
  const key = decode(equals < 0 ? pair : pair.slice(0, equals));
  const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
  if (key === null || value === null) {
    draft.notes.push(`${quote(pair)} is not percent-encoded text.`);
    return;
  }
  const read = Object.hasOwn(READERS, key) ? READERS[key] : undefined;
  if (!read) draft.notes.push(`The key ${quote(key)} is unknown.`);
  else if (key !== 'endpoint' && seen.has(key)) draft.notes.push(`${key} is given twice: the first counts.`);
  else read(value, draft);
  seen.add(key);
}

/** A plus sign stays a plus sign: symbols may hold one, and no value of ours holds a space. */
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function readInstruments(value: string, draft: Draft): void {
  const found = new Set<InstrumentId>();
  for (const part of value.split(',')) {
    const text = part.trim();
    if (text === '') continue;
    const parsed = parseInstrumentId(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a symbol with control characters is what this refuses
    if (!parsed || /[\u0000-\u0020\u007f]/.test(parsed.symbol)) draft.notes.push(`${quote(text)} is not venue:symbol.`);
    else if (found.size >= MAX_INSTRUMENTS) {
      draft.notes.push(`Only the first ${MAX_INSTRUMENTS} instruments are opened.`);
      break;
    } else found.add(parsed.id);
  }
  draft.instruments = [...found];
}

function readEndpoint(value: string, draft: Draft): void {
  const at = value.indexOf('@');
  const venue = value.slice(0, Math.max(0, at));
  const host = value.slice(at + 1).toLowerCase();
  if (at < 1 || !isVenueId(venue) || venue === 'demo') {
    draft.notes.push(`endpoint=${quote(value)} is not venue@host:port.`);
    return;
  }
  const refusal = refuseHost(host, value);
  if (refusal) draft.notes.push(refusal);
  else if (draft.endpoints.some((endpoint) => endpoint.venue === venue))
    draft.notes.push(`Two endpoints for ${venue}: the first counts.`);
  else draft.endpoints.push({ venue: venue satisfies VenueId, host });
}

/** Only this machine may be named in an address: a link must not be able to send someone to a foreign server. */
function refuseHost(host: string, value: string): string | null {
  const port = /^(?:127\.0\.0\.1|localhost):(\d{1,5})$/.exec(host);
  if (port) {
    const number = Number(port[1]);
    return number > 0 && number < 65_536 ? null : `endpoint=${quote(value)} has no such port.`;
  }
  if (/^(?:127\.0\.0\.1|localhost)$/.test(host)) return `endpoint=${quote(value)} needs a port.`;
  return `The endpoint ${quote(host)} is refused: an address may only name 127.0.0.1 or localhost.`;
}

function readNumber(key: keyof DemoSettings, value: string, low: number, high: number, draft: Draft): void {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= low && number <= high) draft.demo = { ...draft.demo, [key]: number };
  else draft.notes.push(`${key}=${quote(value)} is not a whole number from ${low} to ${high}.`);
}

/** What cannot be seen is shown as a box: it is often what is wrong. */
const quote = (text: string): string => {
  const seen = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
  return `“${seen.length > 60 ? `${seen.slice(0, 59)}…` : seen}”`;
};

/**
 * The query string with another list of instruments and every other key as it was written.
 * @returns `?…`, colons, slashes and commas left readable
 */
export function withInstruments(search: string, instruments: readonly InstrumentId[]): string {
  return `?${[`i=${instruments.map(encodeReadable).join(',')}`, ...pairsWithout('i', search)].join('&')}`;
}

/** The query string with another candle interval and every other key as it was written. */
export const withInterval = (search: string, interval: Interval): string =>
  `?${[...pairsWithout('t', search), `t=${interval}`].join('&')}`;

/** The query string with another layout and every other key as it was written. */
export const withLayout = (search: string, layout: Layout): string =>
  `?${[...pairsWithout('layout', search), `layout=${layout}`].join('&')}`;

const pairsWithout = (key: string, search: string): string[] =>
  search
    .replace(/^\?/, '')
    .split('&')
    .filter((pair) => pair !== '' && decode(pair.split('=', 1)[0]) !== key);

const encodeReadable = (id: InstrumentId): string =>
  encodeURIComponent(id).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%40', '@');
