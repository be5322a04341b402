import { describe, expect, test } from 'vitest';
import { type Capture, readCapture } from '../capture-file';
import type { VenueOptions } from './start-venue';
import { Listener, shipped, until, withVenue } from './testing/harness';
import { NaiveClient } from './testing/naive-client';

const SPOT = shipped('binance-spot.jsonl.gz');
const FUTURES = shipped('binance-usdm.jsonl.gz');

/** Ids of all diffs of a capture's symbol, in order. */
function diffs(file: string, symbol: string): number[] {
  return readCapture(file)
    .lines.filter(({ m }) => m.includes(`"stream":"${symbol.toLowerCase()}@depth`))
    .map(({ m }) => Number(/"u":(\d+)/.exec(m)?.[1]));
}

async function play(options: Partial<VenueOptions>, futures = false): Promise<NaiveClient & { truth: string }> {
  const files = options.files ?? [futures ? FUTURES : SPOT];
  let result: (NaiveClient & { truth: string }) | null = null;
  await withVenue({ speed: 'max', clock: 'recorded', ...options, files }, async (venue) => {
    const client = new NaiveClient(venue.url(), 'BTCUSDT', futures);
    client.keep = true;
    await client.open();
    await venue.ended();
    const { sequence, sha256 } = venue.truth('BTCUSDT');
    await until('the client has caught up', () => String(client.sequence) === sequence);
    client.close();
    result = Object.assign(client, { truth: sha256 });
  });
  if (result === null) throw new Error('nothing was played');
  return result;
}

describe.each([
  ['spot', SPOT, false],
  ['futures', FUTURES, true],
] as const)('on %s', (_, file, futures) => {
  const ids = diffs(file, 'BTCUSDT');
  const id = ids[60];

  test('drop loses exactly the diff named: one gap, and the book is right again', async () => {
    const client = await play({ chaos: `drop@u=${id}` }, futures);
    expect(client.messages.filter(({ e, u }) => e === 'depthUpdate' && u === id)).toHaveLength(0);
    expect(client.gaps).toBe(1);
    expect(client.digest()).toBe(client.truth);
  });

  test('drop:3 loses three in a row: still one gap', async () => {
    const client = await play({ chaos: `drop@u=${id}:3` }, futures);
    expect(client.gaps).toBe(1);
    expect(client.digest()).toBe(client.truth);
  });

  test('dup sends it twice: no gap', async () => {
    const clean = await play({}, futures);
    const client = await play({ chaos: `dup@u=${id}` }, futures);
    expect(client.messages.filter(({ e, u }) => e === 'depthUpdate' && u === id)).toHaveLength(2);
    expect([client.gaps, client.duplicates]).toEqual([0, clean.duplicates + 1]);
    expect(client.digest()).toBe(client.truth);
  });

  test('swap sends it after its successor: one gap', async () => {
    const client = await play({ chaos: `swap@u=${id}` }, futures);
    const order = client.messages.filter(({ e }) => e === 'depthUpdate').map(({ u }) => Number(u));
    expect(order.indexOf(id)).toBe(order.indexOf(ids[61]) + 1);
    expect(client.gaps).toBe(1);
    expect(client.digest()).toBe(client.truth);
  });

  test('cross puts a crossed book on the wire and heals it, without a gap', async () => {
    await withVenue({ files: [file], speed: 'max', clock: 'recorded', chaos: `hold@u=${id}` }, async (venue) => {
      const client = new NaiveClient(venue.url(), 'BTCUSDT', futures);
      await client.open();
      await until('held', () => venue.state() === 'held' && client.sequence === id);
      venue.chaos('cross:BTCUSDT/30ms');
      const crossed = venue.truth('BTCUSDT');
      expect(Number(crossed.bids[0][0])).toBeGreaterThan(Number(crossed.asks[0][0]));
      await until('the client holds it', () => String(client.sequence) === crossed.sequence);
      expect(client.digest()).toBe(crossed.sha256);
      await until(
        'healed',
        () => Number(venue.truth('BTCUSDT').bids[0][0]) < Number(venue.truth('BTCUSDT').asks[0][0]),
      );
      venue.resume();
      await venue.ended();
      const end = venue.truth('BTCUSDT');
      await until('at the end', () => String(client.sequence) === end.sequence);
      expect([client.gaps, client.tickerMismatches]).toEqual([0, 0]);
      expect(client.digest()).toBe(end.sha256);
      client.close();
    });
  });

  test('tick-change refines the declared tick and sends a level on it', async () => {
    await withVenue({ files: [file], speed: 'max', clock: 'recorded', chaos: `hold@u=${id}` }, async (venue) => {
      const client = new NaiveClient(venue.url(), 'BTCUSDT', futures);
      await client.open();
      await until('held', () => venue.state() === 'held' && client.sequence === id);
      const decimals = (): Promise<string> => tickOf(venue.url(), futures);
      const before = await decimals();
      venue.chaos('tick-change:30ms');
      const fine = venue.truth('BTCUSDT').bids[1][0];
      expect(await decimals()).toBe(before.replace(/1/, '01').replace(/(\.\d{8})0$/, '$1'));
      expect(fine.split('.')[1]?.length).toBe(futures ? 2 : 3);
      const { sequence } = venue.truth('BTCUSDT');
      await until('the client holds it', () => String(client.sequence) === sequence);
      expect([client.gaps, client.bids.has(fine)]).toEqual([0, true]);
      client.close();
    });
  });
});

