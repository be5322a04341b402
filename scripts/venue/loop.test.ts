import { describe, expect, test } from 'vitest';
import { recorded, shipped, until, withVenue } from './testing/harness';
import { NaiveClient } from './testing/naive-client';

const FILES = [
  ['our spot capture', shipped('binance-spot.jsonl.gz'), 'BTCUSDT', false],
  ['our futures capture', shipped('binance-usdm.jsonl.gz'), 'ETHUSDT', true],
  ['a quiet spot recording', recorded('binance-spot-4sym-20211012.jsonl.gz'), 'RUNEEUR', false],
  ['a busy futures recording', recorded('binance-usdm-4sym-20210722.jsonl.gz'), 'SUSHIUSDT', true],
] as const;

describe('lap after lap', () => {
  for (const [name, file, symbol, futures] of FILES) {
    const why = file === null ? ' (skipped: the real recordings are not on this machine)' : '';
    test.skipIf(file === null)(
      `a client of ${name} sees one market without a gap${why}`,
      { timeout: 20_000 },
      async () => {
        await withVenue({ files: [file ?? ''], speed: 'max', loop: true }, async (venue) => {
          const client = new NaiveClient(venue.url(), symbol, futures);
          client.keep = true;
          await client.open();
          const lap = async (): Promise<number> =>
            ((await (await fetch(`${venue.url()}/truth?symbol=${symbol}`)).json()) as { lap: number }).lap;
          let laps = 0;
          while (laps < 4) laps = await lap();
          venue.hold();
          const truth = venue.truth(symbol);
          await until('the client is there', () => String(client.sequence) === truth.sequence);
          expect(client.digest()).toBe(truth.sha256);
          expect([client.gaps, client.tradeGaps, client.tickerMismatches]).toEqual([0, 0, 0]);
          const times = client.messages.filter(({ e }) => e === 'depthUpdate').map(({ E }) => Number(E));
          expect(times[times.length - 1] - times[0]).toBeGreaterThan(3 * 25_000);
          for (let index = 1; index < times.length; index++)
            expect(times[index]).toBeGreaterThanOrEqual(times[index - 1] - 5);
          client.close();
        });
      },
    );
  }
});
