import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from 'playwright';
import { capturesFolder } from '../captures-folder.ts';
import { measureEmpty, measurePage, type PageFigures } from './measure.ts';
import { serveSite, spawnVenue } from './servers.ts';

/*
 * The built page under load in Chromium: one instrument at 1x, 10x, 50x and as fast as the server can, beside an empty
 * page in the same run. Times are of this machine; the ratios to the empty page are what may be quoted.
 */

const BUSY = 'binance-spot-btcusdt-20240808.jsonl.gz';
const SHIPPED = 'e2e/captures/binance-spot.jsonl.gz';
const USAGE = 'Usage: npm run bench:ui -- [CAPTURE] [--seconds N] [--speeds 1,10,50,max] [--json FILE]';
const LIMITS: Record<string, number> = { '1': 12, '10': 35, '50': 45 };

interface Row {
  readonly speed: string;
  readonly empty: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly page: PageFigures;
}

function captureFile(named: string | undefined): string {
  if (named) return resolve(process.env.INIT_CWD ?? process.cwd(), named);
  const real = join(capturesFolder() ?? '', BUSY);
  return existsSync(real) ? real : SHIPPED;
}

function print(rows: readonly Row[], file: string, seconds: number): void {
  console.log(`\n${file}, windows of ${seconds} s after 5 s, one instrument, chart + ladder + tape, 1440 x 900\n`);
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
  file: string,
  speed: string,
  seconds: number,
): Promise<Row> {
  const empty = await measureEmpty(browser, site, Math.min(10, seconds));
  const venue = await spawnVenue([file, '--speed', speed, '--port', '0', ...(speed === 'max' ? [] : ['--loop'])]);
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
  const file = captureFile(positionals[0]);
  if (!existsSync(file)) throw new Error(`${file} does not exist.`);
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
    for (const speed of (values.speeds ?? '1,10,50,max').split(',')) {
      rows.push(await measureSpeed(browser, site.url, file, speed, seconds));
      console.log(`${speed}: done`);
    }
    print(rows, file.split('/').pop() ?? file, seconds);
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
