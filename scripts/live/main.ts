import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { workerClock } from '@/feed/clock.ts';
import { Feed } from '@/feed/feed.ts';
import { type InstrumentId, isVenueId } from '@/market/instrument.ts';
import { type InstrumentFrame, PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { writeCapture } from '../capture-file.ts';
import { EXPECTATIONS } from './expectations.ts';
import { RecordingWire } from './node-transport.ts';

/*
 * For people with a network: run the feed against the real venue for a minute, compare what comes with what the adapter
 * expects, and keep a capture. It never runs in the tests; `--endpoint` points it at a venue server on this machine.
 */

const USAGE = 'Usage: npm run live -- VENUE… [--symbol S] [--seconds N] [--endpoint HOST:PORT] [--out FOLDER]';
type LiveVenue = keyof typeof EXPECTATIONS;

interface Finding {
  readonly what: string;
  readonly said: string;
  readonly isGood: boolean;
}

function findings(frame: InstrumentFrame | undefined, wire: RecordingWire, digests: number, kindIn: RegExp): Finding[] {
  if (!frame) return [{ what: 'data', said: 'nothing came', isGood: false }];
  const { counters, trades, status } = frame;
  const kinds = new Map<string, number>();
  for (const { dir, m } of wire.lines) {
    const kind = kindIn.exec(m)?.[1];
    if (dir === 'in' && kind) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const refused = wire.lines.filter(({ dir, m }) => dir === 'in' && /"status":[45]\d\d/.test(m));
  return [
    {
      what: 'book',
      said: `${status.book.state}, ${counters.diffs} diffs, ${digests} digests taken`,
      isGood: status.book.state === 'live',
    },
    {
      what: 'proof',
      said: `${status.book.proof}; checksums ${counters.checksums} right, ${counters.checksumFailures} wrong`,
      isGood: status.book.proof !== 'unverified' && counters.checksumFailures === 0,
    },
    { what: 'gaps, resyncs', said: `${counters.gaps}, ${counters.resyncs}`, isGood: counters.gaps === 0 },
    { what: 'refused messages', said: String(counters.rejected), isGood: counters.rejected === 0 },
    {
      what: 'best price agrees',
      said: `${counters.quotesAgreed} of ${counters.quotesCompared}`,
      isGood: counters.quotesAgreed >= counters.quotesCompared * 0.99,
    },
    { what: 'levels off the step', said: String(counters.offGrid), isGood: true },
    { what: 'trades, missing', said: `${trades.received}, ${trades.missing}`, isGood: trades.missing === 0 },
    {
      what: 'finished candles that differ',
      said: String(counters.candleDifferences),
      isGood: counters.candleDifferences === 0,
    },
    {
      what: 'streams that spoke',
      said: [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', '),
      isGood: kinds.size > 0,
    },
    {
      what: 'requests refused on the socket',
      said: refused.map(({ m }) => m.slice(0, 120)).join(' ') || 'none',
      isGood: refused.length === 0,
    },
    {
      what: 'web server allows pages',
      said: wire.cors.map(({ url, allowed }) => `${new URL(url).host}: ${allowed}`).join(', ') || 'not asked',
      isGood: true,
    },
  ];
}

async function check(
  venueId: LiveVenue,
  symbol: string,
  seconds: number,
  endpoint: string | undefined,
  out: string,
): Promise<boolean> {
  const wire = new RecordingWire();
  const clock = workerClock();
  const id: InstrumentId = `${venueId}:${symbol}`;
  let latest: InstrumentFrame | undefined;
  let digests = 0;
  const feed = new Feed({
    clock,
    chance: Math.random,
    transport: () => wire,
    post: (reply: Reply) => {
      if (reply.kind === 'digest') digests++;
      if (reply.kind !== 'frame') return;
      for (const part of reply.instruments) if (part.id === id) latest = { ...latest, ...part };
      clock.schedule(16, () =>
        feed.handle({ kind: 'credit', credit: { frameAt: clock.now() + 16, intervalMs: 16, idle: false } }),
      );
    },
    digest: async (text) => createHash('sha256').update(text).digest('hex'),
    buildId: 'live',
  });
  feed.handle({
    kind: 'start',
    version: PROTOCOL_VERSION,
    buildId: 'live',
    endpoints: endpoint === undefined ? [] : [{ venue: venueId, host: endpoint }],
    extraHosts: [],
    demo: { seed: 1, rate: 200, start: null },
    wanted: [
      {
        instrument: id,
        book: { best: 50, priceDecimals: 0, step: 0, window: null },
        trades: true,
        candles: ['1m'],
        ticker: true,
      },
    ],
    credit: { frameAt: clock.now() + 16, intervalMs: 16, idle: true },
    visible: true,
    online: true,
  });
  console.log(`\n${id}: listening for ${seconds} s …`);
  await new Promise<void>((done) => {
    clock.schedule(seconds * 500, () => feed.handle({ kind: 'digest', id: 1, instrument: id }));
    clock.schedule(seconds * 1000, done);
  });
  const list = findings(latest, wire, digests, EXPECTATIONS[venueId].kind);
  feed.dispose();
  for (const { what, said, isGood } of list) console.log(`${isGood ? 'ok ' : '!! '} ${what.padEnd(32)} ${said}`);
  console.log('    not confirmed by anybody yet, to be seen in what was recorded:');
  for (const item of EXPECTATIONS[venueId].unconfirmed) console.log(`      - ${item}`);
  if (wire.lines.length === 0) return false;
  const date = new Date().toISOString().slice(0, 10);
  const file = join(out, `${venueId}-${symbol.replace(/[^\w-]/g, '_')}-${date}.jsonl.gz`);
  writeCapture(file, { venue: venueId, instruments: [symbol], date, why: 'recorded by npm run live' }, wire.lines);
  console.log(`    written to ${file}`);
  return list.every(({ isGood }) => isGood);
}

async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      symbol: { type: 'string' },
      seconds: { type: 'string' },
      endpoint: { type: 'string' },
      out: { type: 'string' },
    },
  });
  if (positionals.length === 0) throw new Error(USAGE);
  const seconds = Number(values.seconds ?? 60);
  if (!(seconds >= 5)) throw new Error('--seconds takes a number of at least 5.');
  const out = values.out ?? process.env.INIT_CWD ?? process.cwd();
  let isGood = true;
  for (const name of positionals) {
    if (!isVenueId(name) || name === 'demo') throw new Error(`${name} is not a venue with an adapter.`);
    const symbol = values.symbol ?? EXPECTATIONS[name].symbol;
    isGood = (await check(name, symbol, seconds, values.endpoint, out)) && isGood;
  }
  return isGood;
}

run().then(
  (isGood) => process.exit(isGood ? 0 : 1),
  (failure: unknown) => {
    console.error(failure instanceof Error ? failure.message : String(failure));
    process.exit(1);
  },
);