async function tickOf(url: string, futures: boolean): Promise<string> {
  const body = (await (await fetch(`${url}${futures ? '/fapi/v1' : '/api/v3'}/exchangeInfo`)).json()) as {
    symbols: { filters: { filterType: string; tickSize: string }[] }[];
  };
  return body.symbols[0].filters[0].tickSize;
}

describe('faults of the socket', () => {
  const running = { files: [SPOT], speed: 20, snapshotWaitMs: 0 } as const;

  test.each([1000, 1001, 1008, 1011, 1012, 4000])('close:%i closes with that code', async (code) => {
    await withVenue(running, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      venue.chaos(`close:${code}`);
      await until('closed', () => client.closedWith !== null);
      expect(client.closedWith).toBe(code);
    });
  });

  test('reset tears the connection down without a closing handshake', async () => {
    await withVenue(running, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      venue.chaos('reset');
      await until('closed', () => client.closedWith !== null);
      expect(client.closedWith).toBe(1006);
      expect(venue.clients()).toEqual([]);
    });
  });

  test('refuse closes the port for that long and opens it again', async () => {
    await withVenue(running, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      venue.chaos('refuse:300ms');
      await until('closed', () => client.closedWith !== null);
      await expect(fetch(`${venue.url()}/api/v3/ping`)).rejects.toThrow();
      let open = false;
      const knock = async (): Promise<void> => {
        open = await fetch(`${venue.url()}/api/v3/ping`).then(
          (answer) => answer.ok,
          () => false,
        );
        if (!open) setTimeout(() => void knock(), 20);
      };
      void knock();
      await until('it is open again', () => open);
    });
  });

  test('silence loses what the market says and keeps answers for its end', async () => {
    await withVenue(running, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth/btcusdt@bookTicker`);
      await until('it speaks', () => client.heard.length > 20);
      venue.chaos('silence:400ms');
      const [began, before] = [performance.now(), venue.truth('BTCUSDT').sequence];
      const answer = await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 9 });
      expect(performance.now() - began).toBeGreaterThan(350);
      expect(answer.id).toBe(9);
      const [diffs, then] = [
        client.messages().filter(({ e }) => e === 'depthUpdate').length,
        venue.truth('BTCUSDT').sequence,
      ];
      expect(Number(then)).toBeGreaterThan(Number(before));
      const heard = (): Record<string, unknown>[] => client.messages().filter(({ e }) => e === 'depthUpdate');
      await until('it speaks again', () => heard().length > diffs + 1);
      const holes = heard().filter(({ U }, index) => index > 0 && Number(U) !== Number(heard()[index - 1].u) + 1);
      expect(holes).toHaveLength(1);
      expect(client.closedWith).toBeNull();
      client.close();
    });
  });

  test('mute quietens one stream whatever its speed suffix, and an empty name lets it speak again', async () => {
    await withVenue(running, async (venue) => {
      const client = await Listener.open(`${venue.url()}/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker`);
      await until('both speak', () => count(client, 'depth') > 0 && count(client, 'bookTicker') > 0);
      venue.chaos('mute:btcusdt@depth');
      const depth = count(client, 'depth');
      const others = count(client, 'bookTicker');
      await until('the other goes on', () => count(client, 'bookTicker') > others + 10);
      expect(count(client, 'depth')).toBeLessThanOrEqual(depth + 1);
      venue.chaos('mute:');
      const still = count(client, 'depth');
      await until('it speaks again', () => count(client, 'depth') > still);
      client.close();
    });
  });

  test('garbage sends one of each kind, and a right client is not led astray', async () => {
    await withVenue({ ...running, snapshotWaitMs: 3_000 }, async (venue) => {
      const client = new NaiveClient(venue.url(), 'BTCUSDT', false);
      client.keep = true;
      await client.open();
      await until('it runs', () => client.received > 10);
      venue.chaos('garbage');
      await until('the garbage is there', () => client.texts.includes('not a message'));
      await until('the longest too', () => client.texts.some((text) => text.length > 1 << 20));
      const at = client.sequence;
      await until('it goes on', () => client.sequence > at);
      expect(client.gaps).toBe(0);
      client.close();
    });
  });

  test('garbage:2 mutilates two diffs', async () => {
    await withVenue(running, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      await until('it runs', () => client.heard.length > 2);
      venue.chaos('garbage:2');
      const right =
        /^\{"e":"depthUpdate","E":\d+,"s":"BTCUSDT","U":\d+,"u":\d+,"b":\[(\["[\d.]+","[\d.]+"\],?)*\],"a":\[(\["[\d.]+","[\d.]+"\],?)*\]\}$/;
      const wrong = (): number => client.heard.filter((text) => !right.test(text)).length;
      await until('two are wrong', () => wrong() === 2);
      const heard = client.heard.length;
      await until('it goes on', () => client.heard.length > heard + 3);
      expect(wrong()).toBe(2);
      client.close();
    });
  });

  test('delay puts everything later by that much, in order', async () => {
    await withVenue(running, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      venue.chaos('delay:200ms');
      const began = performance.now();
      await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
      expect(performance.now() - began).toBeGreaterThan(190);
      await until('diffs come', () => client.heard.length > 20);
      const ids = client
        .messages()
        .filter(({ e }) => e === 'depthUpdate')
        .map(({ U }) => Number(U));
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
      client.close();
    });
  });

  test('flood plays ten times faster while times stay now', async () => {
    await withVenue({ files: [SPOT], speed: 1, snapshotWaitMs: 0 }, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth/btcusdt@bookTicker/btcusdt@trade`);
      venue.chaos('flood@0s:40/2s');
      await until('the recording is nearly through', () => client.heard.length > 400);
      const times = client
        .messages()
        .filter(({ E }) => E !== undefined)
        .map(({ E }) => Number(E));
      expect(Math.abs(times[times.length - 1] - Date.now())).toBeLessThan(500);
      client.close();
    });
  });

  test('hold stops the market and resume goes on in the present', async () => {
    await withVenue({ files: [SPOT], speed: 10, snapshotWaitMs: 0 }, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      await until('it runs', () => client.heard.length > 3);
      venue.chaos('hold');
      const { sequence } = venue.truth('BTCUSDT');
      expect(venue.state()).toBe('held');
      const answer = await fetch(`${venue.url()}/api/v3/depth?symbol=BTCUSDT`);
      expect(((await answer.json()) as { lastUpdateId: number }).lastUpdateId).toBe(Number(sequence));
      await fetch(`${venue.url()}/resume`, { method: 'POST' });
      expect(venue.state()).toBe('running');
      await until('it goes on', () => venue.truth('BTCUSDT').sequence !== sequence);
      client.close();
    });
  });
});

