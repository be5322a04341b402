import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DigestReply } from '@/protocol/reply.ts';
import { Requests } from './requests.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const digest = (id: number): DigestReply => ({
  kind: 'digest',
  id,
  sequence: '7',
  bidLevels: 1,
  askLevels: 2,
  sha256: 'ab',
});

test('a request is settled by the answer that carries its id', async () => {
  const requests = new Requests();
  const ids: number[] = [];
  const first = requests.ask('digest', (id) => ids.push(id));
  const second = requests.ask('digest', (id) => ids.push(id));
  requests.answer(digest(ids[1]));
  requests.answer(digest(ids[0]));
  expect(await first).toMatchObject({ id: ids[0] });
  expect(await second).toMatchObject({ id: ids[1] });
  expect(vi.getTimerCount()).toBe(0);
});

test('an answer that comes twice or that nobody asked for is dropped', async () => {
  const requests = new Requests();
  let sent = 0;
  const asked = requests.ask('digest', (id) => {
    sent = id;
  });
  requests.answer(digest(sent));
  requests.answer(digest(sent));
  requests.answer(digest(99));
  await expect(asked).resolves.toMatchObject({ sha256: 'ab' });
});

test('a request without an answer is refused after twenty seconds', async () => {
  const requests = new Requests();
  const asked = requests.ask('catalogue', () => undefined);
  const refused = expect(asked).rejects.toThrow('20 s');
  vi.advanceTimersByTime(19_999);
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1);
  await refused;
});

test('the end of the worker refuses every request under way', async () => {
  const requests = new Requests();
  const both = [requests.ask('catalogue', () => undefined), requests.ask('digest', () => undefined)];
  const refused = Promise.all(both.map((asked) => expect(asked).rejects.toThrow('restarted')));
  requests.refuseAll('The data engine was restarted.');
  await refused;
  expect(vi.getTimerCount()).toBe(0);
});

test('an answer of the wrong kind refuses the request', async () => {
  const requests = new Requests();
  let sent = 0;
  const asked = requests.ask('catalogue', (id) => {
    sent = id;
  });
  const refused = expect(asked).rejects.toThrow('digest');
  requests.answer(digest(sent));
  await refused;
});
