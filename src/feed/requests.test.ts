import { describe, expect, it } from 'vitest';
import { ManualClock } from './clock.ts';
import { Requests } from './requests.ts';
import { advance, drain, type ScriptedAnswer, ScriptedTransport } from './testing/scripted-transport.ts';
import type { HttpAnswer } from './transport.ts';
import { binance } from './venues/binance.ts';
import type { Venue, VenueRequest } from './venues/venue.ts';

const START = 1_700_000_000_000;
const venue = binance();
const ping = venue.snapshotRequest('BTCUSDT', 5)!;
const body = (text: string): ScriptedAnswer => ({ delayMs: 5, result: text });

function desk(
  answer: () => ScriptedAnswer,
  http: (url: string) => HttpAnswer = () => ({ reached: false, detail: 'no' }),
) {
  const clock = new ManualClock(START);
  const urls: string[] = [];
  const transport = new ScriptedTransport(clock, answer, (url) => {
    urls.push(url);
    return http(url);
  });
  const readResponse = (text: string): { id: string; status: number } => {
    const { id, status } = JSON.parse(text) as { id: string; status: number };
    return { id, status };
  };
  const requests = new Requests(
    venue,
    ['wss://ws-api.example/ws-api/v3'],
    ['https://one', 'https://two'],
    transport,
    clock,
    () => undefined,
    readResponse,
  );
  const settle = async <T>(promise: Promise<T>, ms = 30_000): Promise<T> => {
    await advance(clock, ms, 50);
    return promise;
  };
  return { clock, transport, requests, urls, settle };
}

describe('asking a venue', () => {
  it('goes over the request socket and not over HTTP when that answers', async () => {
    const { requests, urls, settle } = desk(() => body('{"lastUpdateId":1}'));
    const answer = await settle(requests.ask(ping), 100);
    expect(answer.ok && answer.value).toContain('"lastUpdateId":1');
    expect(urls).toEqual([]);
  });

  it('falls back to one HTTP address after the other when the socket cannot be had', async () => {
    const { transport, requests, urls, settle } = desk(
      () => null,
      (url) =>
        url.startsWith('https://two')
          ? { reached: true, status: 200, text: '{}', retryAfterMs: 0 }
          : { reached: false, detail: 'no' },
    );
    transport.hasRequestSocket = false;
    const answer = await settle(requests.ask(ping), 100);
    expect(answer).toEqual({ ok: true, value: '{}' });
    expect(urls).toEqual([`https://one${ping.path}`, `https://two${ping.path}`]);
  });

  it('gives a silent socket up after five seconds and does not wait for it the next time', async () => {
    const { clock, requests, settle } = desk(
      () => null,
      () => ({ reached: true, status: 200, text: '{}', retryAfterMs: 0 }),
    );
    const first = requests.ask(ping);
    let isDone = false;
    void first.then(() => {
      isDone = true;
    });
    await advance(clock, 4_900, 50);
    expect(isDone).toBe(false);
    await settle(first, 200);
    const again = requests.ask(ping);
    await drain();
    expect((await again).ok).toBe(true);
  });

  it('always ends, with a reason when nobody answers', async () => {
    const { requests, settle } = desk(() => null);
    const answer = await settle(requests.ask(ping));
    expect(answer.ok).toBe(false);
    if (!answer.ok) expect(answer.error.kind).toBe('unreachable');
  });

  it('asks over HTTP from then on when only HTTP knows a method', async () => {
    const { transport, requests, settle } = desk(
      () => ({ delayMs: 1, status: 400, error: '{"code":-1000,"msg":"unknown method"}' }),
      () => ({ reached: true, status: 200, text: '{}', retryAfterMs: 0 }),
    );
    expect((await settle(requests.ask(ping), 100)).ok).toBe(true);
    expect((await settle(requests.ask(ping), 100)).ok).toBe(true);
    expect(transport.asked.length).toBe(1);
  });

  it('[F9] obeys a ban for as long as the venue says, and asks nothing meanwhile', async () => {
    const { clock, requests, urls, settle, transport } = desk(
      () => null,
      () => ({ reached: true, status: 418, text: '{"code":-1003,"msg":"banned"}', retryAfterMs: 118_000 }),
    );
    transport.hasRequestSocket = false;
    const answer = await settle(requests.ask(ping), 100);
    expect(answer).toMatchObject({ ok: false, error: { kind: 'rate-limited', retryAfterMs: 118_000 } });
    expect(requests.bannedUntil).toBeGreaterThan(START + 118_000);
    const asked = urls.length;
    await advance(clock, 60_000, 1_000);
    const refused = await requests.ask(ping);
    expect(refused.ok).toBe(false);
    if (!refused.ok) expect(refused.error.retryAfterMs).toBeLessThanOrEqual(58_000);
    expect(urls.length).toBe(asked);
    await advance(clock, 60_000, 1_000);
    await settle(requests.ask(ping), 100);
    expect(urls.length).toBeGreaterThan(asked);
  });

  it('[F9] waits two minutes when a ban names no time', async () => {
    const { requests, settle } = desk(() => ({ delayMs: 1, status: 429, error: '{"code":-1003,"msg":"too many"}' }));
    const answer = await settle(requests.ask(ping), 100);
    expect(answer).toMatchObject({ ok: false, error: { kind: 'rate-limited', retryAfterMs: 120_000 } });
  });

  it('[F9] spends no more weight in a minute than its budget', async () => {
    const { clock, transport, requests } = desk(() => body('{"lastUpdateId":1}'));
    const heavy = venue.snapshotRequest('BTCUSDT', 5000)!;
    for (let i = 0; i < 50; i++) {
      void requests.ask(heavy);
      await advance(clock, 1_000, 100);
    }
    expect(transport.asked.length * heavy.weight).toBeLessThanOrEqual(2_000);
    const refused = await requests.ask(heavy);
    expect(refused).toMatchObject({ ok: false, error: { kind: 'rate-limited' } });
    await advance(clock, 60_000, 1_000);
    void requests.ask(heavy);
    await advance(clock, 100);
    expect(transport.asked.length).toBe(9);
  });

  it('[F12] answers nothing of a former life', async () => {
    const { clock, requests, settle } = desk(() => body('{"lastUpdateId":1}'));
    const asked = requests.ask(ping);
    await advance(clock, 2, 1);
    requests.reset();
    expect(await settle(asked, 100)).toMatchObject({ ok: false, error: { kind: 'connection-lost' } });
  });

  it('[F57] does not believe its socket after a sleep', async () => {
    const { transport, requests, settle } = desk(() => body('{"lastUpdateId":1}'));
    await settle(requests.ask(ping), 100);
    requests.renew();
    expect((await settle(requests.ask(ping), 100)).ok).toBe(true);
    expect(transport.asked.length).toBe(2);
  });

  it('closes a socket that nobody used for two minutes', async () => {
    const { clock, requests, settle, transport } = desk(() => body('{"lastUpdateId":1}'));
    await settle(requests.ask(ping), 100);
    await advance(clock, 121_000, 1_000);
    transport.hasRequestSocket = false;
    const answer = await settle(requests.ask(ping), 1_000);
    expect(answer.ok).toBe(false);
  });
});