describe('a hold before the start', () => {
  test('lets nothing out until it is resumed', async () => {
    await withVenue({ files: [SPOT], speed: 'max', clock: 'recorded', snapshotWaitMs: 0 }, async (venue) => {
      venue.hold();
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      await until('it stands at the start', () => venue.state() === 'held');
      expect(client.heard).toEqual([]);
      venue.resume();
      await venue.ended();
      client.close();
    });
  });
});

describe('faults of requests', () => {
  const held = { files: [SPOT], speed: 'max', clock: 'recorded' } as const;

  test('stale-snapshot answers with a state older than any diff, then with the true one', async () => {
    await withVenue(held, async (venue) => {
      venue.chaos('stale-snapshot:2');
      const client = new NaiveClient(venue.url(), 'BTCUSDT', false);
      const url = `${venue.url()}/api/v3/depth?symbol=BTCUSDT&limit=5`;
      const first = diffs(SPOT, 'BTCUSDT')[0];
      for (let turn = 0; turn < 2; turn++) {
        expect(((await (await fetch(url)).json()) as { lastUpdateId: number }).lastUpdateId).toBeLessThan(first - 1);
      }
      await client.open();
      await venue.ended();
      await until('the client is there', () => String(client.sequence) === venue.truth('BTCUSDT').sequence);
      expect(client.digest()).toBe(venue.truth('BTCUSDT').sha256);
      client.close();
    });
  });

  test('rest-fail fails so many answers on either route', async () => {
    await withVenue(held, async (venue) => {
      venue.chaos('rest-fail:2');
      const api = await Listener.open(`${venue.url()}/ws-api/v3`);
      expect((await fetch(`${venue.url()}/api/v3/time`)).status).toBe(503);
      expect(await api.ask({ id: 1, method: 'time' })).toMatchObject({ status: 503 });
      expect((await fetch(`${venue.url()}/api/v3/time`)).status).toBe(200);
      api.close();
    });
  });

  test('ban closes sockets, refuses new ones and says until when', async () => {
    await withVenue(held, async (venue) => {
      const client = await Listener.open(`${venue.url()}/ws/btcusdt@depth`);
      venue.chaos('ban:30s');
      await until('closed', () => client.closedWith !== null);
      expect(client.closedWith).toBe(1008);
      await expect(Listener.open(`${venue.url()}/ws`)).rejects.toThrow('refused 418');
      const [first, second] = [await fetch(`${venue.url()}/api/v3/ping`), await fetch(`${venue.url()}/api/v3/ping`)];
      expect([first.status, second.status]).toEqual([429, 418]);
      expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(25);
      const api = await Listener.open(`${venue.url()}/ws-api/v3`);
      expect(await api.ask({ id: 1, method: 'ping' })).toMatchObject({
        status: 418,
        error: { code: -1003 },
      });
      api.close();
    });
  });

  test('latency is half on the way in and half on the way out', async () => {
    await withVenue({ ...held, latencyMs: 200 }, async (venue) => {
      const began = performance.now();
      await fetch(`${venue.url()}/api/v3/ping`);
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(195);
      const client = await Listener.open(`${venue.url()}/ws`);
      const asked = performance.now();
      await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
      expect(performance.now() - asked).toBeGreaterThan(195);
      client.close();
    });
  });
});

