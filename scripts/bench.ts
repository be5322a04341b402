import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pipeline, type Step } from './bench-pipeline.ts';
import { type Capture, CaptureError, readCapture } from './capture-file.ts';

/*
 * CPU per message of the feed pipeline (decoding, full book, its proof, trades, one-minute candles, the best 50 levels
 * every 16 ms of recorded time) beside `JSON.parse` of the same messages and nothing else. Both take turns in one
 * process: only a ratio of two figures of one run means anything on another machine.
 */

const ROUNDS = 15;
/** A pass over a short capture is repeated until it is about this long. */
const PASS_MICROS = 120_000;
const SHIPPED = 'e2e/captures';
const BIG = ['binance-usdm-btcusdt-20240808.jsonl.gz', 'binance-spot-btcusdt-20240808.jsonl.gz'];
const TARGETS = { usdm: '0.70, goal 0.35', spot: '0.80, goal 0.55' } as const;
const USAGE = 'Usage: npm run bench -- [CAPTURE ...] [--json FILE]';

interface Workload {
  readonly file: string;
  readonly flavour: 'spot' | 'usdm';
  readonly steps: readonly Step[];
  readonly awaited: ReadonlySet<string>;
}

/** One comparison: medians of CPU microseconds per message, and the ratio of each round's pair. */
interface Measure {
  readonly messages: number;
  readonly parseMicros: number;
  readonly pipelineMicros: number;
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
}

interface Row {
  readonly file: string;
  readonly flavour: string;
  readonly target: string;
  readonly all: Measure;
  readonly depth: Measure | null;
  readonly refused: number;
  readonly quotesAgreed: number;
  readonly quotesCompared: number;
}

function workloadOf(capture: Capture): Workload | null {
  const urls = capture.lines.map((line) => line.url ?? '');
  const isFutures = urls.some((url) => /\/fapi\/|fstream/.test(url)) || capture.header?.venue === 'binance-usdm';
  const isBinance = isFutures || urls.some((url) => url.includes('binance')) || capture.header?.venue === 'binance';
  if (!isBinance) return null;
  const steps: Step[] = [];
  const awaited = new Set<string>();
  for (const { t, dir, url, m } of capture.lines) {
    if (dir === 'in') steps.push({ t, text: m, snapshot: null });
    const symbol = dir === 'http' ? /\/depth\?.*symbol=([^&]+)/.exec(url ?? '')?.[1] : undefined;
    if (symbol === undefined) continue;
    const body = JSON.parse(m);
    awaited.add(symbol);
    steps.push({ t, text: m, snapshot: { symbol, sequence: body.lastUpdateId, bids: body.bids, asks: body.asks } });
  }
  return { file: basename(capture.file), flavour: isFutures ? 'usdm' : 'spot', steps, awaited };
}

function runPipeline(load: Workload, steps: readonly Step[]): Pipeline {
  const pipeline = new Pipeline(load.flavour, load.awaited);
  for (const step of steps) pipeline.step(step);
  return pipeline;
}

/** What is parsed must be used, or an engine might leave the work out. */
function runParse(steps: readonly Step[]): number {
  let keys = 0;
  for (const { text, snapshot } of steps) {
    if (snapshot !== null) continue;
    try {
      keys += typeof JSON.parse(text) === 'object' ? 1 : 0;
    } catch {
      keys--; // captures of damaged messages: the attempt is what is measured
    }
  }
  return keys;
}

