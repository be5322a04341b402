import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Chance, seededChance } from '@/feed/clock.ts';
import { runFaults } from '@/feed/testing/fault-run.ts';
import { BinanceDecoder, readBookTicker } from '@/feed/venues/binance-decode.ts';
import { type BinanceFlavour, decodeStrict } from '@/feed/venues/binance-strict.ts';
import { makeScratch } from '@/feed/venues/decode-scratch.ts';
import type { DecodeSink } from '@/feed/venues/venue.ts';
import type { Grid } from '@/market/instrument.ts';
import { readCapture } from './capture-file.ts';
import { capturesFolder } from './captures-folder.ts';
import { readLongRun } from './long-run.ts';

/*
 * Generated fault sequences against the naive book, and captured messages with bytes and tokens spoilt through the
 * decoders: the fast one and the strict one must say the same, nothing may be thrown, slow, or leave a mark.
 */

const USAGE = 'Usage: npm run fuzz -- [--minutes N] [--seed N] [--json FILE]';
const SHIPPED = 'e2e/captures';
const MUTATIONS_A_TURN = 5_000;
const SEQUENCES_A_TURN = 50;
const SLOW_MS = 50;
const MOST_SAMPLES = 3_000;
const TOKENS = [
  'null',
  'true',
  '""',
  '"0"',
  '-1',
  '1e400',
  '9007199254740993',
  '[]',
  '{}',
  '"\\u0000"',
  '"__proto__"',
  '[["1","1"]]',
  '"1E5"',
  ' ',
  ',',
];

interface Report {
  readonly seed: number;
  seconds: number;
  sequences: number;
  liveFrames: number;
  mutations: number;
  accepted: number;
  rejected: number;
  slowestMs: number;
  readonly failures: string[];
}

function readSamples(): string[] {
  const folders = [SHIPPED, capturesFolder()].filter((folder) => folder !== null);
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^binance.*\.jsonl(\.gz)?$/.test(name))
      .map((name) => join(folder, name)),
  );
  return files.flatMap((file) => {
    const lines = readCapture(file).lines.filter((line) => line.dir === 'in' && line.m.length < 4_000);
    const every = Math.max(1, Math.floor(lines.length / (MOST_SAMPLES / files.length)));
    return lines.filter((_, i) => i % every === 0).map((line) => line.m);
  });
}

function spoil(text: string, chance: Chance): string {
  const below = (limit: number): number => Math.floor(chance() * limit);
  let spoilt = text;
  for (let times = 1 + below(3); times > 0; times--) {
    const at = below(spoilt.length);
    const kind = below(6);
    if (kind === 0) spoilt = spoilt.slice(0, at) + String.fromCharCode(below(256)) + spoilt.slice(at + 1);
    else if (kind === 1) spoilt = spoilt.slice(0, at) + spoilt.slice(at + 1 + below(8));
    else if (kind === 2)
      spoilt = spoilt.slice(0, at) + spoilt.slice(Math.max(0, at - below(12)), at) + spoilt.slice(at);
    else if (kind === 3) spoilt = spoilt.slice(0, at);
    else spoilt = replaceToken(spoilt, at, TOKENS[below(TOKENS.length)]);
  }
  return spoilt;
}

/** Put another token in the place of the first value after a position. */
function replaceToken(text: string, at: number, token: string): string {
  const value = /("[^"\\]*"|-?\d[\d.eE+-]*|true|false|null)(?=[,\]}])/g;
  value.lastIndex = at;
  const found = value.exec(text);
  return found ? text.slice(0, found.index) + token + text.slice(found.index + found[0].length) : text;
}