describe('a recording that is itself at fault', () => {
  test.each([
    ['gap', 1],
    ['duplicate', 0],
    ['swap', 1],
    ['finer-tick', 0],
    ['crossed', 0],
    ['empty-side', 0],
    ['absent-removal', 0],
    ['wide-size', 0],
  ])('%s is played as it stands: %i gaps, and client and truth agree', async (name, gaps) => {
    const client = await play({ files: [shipped(`binance-${name}.jsonl`)] });
    expect(client.gaps).toBe(gaps);
    expect(client.digest()).toBe(client.truth);
  });

  test('malformed messages go out as recorded and leave the true book alone', async () => {
    const capture = readCapture(shipped('binance-malformed.jsonl'));
    await withVenue({ files: [capture], speed: 'max', clock: 'recorded', snapshotWaitMs: 0 }, async (venue) => {
      const client = await Listener.open(
        `${venue.url()}/stream?streams=btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker`,
      );
      await venue.ended();
      const frames = capture.lines.filter(({ dir }) => dir === 'in').map(({ m }) => m);
      await until('all have come', () => client.heard.length === frames.length);
      expect(client.heard).toEqual(frames);
      expect(venue.truth('BTCUSDT')).toMatchObject({ trades: { count: 0 }, bidLevels: 5, askLevels: 5 });
      client.close();
    });
  });

  test('futures fills that are not market fills are sent, and counted by nobody', async () => {
    await withVenue(
      { files: [shipped('binance-usdm-fills.jsonl')], speed: 'max', clock: 'recorded', snapshotWaitMs: 0 },
      async (venue) => {
        const client = await Listener.open(`${venue.url()}/public/ws/btcusdt@trade`);
        await venue.ended();
        await until('all have come', () => client.heard.length === 4);
        expect(venue.truth('BTCUSDT').trades).toEqual({ count: 2, buyVolume: '0.01', sellVolume: '0.02', lastId: '3' });
        client.close();
      },
    );
  });

  test('without a recorded snapshot the book begins empty, and the notes say so', async () => {
    const whole = readCapture(SPOT);
    const capture: Capture = { ...whole, lines: whole.lines.filter(({ dir }) => dir === 'in') };
    await withVenue({ files: [capture], speed: 'max' }, async (venue) => {
      expect(venue.notes.join('\n')).toContain('no snapshot recorded, so the book begins empty');
      const client = new NaiveClient(venue.url(), 'BTCUSDT', false);
      await client.open();
      await venue.ended();
      await until('caught up', () => String(client.sequence) === venue.truth('BTCUSDT').sequence);
      expect([client.gaps, client.digest()]).toEqual([0, venue.truth('BTCUSDT').sha256]);
      client.close();
    });
  });
});

function count(client: Listener, kind: string): number {
  return client.heard.filter((text) => text.includes(`@${kind}`)).length;
}