function cpuMicros(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const spent = process.cpuUsage(before);
  return spent.user + spent.system;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

function measure(load: Workload, steps: readonly Step[]): Measure {
  const messages = steps.filter((step) => step.snapshot === null).length;
  const once = { parse: () => runParse(steps), pipeline: () => runPipeline(load, steps) };
  const repeats = Math.max(1, Math.round(PASS_MICROS / Math.max(1, cpuMicros(once.parse))));
  const pass = (work: () => unknown): number =>
    cpuMicros(() => {
      for (let i = 0; i < repeats; i++) work();
    }) /
    (repeats * messages);
  // Two turns to warm both up: the engine compiles what it meets often.
  for (let i = 0; i < 2; i++) [once.parse, once.pipeline].map(pass);
  const parse: number[] = [];
  const pipeline: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) parse.push(pass(once.parse));
    pipeline.push(pass(once.pipeline));
    if (round % 2 === 1) parse.push(pass(once.parse));
  }
  const ratios = parse.map((value, i) => pipeline[i] / value);
  return {
    messages,
    parseMicros: median(parse),
    pipelineMicros: median(pipeline),
    ratio: median(ratios),
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
  };
}

function benchOf(load: Workload): Row {
  const depthOnly = load.steps.filter((step) => step.snapshot !== null || step.text.includes('"depthUpdate"'));
  const all = measure(load, load.steps);
  const depth = depthOnly.some((step) => step.snapshot === null) ? measure(load, depthOnly) : null;
  const pipeline = runPipeline(load, load.steps);
  let quotesAgreed = 0;
  let quotesCompared = 0;
  for (const market of pipeline.markets.values()) {
    quotesAgreed += market.agreed;
    quotesCompared += market.compared;
  }
  const { file, flavour } = load;
  return {
    file,
    flavour,
    target: TARGETS[flavour],
    all,
    depth,
    refused: pipeline.refusals,
    quotesAgreed,
    quotesCompared,
  };
}

function tableOf(rows: readonly Row[]): string {
  const head = ['capture', 'part', 'messages', 'parse us', 'feed us', 'ratio', 'lowest', 'highest', 'must'];
  const cells = rows.flatMap((row) => [
    cellsOf(row.file, 'all', row.all, row.target),
    ...(row.depth === null ? [] : [cellsOf('', 'depth', row.depth, '0.60, goal 0.30')]),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i].length)));
  const lineOf = (line: readonly string[]): string =>
    line.map((text, i) => (i < 2 || i === 8 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ');
  const proofs = rows.map(
    (row) => `${row.file}: ${row.quotesAgreed} of ${row.quotesCompared} best prices agree, ${row.refused} refused`,
  );
  return [lineOf(head), ...cells.map(lineOf), '', ...proofs, ''].join('\n');
}

function cellsOf(file: string, part: string, m: Measure, target: string): string[] {
  const figures = [m.parseMicros, m.pipelineMicros, m.ratio, m.lowest, m.highest].map((value) => value.toFixed(3));
  return [file, part, String(m.messages), ...figures, target];
}

/** The files asked for; without any, those the project ships and the big recordings where there are some. */
function filesToBench(asked: readonly string[]): string[] {
  if (asked.length > 0) return [...asked];
  const shipped = existsSync(SHIPPED)
    ? readdirSync(SHIPPED).flatMap((name) => (/^binance.*\.jsonl(\.gz)?$/.test(name) ? [join(SHIPPED, name)] : []))
    : [];
  const captures = process.env.CAPTURES_DIR ?? '../shared/captures';
  return [...shipped.sort(), ...BIG.map((name) => join(captures, name)).filter((file) => existsSync(file))];
}

function main(): void {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
  const files = filesToBench(positionals);
  if (files.length === 0) throw new CaptureError(`There is no capture to measure. ${USAGE}`);
  const rows: Row[] = [];
  for (const file of files) {
    const load = workloadOf(readCapture(file));
    if (load === null) process.stderr.write(`${basename(file)} is not a Binance capture: left out.\n`);
    else if (load.steps.some((step) => step.snapshot === null)) rows.push(benchOf(load));
  }
  if (rows.length === 0) throw new CaptureError('None of the captures holds a Binance message.');
  process.stdout.write(`CPU per message, ${ROUNDS} rounds, Node ${process.versions.node}\n\n${tableOf(rows)}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

try {
  main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
