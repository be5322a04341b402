import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { VenueId } from '@/market/instrument.ts';
import { readCapture } from '../capture-file.ts';
import { capturesFolder } from '../captures-folder.ts';

const SHIPPED = 'e2e/captures';
const MOST_MESSAGES = 3_000;
const MOST_ANSWERS = 60;
/** Longer ones are of the same kinds and only take longer. */
const LONGEST = 4_000;
const LONGEST_ANSWER = 40_000;

/** Which adapter reads a file, by its name; captures of formats that no adapter speaks are left out. */
const READERS: readonly (readonly [pattern: RegExp, venue: VenueId])[] = [
  [/^binance-usdm/, 'binance-usdm'],
  [/^binance/, 'binance'],
  [/^coinbase-(?!advanced)/, 'coinbase'],
  [/^kraken-(?!v1)/, 'kraken'],
  [/^bybit.*linear/, 'bybit-linear'],
  [/^bybit/, 'bybit'],
  [/^okx/, 'okx'],
  [/^bitstamp/, 'bitstamp'],
  [/^hyperliquid/, 'hyperliquid'],
  [/^deribit/, 'deribit'],
];

/** What a venue was recorded to say. */
export interface Samples {
  readonly messages: readonly string[];
  /** Bodies of answered requests. */
  readonly answers: readonly string[];
}

/** Some of a list, evenly. */
function thinned<T>(list: readonly T[], most: number): T[] {
  const every = Math.max(1, Math.ceil(list.length / most));
  return list.filter((_, i) => i % every === 0);
}

/** Messages and answers by adapter, of the captures shipped and of those of real venues where they are. */
export function readSamples(): Map<VenueId, Samples> {
  const real = capturesFolder();
  const folders = [SHIPPED, ...(real === null ? [] : [real, join(real, 'fixtures')])];
  const files = new Map<VenueId, string[]>();
  for (const folder of folders) {
    for (const name of readdirSync(folder).filter((one) => /\.jsonl(\.gz)?$/.test(one))) {
      const venue = READERS.find(([pattern]) => pattern.test(name))?.[1];
      if (venue !== undefined) files.set(venue, [...(files.get(venue) ?? []), join(folder, name)]);
    }
  }
  return new Map([...files].map(([venue, paths]) => [venue, samplesOf(paths)]));
}

function samplesOf(paths: readonly string[]): Samples {
  const messages: string[] = [];
  const answers: string[] = [];
  for (const path of paths) {
    const { lines } = readCapture(path);
    const said = lines.filter(({ dir, m }) => dir === 'in' && m.length < LONGEST);
    messages.push(...thinned(said, MOST_MESSAGES / paths.length).map(({ m }) => m));
    const answered = lines.filter(({ dir, m }) => dir === 'http' && m.length < LONGEST_ANSWER);
    answers.push(...thinned(answered, MOST_ANSWERS / paths.length).map(({ m }) => m));
  }
  return { messages, answers };
}
