import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { CorePipeline } from './bench-core.ts';
import { FeedPipeline } from './bench-feed.ts';
import type { Step } from './bench-steps.ts';
import { type Capture, CaptureError, readCapture } from './capture-file.ts';

/*
 * CPU per message beside `JSON.parse` of the same messages and nothing else, both taking turns in one process: only a
 * ratio of two figures of one run means anything on another machine. `core` is decoding, the full book and its proof,
 * trade sums, one-minute candles and the best 50 levels every 16 ms of recorded time. `feed` is all the worker does with
 * a message: also continuity, states, deadlines, lag, tape, holes, ticks of the clock, and a frame every 16 ms.
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
  readonly symbols: readonly string[];
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
  /** `core`: decode, book, trades, candles, best 50. `feed`: everything the worker does, frames included. */
  readonly parts: Readonly<Record<string, Measure>>;
  readonly diffs: number;
  readonly refused: number;
  readonly gaps: number;
  readonly quotesAgreed: number;
  readonly quotesCompared: number;
}

function workloadOf(capture: Capture): Workload | null {
  const urls = capture.lines.map((line) => line.url ?? '');
  const isFutures = urls.some((url) => /\/fapi\/|fstream/.test(url)) || capture.header?.venue === 'binance-usdm';
  const isBinance = isFutures || urls.some((url) => url.includes('binance')) || capture.header?.venue === 'binance';
  if (!isBinance) return null;
  const steps: Step[] = [];
  const symbols = new Set<string>();
  for (const { t, dir, url, m } of capture.lines) {
    const symbol = dir === 'http' ? /\/depth\?.*symbol=([^&]+)/.exec(url ?? '')?.[1] : undefined;
    if (symbol !== undefined) symbols.add(symbol);
    if (dir !== 'in' && symbol === undefined) continue;
    const isMarketSide = isFutures && /"stream":"[^"]*@(aggTrade|kline|markPrice|ticker)/.test(m);
    const body = symbol === undefined ? null : JSON.parse(m);
    const snapshot =
      symbol === undefined ? null : { symbol, sequence: body.lastUpdateId, bids: body.bids, asks: body.asks };
    steps.push({ t, text: m, isMarketSide, snapshot });
  }
  return { file: basename(capture.file), flavour: isFutures ? 'usdm' : 'spot', steps, symbols: [...symbols] };
}

async function runFeed(load: Workload, steps: readonly Step[]): Promise<FeedPipeline> {
  const pipeline = new FeedPipeline(load.flavour === 'usdm' ? 'binance-usdm' : 'binance', load.symbols, steps[0].t);
  await pipeline.open();
  await pipeline.run(steps);
  pipeline.dispose();
  return pipeline;
}

function runCore(load: Workload, steps: readonly Step[]): void {
  const pipeline = new CorePipeline(load.flavour, new Set(load.symbols));
  for (const step of steps) pipeline.step(step);
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

async function cpuMicros(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const spent = process.cpuUsage(before);
  return spent.user + spent.system;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

async function measure(steps: readonly Step[], work: () => unknown): Promise<Measure> {
  const messages = steps.filter((step) => step.snapshot === null).length;
  const once = { parse: () => runParse(steps), pipeline: work };
  const repeats = Math.max(1, Math.round(PASS_MICROS / Math.max(1, await cpuMicros(once.parse))));
  const pass = async (work: () => unknown): Promise<number> =>
    (await cpuMicros(async () => {
      for (let i = 0; i < repeats; i++) await work();
    })) /
    (repeats * messages);
  // Two turns to warm both up: the engine compiles what it meets often.
  for (let i = 0; i < 2; i++) for (const work of [once.parse, once.pipeline]) await pass(work);
  const parse: number[] = [];
  const pipeline: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) parse.push(await pass(once.parse));
    pipeline.push(await pass(once.pipeline));
    if (round % 2 === 1) parse.push(await pass(once.parse));
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

async function benchOf(load: Workload): Promise<Row> {
  const depthOnly = load.steps.filter((step) => step.snapshot !== null || step.text.includes('"depthUpdate"'));
  const hasDepth = depthOnly.some((step) => step.snapshot === null);
  const parts: Row['parts'] = {
    core: await measure(load.steps, () => runCore(load, load.steps)),
    ...(hasDepth && { 'core, depth': await measure(depthOnly, () => runCore(load, depthOnly)) }),
    feed: await measure(load.steps, () => runFeed(load, load.steps)),
    ...(hasDepth && { 'feed, depth': await measure(depthOnly, () => runFeed(load, depthOnly)) }),
  };
  const pipeline = await runFeed(load, load.steps);
  const counters = [...pipeline.parts.values()].map((part) => part.counters);
  const sum = (of: (one: (typeof counters)[number]) => number): number =>
    counters.reduce((total, one) => total + of(one), 0);
  const { file, flavour } = load;
  return {
    file,
    flavour,
    target: TARGETS[flavour],
    parts,
    diffs: sum((one) => one.diffs),
    refused: sum((one) => one.rejected),
    gaps: sum((one) => one.gaps),
    quotesAgreed: sum((one) => one.quotesAgreed),
    quotesCompared: sum((one) => one.quotesCompared),
  };
}

function tableOf(rows: readonly Row[]): string {
  const head = ['capture', 'part', 'messages', 'parse us', 'ours us', 'ratio', 'lowest', 'highest', 'must'];
  const cells = rows.flatMap((row) =>
    Object.entries(row.parts).map(([part, m], i) =>
      cellsOf(i === 0 ? row.file : '', part, m, part.includes('depth') ? '0.60, goal 0.30' : row.target),
    ),
  );
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i].length)));
  const lineOf = (line: readonly string[]): string =>
    line.map((text, i) => (i < 2 || i === 8 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  ');
  const proofs = rows.map(
    (row) =>
      `${row.file}: ${row.diffs} diffs applied, ${row.gaps} gaps, ${row.quotesAgreed} of ${row.quotesCompared} best prices agree, ${row.refused} refused`,
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

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
  const files = filesToBench(positionals);
  if (files.length === 0) throw new CaptureError(`There is no capture to measure. ${USAGE}`);
  const rows: Row[] = [];
  for (const file of files) {
    const load = workloadOf(readCapture(file));
    if (load === null) process.stderr.write(`${basename(file)} is not a Binance capture: left out.\n`);
    else if (load.steps.some((step) => step.snapshot === null)) rows.push(await benchOf(load));
  }
  if (rows.length === 0) throw new CaptureError('None of the captures holds a Binance message.');
  process.stdout.write(`CPU per message, ${ROUNDS} rounds, Node ${process.versions.node}\n\n${tableOf(rows)}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});
