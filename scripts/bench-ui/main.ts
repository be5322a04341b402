import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright';
import { capturesFolder } from '../captures-folder.ts';
import { measureEmpty, measurePage, type PageFigures } from './measure.ts';
import { serveSite, spawnVenue } from './servers.ts';

/*
 * The built page under load in Chromium: one instrument at 1x, 10x, 50x and as fast as the server can, or everything in
 * several captures at once at its own rate, beside an empty page in the same run. Times are of this machine; the ratios to the empty page are what may be quoted.
 */

const BUSY = 'binance-spot-btcusdt-20240808.jsonl.gz';
const SHIPPED = 'e2e/captures/binance-spot.jsonl.gz';
const USAGE = 'Usage: npm run bench:ui -- [CAPTURE…] [--seconds N] [--speeds 1,10,50,max] [--json FILE]';
const LIMITS: Record<string, number> = { '1': 12, '10': 35, '50': 45 };

interface Row {
  readonly speed: string;
  readonly empty: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly page: PageFigures;
}

function captureFiles(named: readonly string[]): string[] {
  if (named.length > 0) return named.map((name) => resolve(process.env.INIT_CWD ?? process.cwd(), name));
  const real = join(capturesFolder() ?? '', BUSY);
  return [existsSync(real) ? real : SHIPPED];
}

function print(rows: readonly Row[], files: readonly string[], seconds: number): void {
  const names = files.map((file) => file.split('/').pop());
  const what = files.length === 1 ? 'one instrument' : 'everything in them';
  console.log(`\n${names.join(', ')}, windows of ${seconds} s after 5 s, ${what}, chart + ladder + tape, 1440 x 900\n`);
  for (const { page } of rows) if (files.length > 1) console.log(`${page.states.join(', ')}; ${page.venues} venues\n`);
  const head = [
    'speed',
    'msg/s',
    'frame p95',
    'empty p95',
    'ratio',
    'p99',
    'long tasks',
    'main busy',
    'limit',
    'worker',
    'to DOM p50',
    'p95',
    'received',
    'sent',
    'lost',
  ];
  const lines = rows.map(({ speed, empty, page }) => [
    speed === 'max' ? 'max' : `${speed}x`,
    page.messagesPerSecond.toFixed(0),
    `${page.frames.p95.toFixed(1)} ms`,
    `${empty.p95.toFixed(1)} ms`,
    (page.frames.p95 / empty.p95).toFixed(2),
    `${page.frames.p99.toFixed(1)} ms`,
    String(page.longTasks),
    `${page.mainBusyPercent.toFixed(1)} %`,
    LIMITS[speed] === undefined ? '–' : `${LIMITS[speed]} %`,
    `${page.workerBusyPercent.toFixed(1)} %`,
    `${page.toDom.p50.toFixed(1)} ms`,
    `${page.toDom.p95.toFixed(1)} ms`,
    String(page.received),
    String(page.sent),
    String(page.sent - page.received),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i].length)));
  for (const line of [head, ...lines]) console.log(line.map((cell, i) => cell.padStart(widths[i])).join('  '));
}

async function measureSpeed(
  browser: Browser,
  site: string,
  files: readonly string[],
  speed: string,
  seconds: number,
): Promise<Row> {
  const empty = await measureEmpty(browser, site, Math.min(10, seconds));
  const venue = await spawnVenue([...files, '--speed', speed, '--port', '0', ...(speed === 'max' ? [] : ['--loop'])]);
  try {
    const page = await measurePage(browser, site, venue, speed === 'max' ? null : seconds);
    return { speed, empty, page };
  } finally {
    venue.stop();
  }
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      seconds: { type: 'string' },
      speeds: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const seconds = Number(values.seconds ?? 30);
  if (!(seconds >= 5)) throw new Error('--seconds takes a number of at least 5.');
  const files = captureFiles(positionals);
  for (const file of files) if (!existsSync(file)) throw new Error(`${file} does not exist.`);
  const site = await serveSite();
  const { findChromium } = await import('../browser.mjs');
  const found = await findChromium();
  if (!found) throw new Error('No Chromium. Install one, or set CHROMIUM_PATH to its executable.');
  const browser = await chromium.launch({
    ...found,
    args: ['--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost'],
  });
  try {
    const rows: Row[] = [];
    for (const speed of (values.speeds ?? (files.length > 1 ? '1' : '1,10,50,max')).split(',')) {
      rows.push(await measureSpeed(browser, site.url, files, speed, seconds));
      console.log(`${speed}: done`);
    }
    print(rows, files, seconds);
    if (values.json)
      writeFileSync(resolve(process.env.INIT_CWD ?? process.cwd(), values.json), `${JSON.stringify(rows, null, 2)}\n`);
  } finally {
    await browser.close();
    site.stop();
  }
}

run().then(
  () => process.exit(0),
  (failure: unknown) => {
    console.error(failure instanceof Error ? failure.message : String(failure));
    process.exit(1);
  },
);