/** The same text for equal values, whatever the order of their keys. */
function canonical(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes down what it hears, so that two readings can be compared. */
class Witness implements DecodeSink {
  readonly calls: string[] = [];
  private decimals: Grid = { priceDecimals: 2, lotDecimals: 5, epoch: 0 };

  grid(): Grid {
    return this.decimals;
  }
  refine(_: string, priceDecimals: number, lotDecimals: number): void {
    this.decimals = { priceDecimals, lotDecimals, epoch: this.decimals.epoch + 1 };
  }
  diff(...said: Parameters<DecodeSink['diff']>): void {
    const [symbol, { bids, asks, ...ids }] = said;
    const levels = [bids, asks].map((list) => [
      ...list.ticks.subarray(0, list.count),
      ...list.lots.subarray(0, list.count),
      ...(list.wide ?? []),
    ]);
    this.note('diff', symbol, ids, levels);
  }
  book(...said: Parameters<DecodeSink['book']>): void {
    const [symbol, { bids, asks, ...head }] = said;
    const levels = [bids, asks].map((list) => [
      ...list.ticks.subarray(0, list.count),
      ...list.lots.subarray(0, list.count),
      ...(list.wide ?? []),
    ]);
    this.note('book', symbol, head, levels);
  }
  statement(...said: Parameters<DecodeSink['statement']>): void {
    this.note('statement', ...said);
  }
  newestTrade(...said: Parameters<DecodeSink['newestTrade']>): void {
    this.note('newestTrade', ...said);
  }
  history(...said: Parameters<DecodeSink['history']>): void {
    this.note('history', ...said);
  }
  trade(...said: Parameters<DecodeSink['trade']>): void {
    this.note('trade', ...said);
  }
  quote(symbol: string, updateId: number, text: string): void {
    const quote = readBookTicker(text, this.decimals);
    if (quote) this.note('quote', symbol, updateId, quote);
    else this.note('rejected');
  }
  candle(...said: Parameters<DecodeSink['candle']>): void {
    this.note('candle', ...said);
  }
  ticker(...said: Parameters<DecodeSink['ticker']>): void {
    this.note('ticker', ...said);
  }
  control(...said: Parameters<DecodeSink['control']>): void {
    this.note('control', ...said);
  }
  excluded(symbol: string, id: number, time: number): void {
    this.note('excluded', symbol, id, time);
  }

  ignored(unknown: boolean): void {
    this.note('ignored', unknown);
  }
  rejected(): void {
    this.note('rejected');
  }

  private note(...said: readonly unknown[]): void {
    this.calls.push(JSON.stringify(said, canonical));
  }
}

/** Milliseconds of one reading. One that seems slow is repeated: this machine may just have been busy elsewhere. */
function timed(read: () => void, text: string, decoder: BinanceDecoder): number {
  const stopwatch = (task: () => void): number => {
    const start = performance.now();
    task();
    return performance.now() - start;
  };
  const first = stopwatch(read);
  if (first <= SLOW_MS) return first;
  return Math.min(first, ...[1, 2, 3].map(() => stopwatch(() => decoder.decode(text, new Witness()))));
}

function compare(text: string, flavour: BinanceFlavour, decoder: BinanceDecoder, report: Report): void {
  const fast = new Witness();
  const strict = new Witness();
  const tookMs = timed(() => decoder.decode(text, fast), text, decoder);
  decodeStrict(text, strict, flavour, makeScratch());
  report.mutations++;
  report.slowestMs = Math.max(report.slowestMs, tookMs);
  if (fast.calls.includes('["rejected"]')) report.rejected++;
  else report.accepted++;
  if (tookMs > SLOW_MS) report.failures.push(`${tookMs.toFixed(0)} ms for ${text.slice(0, 300)}`);
  if (fast.calls.join() !== strict.calls.join())
    report.failures.push(`fast and strict differ (${flavour}) for ${text}`);
}

async function main(): Promise<void> {
  const plan = readLongRun(process.argv.slice(2), { minutes: 5, seed: 1 });
  if (typeof plan === 'string') {
    process.stderr.write(`${plan}\n${USAGE}\n`);
    process.exitCode = 1;
    return;
  }
  const samples = readSamples();
  const chance = seededChance(plan.seed);
  const decoders = { spot: new BinanceDecoder('spot'), usdm: new BinanceDecoder('usdm') };
  const marks = Object.getOwnPropertyNames(Object.prototype).join();
  const report: Report = {
    seed: plan.seed,
    seconds: 0,
    sequences: 0,
    liveFrames: 0,
    mutations: 0,
    accepted: 0,
    rejected: 0,
    slowestMs: 0,
    failures: [],
  };
  const start = performance.now();
  let seed = plan.seed * 1_000_003;
  while (performance.now() - start < plan.minutes * 60_000 && report.failures.length === 0) {
    for (let i = 0; i < MUTATIONS_A_TURN; i++) {
      const flavour = chance() < 0.5 ? 'spot' : 'usdm';
      const text = spoil(samples[Math.floor(chance() * samples.length)], chance);
      try {
        compare(text, flavour, decoders[flavour], report);
      } catch (failure) {
        report.failures.push(`${String(failure)} for ${text}`);
      }
    }
    if (Object.getOwnPropertyNames(Object.prototype).join() !== marks) report.failures.push('Object.prototype changed');
    for (let i = 0; i < SEQUENCES_A_TURN; i++) {
      try {
        report.liveFrames += (await runFaults(seed++)).liveFrames;
        report.sequences++;
      } catch (failure) {
        report.failures.push(failure instanceof Error ? failure.message : String(failure));
      }
    }
  }
  report.seconds = Math.round((performance.now() - start) / 1000);
  if (plan.json !== null) writeFileSync(plan.json, `${JSON.stringify(report, null, 2)}\n`);
  const { seconds, sequences, mutations, rejected, slowestMs, failures } = report;
  process.stdout.write(
    `${sequences} fault sequences and ${mutations} spoilt messages (${rejected} refused, slowest ${slowestMs.toFixed(1)} ms) in ${seconds} s, seed ${plan.seed}: ${failures.length === 0 ? 'nothing found' : 'FAILED'}\n`,
  );
  for (const failure of failures.slice(0, 5)) process.stdout.write(`${failure}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

await main();
