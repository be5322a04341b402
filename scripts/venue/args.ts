import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { parseChaos } from './chaos-spec';
import type { VenueOptions } from './start-venue';
import { VenueError } from './venue-protocol';

const DEFAULT_PORT = 4180;

export const USAGE = `npm run venue -- FILE… [--speed N|max] [--port N] [--loop] [--clock now|recorded] [--latency MS]
                       [--history N] [--chaos SPEC] [--no-cors]

  FILE        captures (.jsonl, gzipped or not); one port per venue
  --speed     1 is as recorded (default), max as fast as the sockets drain
  --port      of the first venue, default ${DEFAULT_PORT}; 0 takes a free one
  --loop      begin again at the end
  --clock     now (default): the first message is now; recorded: times as recorded
  --latency   round trip in ms
  --history   generated bars before the recording, default 500
  --chaos     verb@when:arg, comma separated; when = 30s, line=N or u=ID
  --no-cors   answer requests without CORS headers`;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads the command line; null when help was asked for.
 * @param home the folder relative file names are meant from
 * @throws VenueError saying what cannot be understood.
 */
export function parseArguments(argv: readonly string[], home: string): VenueOptions | null {
  const files: string[] = [];
  const options: Writable<VenueOptions> = { files, port: DEFAULT_PORT };
  for (let index = 0; index < argv.length; index++) {
    const [name, inline] = splitOption(argv[index]);
    const value = (): string => {
      const text = inline ?? argv[++index];
      if (text === undefined) throw new VenueError(`${name} needs a value.`);
      return text;
    };
    switch (name) {
      case '--help':
      case '-h':
        return null;
      case '--speed':
        options.speed = speed(value());
        break;
      case '--port':
        options.port = whole(name, value(), 0, 65_535);
        break;
      case '--loop':
        options.loop = true;
        break;
      case '--clock':
        options.clock = clock(value());
        break;
      case '--latency':
        options.latencyMs = whole(name, value(), 0, 60_000);
        break;
      case '--history':
        options.history = whole(name, value(), 0, 10_000);
        break;
      case '--chaos': {
        const spec = value();
        parseChaos(spec);
        options.chaos = options.chaos === undefined ? spec : `${options.chaos},${spec}`;
        break;
      }
      case '--no-cors':
        options.cors = false;
        break;
      default:
        if (name.startsWith('-')) throw new VenueError(`${name} is not an option of this server.`);
        files.push(locate(argv[index], home));
    }
  }
  if (files.length === 0) throw new VenueError('No capture was given; write npm run venue -- FILE…');
  return options;
}

function splitOption(text: string): [string, string | undefined] {
  const equals = text.indexOf('=');
  return text.startsWith('--') && equals > 0 ? [text.slice(0, equals), text.slice(equals + 1)] : [text, undefined];
}

function speed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= 1_000)) throw new VenueError(`--speed is a number up to 1000 or max, not "${text}".`);
  return value;
}

function clock(text: string): 'now' | 'recorded' {
  if (text === 'now' || text === 'recorded') return text;
  throw new VenueError(`--clock is now or recorded, not "${text}".`);
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new VenueError(`${name} is a whole number from ${least} to ${most}, not "${text}".`);
}

function locate(file: string, home: string): string {
  if (isAbsolute(file) || existsSync(file)) return resolve(file);
  return resolve(home, file);
}
