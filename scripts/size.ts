import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

interface Chunk {
  file: string;
  imports?: string[];
  css?: string[];
  assets?: string[];
}

const dist = join(process.cwd(), 'dist');
const manifestFile = join(dist, '.vite/manifest.json');
if (!existsSync(manifestFile)) {
  console.error('There is no build in dist/ to measure. Run npm run build first.');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, Chunk>;

const gzipBytes = (files: Iterable<string>) =>
  [...new Set(files)].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0);

/** The chunks of these modules together with everything they import statically. */
function withStaticImports(keys: readonly string[], seen = new Set<string>()): Set<string> {
  for (const key of keys) {
    if (seen.has(key)) continue;
    seen.add(key);
    withStaticImports(manifest[key]?.imports ?? [], seen);
  }
  return seen;
}

const chunksOf = (keys: readonly string[]) => [...withStaticImports(keys)].flatMap((key) => manifest[key] ?? []);

const FIRST_VIEW_PANEL = /^src\/panels\/(?:chart|ladder|tape)\//;
const entry = ['index.html'];
const firstView = [...entry, ...Object.keys(manifest).filter((key) => FIRST_VIEW_PANEL.test(key))];
const workers = Object.values(manifest)
  .flatMap((chunk) => [chunk.file, ...(chunk.assets ?? [])])
  .filter((file) => /worker-[^/]*\.js$/.test(file));

/** Pieces that the worker fetches by itself: the session that all venues share, and one adapter a venue. */
const piecesOf = (name: RegExp) =>
  readdirSync(join(dist, 'assets')).flatMap((file) => (name.test(file) ? [`assets/${file}`] : []));
const session = piecesOf(/^venue-session-.*\.js$/);
const adapters = piecesOf(/^(?:binance|coinbase|kraken|bybit|okx|bitstamp|hyperliquid|deribit)-.*\.js$/);

const budgets: [part: string, bytes: number, ceiling: number][] = [
  ['eager', gzipBytes(chunksOf(entry).map((chunk) => chunk.file)), 120_000],
  ['first view', gzipBytes(chunksOf(firstView).map((chunk) => chunk.file)), 215_000],
  ['worker', gzipBytes(workers), 40_000],
  ['with session', session.length === 0 ? 0 : gzipBytes([...workers, ...session]), 48_000],
  ['adapter', Math.max(0, ...adapters.map((file) => gzipBytes([file]))), 10_000],
  ['css', gzipBytes(chunksOf(firstView).flatMap((chunk) => chunk.css ?? [])), 20_000],
];

// A part that weighs nothing was not found, and a ceiling over nothing proves nothing.
const isOver = (bytes: number, ceiling: number) => bytes === 0 || bytes > ceiling;
for (const [part, bytes, ceiling] of budgets) {
  const verdict = bytes === 0 ? 'not found' : bytes > ceiling ? 'too large' : 'ok';
  console.log(`${part.padEnd(12)} ${String(bytes).padStart(7)} of ${ceiling} B gzip  ${verdict}`);
}
process.exit(budgets.some(([, bytes, ceiling]) => isOver(bytes, ceiling)) ? 1 : 0);
