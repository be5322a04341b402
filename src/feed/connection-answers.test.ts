import { describe, expect, it } from 'vitest';
import { ManualClock, seededChance } from './clock.ts';
import { Line, type LineOwner } from './connection.ts';
import { ScriptedTransport } from './testing/scripted-transport.ts';
import { binance } from './venues/binance.ts';
import type { Venue } from './venues/venue.ts';

const START = 1_700_000_000_000;

function desk(more: Partial<Venue> = {}) {
  const clock = new ManualClock(START);
  const transport = new ScriptedTransport(clock, () => null);
  transport.acknowledges = false;
  const unanswered: (readonly string[])[] = [];
  const owner: LineOwner = {
    onLineOpen: () => undefined,
    onLineText: () => undefined,
    onLineLost: () => undefined,
    onLineStatus: () => undefined,
    onLineUnanswered: (_, names) => unanswered.push(names),
  };
  const venue: Venue = { ...binance(), ...more };
  const line = new Line('/stream', venue, ['wss://a/stream'], transport, clock, seededChance(1), owner);
  const pass = (ms: number): void => clock.advanceTo(clock.now() + ms);
  const asked = (): (readonly string[])[] =>
    transport.said.filter(({ method }) => method === 'SUBSCRIBE').map(({ params }) => params);
  return { transport, line, unanswered, pass, asked };
}

describe('[F5] subscriptions and their answers', () => {
  it('that are answered in time are asked once', () => {
    const { line, unanswered, pass, asked } = desk();
    line.want(['x@trade', 'y@trade']);
    pass(4_900);
    line.answered(['x@trade', 'y@trade']);
    expect(line.awaitsAnswers).toBe(false);
    pass(60_000);
    expect([asked().length, unanswered]).toEqual([1, []]);
  });

  it('are asked again after five seconds, those alone that were not answered', () => {
    const { line, unanswered, pass, asked } = desk();
    line.want(['x@trade', 'y@trade']);
    pass(10);
    line.answered(['y@trade']);
    pass(5_100);
    expect(asked()).toEqual([['x@trade', 'y@trade'], ['x@trade']]);
    line.answered(['x@trade']);
    pass(60_000);
    expect([asked().length, unanswered]).toEqual([2, []]);
  });

  it('are given up within ten seconds when the second asking is not answered either', () => {
    const { transport, line, unanswered, pass, asked } = desk();
    line.want(['x@trade']);
    pass(9_400);
    transport.shout('something of another stream');
    expect(unanswered).toEqual([]);
    pass(200);
    expect(unanswered).toEqual([['x@trade']]);
    pass(60_000);
    expect([asked().length, unanswered.length]).toEqual([2, 1]);
  });

  it('[F2] are not given up on a socket over which nothing comes at all: that is left for another', () => {
    const { transport, line, unanswered, pass } = desk();
    line.want(['x@trade']);
    pass(11_000);
    expect([transport.attempts.length, unanswered]).toEqual([2, []]);
  });

  it('are asked anew, and waited for anew, on every new socket', () => {
    const { transport, line, unanswered, pass, asked } = desk();
    line.want(['x@trade']);
    pass(4_000);
    transport.hangUp(1006);
    pass(4_000);
    expect([asked().length, unanswered]).toEqual([2, []]);
    line.answered(['x@trade']);
    pass(60_000);
    expect([asked().length, unanswered]).toEqual([2, []]);
  });

  it('that are no longer wanted are not waited for', () => {
    const { line, unanswered, pass, asked } = desk();
    line.want(['x@trade', 'y@trade']);
    pass(10);
    line.answered(['y@trade']);
    line.want(['y@trade']);
    pass(60_000);
    expect([asked().length, unanswered]).toEqual([1, []]);
  });

  it('are not waited for where the venue answers none', () => {
    const { line, unanswered, pass, asked } = desk({ acknowledges: false });
    line.want(['x@trade']);
    pass(60_000);
    expect([line.awaitsAnswers, asked().length, unanswered]).toEqual([false, 1, []]);
  });
});

describe('messages of a line', () => {
  it('are grouped as the venue takes them, each with a number of its own', () => {
    const { transport, line, pass } = desk({ group: (names) => names.map((name) => [name]) });
    line.want(['a@trade', 'b@trade', 'c@trade']);
    pass(10);
    expect(transport.said.map(({ params, id }) => [params, id])).toEqual([
      [['a@trade'], 1],
      [['b@trade'], 2],
      [['c@trade'], 3],
    ]);
    expect(line.takeAsked('2')).toEqual(['b@trade']);
    line.want(['a@trade']);
    pass(1_100);
    expect(transport.said.slice(3).map(({ method, params }) => [method, params])).toEqual([
      ['UNSUBSCRIBE', ['b@trade']],
      ['UNSUBSCRIBE', ['c@trade']],
    ]);
  });

  it('of more groups than a second allows are all said in the end, none twice', () => {
    const limits = { ...binance().limits, outboundPerSecond: 3 };
    const { transport, line, pass } = desk({ limits, group: (names) => names.map((name) => [name]) });
    const names = Array.from({ length: 10 }, (_, i) => `s${i}@trade`);
    line.want(names);
    pass(5_000);
    expect(transport.said.flatMap(({ params }) => params)).toEqual(names);
    for (const { at } of transport.said)
      expect(transport.said.filter((one) => one.at >= at && one.at < at + 1_000).length).toBeLessThanOrEqual(3);
  });

  /** Everything said as text, for what is no subscription. */
  const texts = (more: Partial<Venue>) => {
    const said: { at: number; text: string }[] = [];
    const note = (text: string): string => JSON.stringify({ method: 'NOTE', params: [text], id: 0 });
    const made = desk(more);
    const all = (): { at: number; text: string }[] => {
      said.length = 0;
      for (const { at, method, params } of made.transport.said)
        said.push({ at: at - START, text: method === 'NOTE' ? params[0] : method });
      return said;
    };
    return { ...made, note, all };
  };

  it('begin with what the venue wants to hear first', () => {
    const { line, pass, all } = texts({
      hello: (path) => [JSON.stringify({ method: 'NOTE', params: [`hello ${path}`], id: 0 })],
    });
    line.want(['x@trade']);
    pass(10);
    expect(all().map(({ text }) => text)).toEqual(['hello /stream', 'SUBSCRIBE']);
  });

  it('keep the socket open as often as the venue wants, from one socket to the next and no longer', () => {
    const text = JSON.stringify({ method: 'NOTE', params: ['ping'], id: 0 });
    const { transport, line, pass, all } = texts({ keepAlive: () => ({ everyMs: 20_000, text }), acknowledges: false });
    const pings = (): number => all().filter((one) => one.text === 'ping').length;
    line.want(['x@trade']);
    pass(61_000);
    expect(pings()).toBe(3);
    transport.hangUp(1006);
    pass(61_000);
    expect(pings()).toBe(6);
    line.want([]);
    pass(120_000);
    expect(pings()).toBe(6);
  });

  it('other than subscriptions are refused while there is no socket', async () => {
    const { transport, line, pass, note, all } = texts({});
    expect(line.send(note('early'))).toBe(false);
    await expect(line.whenOpen()).resolves.toBe(false);
    line.want(['x@trade']);
    const open = line.whenOpen();
    pass(10);
    await expect(open).resolves.toBe(true);
    expect(line.send(note('now'))).toBe(true);
    expect(all().map(({ text }) => text)).toContain('now');
    transport.refusals = 1;
    transport.hangUp(1006);
    const lost = line.whenOpen();
    line.dispose();
    await expect(lost).resolves.toBe(false);
  });
});