describe('asking a venue that is asked over its streams', () => {
  const question: VenueRequest = {
    method: 'subscribe',
    params: {},
    path: '/list',
    answerKey: 'instrument',
    after: 'no more of it',
    weight: 1,
  };
  const asking: Venue = {
    ...venue,
    requestText: ({ method }, id) => (method === 'subscribe' ? 'tell me' : `ask ${id}`),
    responseBody: (text, status) =>
      status === 200 ? { body: text } : { kind: 'snapshot-failed', detail: text, retryAfterMs: 0 },
  };

  function carried(isOpen: () => boolean = () => true) {
    const clock = new ManualClock(START);
    const said: string[] = [];
    const posts: (string | undefined)[] = [];
    const transport = new ScriptedTransport(clock, () => null);
    transport.request = (url: string, _timeoutMs?: number, body?: string): Promise<HttpAnswer> => {
      posts.push(body);
      return Promise.resolve({ reached: true, status: 200, text: `over http ${url}`, retryAfterMs: 0 });
    };
    const carrier = {
      send: (text: string): Promise<boolean> => {
        if (isOpen()) said.push(text);
        return Promise.resolve(isOpen());
      },
    };
    const requests = new Requests(
      asking,
      [],
      ['https://one'],
      transport,
      clock,
      () => undefined,
      () => null,
      carrier,
    );
    return { clock, requests, said, posts };
  }

  it('takes the answer under the key that the venue answers by, and then ends what it began', async () => {
    const { requests, said, posts } = carried();
    const asked = requests.ask(question);
    await drain();
    expect(said).toEqual(['tell me']);
    requests.answered('instrument', 200, 'the list');
    expect(await asked).toEqual({ ok: true, value: 'the list' });
    expect(said).toEqual(['tell me', 'no more of it']);
    expect(posts).toEqual([]);
  });

  it('answers everybody who asked for the same with one answer', async () => {
    const { requests, said } = carried();
    const asked = [requests.askOnce(question), requests.askOnce(question), requests.ask(question)];
    await drain();
    expect(said).toEqual(['tell me']);
    requests.answered('instrument', 200, 'the list');
    expect((await Promise.all(asked)).map((answer) => answer.ok)).toEqual([true, true, true]);
  });

  it('asks over HTTP when no stream socket is open', async () => {
    const { requests, said, posts } = carried(() => false);
    expect(await requests.ask(question)).toEqual({ ok: true, value: 'over http https://one/list' });
    expect([said, posts]).toEqual([[], [undefined]]);
  });

  it('asks over HTTP when the socket has not answered in five seconds, and heeds no later answer', async () => {
    const { clock, requests } = carried();
    const asked = requests.ask(question);
    await advance(clock, 5_100, 100);
    expect(await asked).toEqual({ ok: true, value: 'over http https://one/list' });
    requests.answered('instrument', 200, 'late');
    const again = requests.ask(question);
    await drain();
    requests.answered('instrument', 200, 'in time');
    expect(await again).toEqual({ ok: true, value: 'in time' });
  });

  it('ends what it began also when no answer came in time', async () => {
    const { clock, requests, said } = carried();
    const asked = requests.ask(question);
    await advance(clock, 5_100, 100);
    await asked;
    expect(said).toEqual(['tell me', 'no more of it']);
  });

  it('waits no longer for a stream socket that does not open, and says nothing over it later', async () => {
    const clock = new ManualClock(START);
    const transport = new ScriptedTransport(clock, () => null);
    transport.request = () => Promise.resolve({ reached: true, status: 200, text: 'over http', retryAfterMs: 0 });
    const opened: (() => void)[] = [];
    const said: string[] = [];
    const carrier = {
      send: async (text: string, isWanted: () => boolean): Promise<boolean> => {
        await new Promise<void>((open) => opened.push(open));
        if (isWanted()) said.push(text);
        return isWanted();
      },
    };
    const nobody = (): void => undefined;
    const requests = new Requests(asking, [], ['https://one'], transport, clock, nobody, () => null, carrier);
    let answer: unknown = null;
    void requests.ask(question).then((given) => {
      answer = given;
    });
    await advance(clock, 5_100, 100);
    expect(answer).toEqual({ ok: true, value: 'over http' });
    for (const open of opened) open();
    await drain();
    expect(said).toEqual([]);
  });

  it('opens no socket of its own after it was closed', async () => {
    const clock = new ManualClock(START);
    const transport = new ScriptedTransport(clock, () => null);
    const connects: string[] = [];
    transport.connect = (url) => {
      connects.push(url);
      return { send: () => undefined, close: () => undefined };
    };
    const carrier = { send: (): Promise<boolean> => Promise.resolve(false) };
    const nobody = (): void => undefined;
    const requests = new Requests(asking, ['wss://one'], [], transport, clock, nobody, () => null, carrier);
    const asked = requests.ask(question);
    requests.dispose();
    expect((await asked).ok).toBe(false);
    expect(connects).toEqual([]);
  });

  it('gives every question without a key a number of its own', async () => {
    const { requests, said } = carried();
    const plain = { ...question, method: 'other', answerKey: undefined, after: undefined } as unknown as VenueRequest;
    const both = [requests.ask(plain), requests.ask(plain)];
    await drain();
    const [first, second] = said.map((text) => text.replace('ask ', ''));
    expect(first).not.toBe(second);
    requests.answered(second, 200, 'two');
    requests.answered(first, 200, 'one');
    expect(await Promise.all(both)).toEqual([
      { ok: true, value: 'one' },
      { ok: true, value: 'two' },
    ]);
  });

  it('posts what has a body, and gets what has none', async () => {
    const { requests, posts } = carried(() => false);
    await requests.ask({ ...question, body: '{"type":"meta"}' });
    await requests.ask(question);
    expect(posts).toEqual(['{"type":"meta"}', undefined]);
  });

  it('has nothing to fall back to where a question has no path', async () => {
    const { requests, posts } = carried(() => false);
    expect(await requests.ask({ ...question, path: '' })).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    expect(posts).toEqual([]);
  });
});
