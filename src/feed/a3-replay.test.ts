import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { replay } from './replay-harness.ts';

it('okx replay', async () => {
  const lines = gunzipSync(readFileSync('../shared/captures/okx-v5-3inst-20220513.jsonl.gz'))
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((l) => JSON.parse(l));
  const expected = JSON.parse(readFileSync('../shared/captures/expected/okx-v5-3inst-20220513.json', 'utf8'));
  const symbols = Object.keys(expected.books);
  const hits: any[] = [];
  const { replies, feed } = await replay({
    venue: 'okx',
    lines,
    frameMs: 16,
    wanted: symbols.map((s) => ({
      instrument: `okx:${s}` as any,
      book: { best: 50, priceDecimals: 0, step: 0, window: null },
      trades: true,
      candles: ['1m' as const],
      ticker: true,
    })) as any,
    afterLine: (index, f) => {
      for (const s of symbols)
        for (const p of expected.books[s].checkpoints)
          if (p.after_line === index) {
            const d = f.digestOf(`okx:${s}` as any);
            hits.push([
              s,
              index,
              createHash('sha256')
                .update(d?.text ?? '')
                .digest('hex') === p.book_sha256,
              d?.sequence,
            ]);
          }
    },
  });
  console.log(JSON.stringify(hits));
  const last: any = {};
  const states: any = {};
  for (const r of replies as any[])
    if (r.kind === 'frame')
      for (const p of r.instruments) {
        last[p.id] = { ...last[p.id], ...p };
        if (p.status)
          (states[p.id] ??= []).push(
            JSON.stringify(
              Object.fromEntries(
                Object.entries(p.status).map(([k, v]: any) => [
                  k,
                  v && typeof v === 'object' ? [v.state, v.proof, v.fault?.kind, v.fault?.detail] : v,
                ]),
              ),
            ),
          );
      }
  for (const s of symbols) {
    const f = last[`okx:${s}`];
    console.log(s, Object.keys(f).join(','));
    console.log(
      JSON.stringify({
        info: f.info,
        counters: f.counters,
        trades: f.trades,
        ticker: f.ticker,
        proof: f.book?.proof,
        checksum: f.book?.checksum,
        lv: [f.book?.bidLevels, f.book?.askLevels],
        faults: f.faults,
        gaps: f.gaps,
      }),
    );
    console.log([...new Set(states[`okx:${s}`] ?? [])].slice(0, 12).join('\n'));
    const d = feed.digestOf(`okx:${s}` as any);
    console.log(
      'final',
      createHash('sha256')
        .update(d?.text ?? '')
        .digest('hex') === expected.books[s].book_sha256,
    );
  }
  console.log(
    [...new Set((replies as any[]).map((r) => r.kind))],
    JSON.stringify((replies as any[]).filter((r) => r.kind !== 'frame').slice(0, 6)).slice(0, 1500),
  );
});

it('bybit replay', async () => {
  const t0 = 1_780_000_000_000;
  const lines: any[] = [];
  const inn = (ms: number, m: unknown) => lines.push({ t: (t0 + ms) * 1000, c: 0, dir: 'in', m: JSON.stringify(m) });
  let u = 500;
  const bids = new Map<number, number>();
  const asks = new Map<number, number>();
  for (let i = 0; i < 200; i++) {
    bids.set(10000 - i, 1 + i);
    asks.set(10001 + i, 2 + i);
  }
  const px = (n: number) => (n / 10).toFixed(2);
  const sz = (n: number) => (n / 1000).toString();
  const snap = (ms: number) =>
    inn(ms, {
      topic: 'orderbook.200.BTCUSDT',
      type: 'snapshot',
      ts: t0 + ms,
      data: {
        s: 'BTCUSDT',
        b: [...bids].map(([p, q]) => [px(p), sz(q)]),
        a: [...asks].map(([p, q]) => [px(p), sz(q)]),
        u,
        seq: u * 7,
      },
      cts: t0 + ms - 1,
    });
  const top = (ms: number) => {
    const b = Math.max(...bids.keys());
    const a = Math.min(...asks.keys());
    inn(ms, {
      topic: 'orderbook.1.BTCUSDT',
      type: 'snapshot',
      ts: t0 + ms,
      data: { s: 'BTCUSDT', b: [[px(b), sz(bids.get(b)!)]], a: [[px(a), sz(asks.get(a)!)]], u: 9, seq: u * 7 },
      cts: t0 + ms,
    });
  };
  snap(0);
  inn(5, {
    topic: 'tickers.BTCUSDT',
    type: 'snapshot',
    data: {
      symbol: 'BTCUSDT',
      lastPrice: '1000',
      prevPrice24h: '900',
      highPrice24h: '1001',
      lowPrice24h: '890',
      volume24h: '12.5',
      turnover24h: '12500',
      price24hPcnt: '0.1111',
      markPrice: '1000.123',
      fundingRate: '0.0001',
      nextFundingTime: String(t0 + 3600000),
    },
    cs: 1,
    ts: t0 + 5,
  });
  for (let k = 1; k <= 300; k++) {
    const ms = 100 * k;
    if (k === 100) {
      u = 1;
      snap(ms);
      continue;
    }
    u++;
    const p = 10000 - (k % 50);
    const q = ((k * 37) % 900) + 1;
    bids.set(p, q);
    if (k === 200) {
      u++;
    }
    if (k === 260) snap(ms - 1);
    inn(ms, {
      topic: 'orderbook.200.BTCUSDT',
      type: 'delta',
      ts: t0 + ms,
      data: { s: 'BTCUSDT', b: [[px(p), sz(q)]], a: [], u, seq: u * 7 },
      cts: t0 + ms,
    });
    if (k === 205) {
      snap(ms + 1);
    }
    top(ms + 3);
    if (k % 7 === 0)
      inn(ms + 4, {
        topic: 'publicTrade.BTCUSDT',
        type: 'snapshot',
        ts: t0 + ms,
        data: [
          {
            T: t0 + ms - 2,
            s: 'BTCUSDT',
            S: k % 2 ? 'Buy' : 'Sell',
            v: '0.5',
            p: '1000.1',
            L: 'PlusTick',
            i: `uuid-${k}`,
            BT: false,
            RPI: false,
            seq: k,
          },
        ],
      });
  }
  const { replies, feed } = await replay({
    venue: 'bybit-linear',
    lines,
    frameMs: 16,
    wanted: [
      {
        instrument: 'bybit-linear:BTCUSDT' as any,
        book: { best: 50, priceDecimals: 0, step: 0, window: null },
        trades: true,
        candles: ['1m' as const],
        ticker: true,
      },
    ] as any,
  });
  let last: any = {};
  const states: string[] = [];
  for (const r of replies as any[])
    if (r.kind === 'frame')
      for (const p of r.instruments) {
        last = { ...last, ...p };
        if (p.status)
          states.push(
            JSON.stringify(
              Object.fromEntries(
                Object.entries(p.status).map(([k, v]: any) => [
                  k,
                  v && typeof v === 'object' ? [v.state, v.proof, v.fault?.kind, v.fault?.detail] : v,
                ]),
              ),
            ),
          );
      }
  console.log(
    [...new Set(states.map((x) => x.replace(/"(lag|age|provenAt|lastAt|lastEventAt|offset)":[^,}]+,?/g, '')))]
      .slice(0, 20)
      .join('\n')
      .slice(0, 5000),
  );
  console.log(
    JSON.stringify({
      counters: last.counters,
      trades: last.trades,
      ticker: last.ticker,
      seq: feed.digestOf('bybit-linear:BTCUSDT' as any)?.sequence,
      lv: [last.book?.bidLevels, last.book?.askLevels],
    }),
  );
});
