import { describe, expect, it } from 'vitest';
import { ManualClock, seededChance } from './clock.ts';
import { Line, type LineOwner, type Loss } from './connection.ts';
import { ScriptedTransport } from './testing/scripted-transport.ts';
import { binance } from './venues/binance.ts';

const START = 1_700_000_000_000;

function desk(seed = 1) {
  const clock = new ManualClock(START);
  const transport = new ScriptedTransport(clock, () => null);
  const heard: string[] = [];
  const lost: Loss[] = [];
  const opened: number[] = [];
  const unanswered: (readonly string[])[] = [];
  const owner: LineOwner = {
    onLineOpen: () => opened.push(clock.now()),
    onLineText: (from, text) => {
      heard.push(text);
      from.answered(from.takeAsked(/"id":(\d+)/.exec(text)?.[1] ?? null) ?? []);
    },
    onLineLost: (_, loss) => lost.push(loss),
    onLineStatus: () => undefined,
    onLineUnanswered: (_, names) => unanswered.push(names),
  };
  const venue = binance();
  const line = new Line(
    '/stream',
    venue,
    ['wss://a/stream', 'wss://b/stream'],
    transport,
    clock,
    seededChance(seed),
    owner,
  );
  const pass = (ms: number): void => clock.advanceTo(clock.now() + ms);
  return { clock, transport, heard, lost, opened, line, pass, unanswered };
}

describe('[F4] connecting', () => {
  it('gives a socket up that does not answer in eight seconds, and tries the next within half a second', () => {
    const { transport, line, lost, pass } = desk();
    transport.hangs = true;
    line.want(['x@trade']);
    pass(7_999);
    expect(lost).toEqual([]);
    pass(2);
    expect(lost.map((loss) => loss.kind)).toEqual(['connect-timeout']);
    pass(500);
    expect(transport.attempts.length).toBe(2);
  });

  it('tries the next address after one that cannot be reached', () => {
    const { transport, line, pass } = desk();
    transport.refusals = 1;
    line.want(['x@trade']);
    pass(1_000);
    expect([...transport.sockets].map((socket) => socket.url)).toEqual(['wss://b/stream']);
    expect(line.status().open).toBe(true);
  });

  it('counts the failures of the last ten seconds and no older ones', () => {
    const { transport, line, pass } = desk();
    transport.refusals = 3;
    line.want(['x@trade']);
    pass(3_000);
    expect(line.status().recentFailures).toBe(3);
    pass(10_000);
    expect(line.status().recentFailures).toBe(0);
  });

  it('[F9] [F10] stays within four attempts a minute once the first is over, with a venue that accepts and closes', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { clock, transport, line, pass } = desk(seed);
      line.want(['x@trade']);
      const until = START + 600_000;
      while (clock.now() < until) {
        pass(50);
        transport.hangUp(1001);
      }
      const late = transport.attempts.filter((at) => at > START + 60_000);
      expect(late.length / 9).toBeLessThanOrEqual(6);
      expect(transport.attempts.length).toBeLessThanOrEqual(120);
    }
  });

  it('[F1] opens again after any close code', () => {
    for (const code of [1000, 1001, 1002, 1005, 1006, 1008, 1011, 1012, 1013, 1015, 3000, 4000, 4999]) {
      const { transport, line, lost, pass } = desk(code);
      line.want(['x@trade']);
      pass(10);
      transport.hangUp(code);
      expect(lost.map((loss) => loss.kind)).toEqual(['connection-lost']);
      pass(600);
      expect(line.status().open).toBe(true);
      expect(line.reconnects).toBe(1);
    }
  });
});

describe('[F12] former sockets', () => {
  it('are not heard any more, whatever they still say', () => {
    const { transport, line, heard, lost, opened, pass } = desk();
    line.want(['x@trade']);
    pass(10);
    const [old] = transport.sockets;
    line.restart({ kind: 'resumed', detail: '' });
    pass(100);
    expect(opened.length).toBe(2);
    old.peer.onText('from the grave');
    old.peer.onOpen();
    old.peer.onClose(1006, '');
    pass(100);
    expect(heard).not.toContain('from the grave');
    expect(opened.length).toBe(2);
    expect(lost.length).toBe(1);
  });

  it('do not open a line that was closed on purpose', () => {
    const { transport, line, opened, pass } = desk();
    line.want(['x@trade']);
    const [pending] = transport.sockets;
    line.want([]);
    pending.peer.onOpen();
    pass(60_000);
    expect(opened).toEqual([]);
    expect(transport.sockets.size).toBe(0);
  });
});

describe('[F13] subscriptions', () => {
  it('are told once each after any number of reconnects', () => {
    const { transport, line, pass } = desk();
    const names = ['x@trade', 'x@depth@100ms', 'x@bookTicker'];
    line.want(names);
    pass(10);
    for (let i = 0; i < 50; i++) {
      transport.hangUp(1006);
      const before = transport.said.length;
      pass(45_000);
      expect(transport.said.slice(before).map((one) => [one.method, one.params])).toEqual([['SUBSCRIBE', names]]);
      expect(transport.subscribed.sort()).toEqual([...names].sort());
    }
    expect(transport.sockets.size).toBe(1);
  });

  it('follow what is wanted, however it changes', () => {
    const chance = seededChance(7);
    const { transport, line, pass } = desk();
    const all = Array.from({ length: 12 }, (_, i) => `s${i}@trade`);
    let wanted: string[] = [];
    for (let i = 0; i < 300; i++) {
      wanted = all.filter(() => chance() < 0.4);
      line.want(wanted);
      if (chance() < 0.1) transport.hangUp(1006);
      pass(Math.floor(chance() * 400));
    }
    line.want(all.slice(0, 5));
    pass(60_000);
    expect(transport.subscribed.sort()).toEqual(all.slice(0, 5));
  });

  it('are begun anew when they were given up and are wanted again before the venue was told', () => {
    const { transport, line, pass } = desk();
    line.want(['x@depth', 'x@trade']);
    pass(10);
    line.want(['x@trade']);
    line.want(['x@depth', 'x@trade']);
    pass(2_000);
    expect(transport.said.map((one) => [one.method, one.params])).toEqual([
      ['SUBSCRIBE', ['x@depth', 'x@trade']],
      ['UNSUBSCRIBE', ['x@depth']],
      ['SUBSCRIBE', ['x@depth']],
    ]);
  });

  it('that are new are not kept waiting by those that are only said again', () => {
    const { transport, line, pass } = desk();
    const held = ['a@trade', 'b@trade', 'c@trade', 'd@trade'];
    line.want(held);
    pass(2_000);
    const before = transport.said.length;
    for (const name of held) line.resubscribe(name);
    line.want([...held, 'e@depth']);
    pass(10);
    const [first] = transport.said.slice(before);
    expect([first.method, first.params]).toEqual(['SUBSCRIBE', ['e@depth']]);
    pass(5_000);
    expect(transport.subscribed.sort()).toEqual([...held, 'e@depth']);
    // None of those that are said again was left unheard for longer than its end takes to be said.
    const said = transport.said.slice(before + 1);
    for (const [i, one] of said.entries()) if (one.method === 'UNSUBSCRIBE') expect(said[i + 1].at).toBe(one.at);
  });

  it('are said in at most four messages in any second', () => {
    const { transport, line, pass } = desk();
    for (let i = 0; i < 60; i++) {
      line.want([`s${i}@trade`]);
      pass(37);
    }
    pass(5_000);
    for (const { at } of transport.said) {
      expect(transport.said.filter((one) => one.at >= at && one.at < at + 1_000).length).toBeLessThanOrEqual(4);
    }
    expect(transport.subscribed).toEqual(['s59@trade']);
  });

  it('[F6] can be said again one by one, the others untouched', () => {
    const { transport, line, pass } = desk();
    line.want(['x@trade', 'x@depth@100ms']);
    pass(1_500);
    line.resubscribe('x@trade');
    line.resubscribe('x@trade');
    pass(100);
    expect(transport.said.slice(1).map((one) => [one.method, one.params])).toEqual([
      ['UNSUBSCRIBE', ['x@trade']],
      ['SUBSCRIBE', ['x@trade']],
    ]);
  });

  it('are remembered by the request that asked for them', () => {
    const { line, pass, transport } = desk();
    transport.acknowledges = false;
    line.want(['x@trade']);
    pass(10);
    expect(line.takeAsked('1')).toEqual(['x@trade']);
    expect(line.takeAsked('1')).toBeNull();
    expect(line.takeAsked(null)).toBeNull();
  });
});

describe('[F2] [F5] an answer that does not come', () => {
  it('where nothing comes at all costs the socket, and not the subscription', () => {
    const { transport, line, lost, pass, unanswered } = desk();
    line.want(['x@trade']);
    pass(1);
    for (const socket of transport.sockets) socket.isSilent = true;
    pass(9_400);
    expect(lost).toEqual([]);
    pass(200);
    expect(lost.map(({ kind }) => kind)).toEqual(['silent']);
    expect(unanswered).toEqual([]);
    pass(1_000);
    expect(transport.subscribed).toEqual(['x@trade']);
  });

  it('on a socket that speaks is said of the stream after a second question', () => {
    const { transport, line, lost, pass, unanswered } = desk();
    transport.acknowledges = false;
    line.want(['x@trade']);
    for (let i = 0; i < 10; i++) {
      pass(1_000);
      transport.shout('something else');
    }
    expect(unanswered).toEqual([['x@trade']]);
    expect(lost).toEqual([]);
  });
});

describe('[F11] a planned end', () => {
  it('puts a second socket beside the first and lets both speak until the new one has spoken for a second', () => {
    const { transport, line, heard, lost, pass } = desk();
    line.want(['x@trade']);
    pass(100);
    line.replace();
    line.replace();
    pass(1);
    expect(transport.sockets.size).toBe(2);
    expect(line.overlapping).toBe(true);
    pass(5);
    transport.shout('both');
    expect(heard.filter((text) => text === 'both').length).toBe(2);
    pass(1_100);
    expect(transport.sockets.size).toBe(1);
    expect(line.overlapping).toBe(false);
    expect(lost).toEqual([]);
    expect(transport.subscribed).toEqual(['x@trade']);
  });

  it('comes by itself an hour before the venue would cut, half an hour more or less', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { transport, line, pass } = desk(seed);
      line.want(['x@trade']);
      pass(22.5 * 3_600_000 - 1_000);
      expect(transport.attempts.length).toBe(1);
      pass(3_600_000 + 2_000);
      expect(transport.attempts.length).toBe(2);
      expect(line.status().open).toBe(true);
    }
  });

  it('is put off when no second socket can be had, and the first goes on', () => {
    const { transport, line, lost, pass } = desk();
    line.want(['x@trade']);
    pass(10);
    transport.refusals = 1;
    line.replace();
    pass(20_000);
    expect(lost).toEqual([]);
    expect(line.status().open).toBe(true);
    expect(line.overlapping).toBe(false);
    pass(60_000);
    expect(transport.attempts.length).toBe(3);
  });

  it('waits no longer than eight seconds for the second socket', () => {
    const { transport, line, pass } = desk();
    line.want(['x@trade']);
    pass(10);
    transport.hangs = true;
    line.replace();
    pass(9_000);
    expect(transport.sockets.size).toBe(1);
  });

  it('survives the old socket closing in the middle of it', () => {
    const { transport, line, lost, pass } = desk();
    line.want(['x@trade']);
    pass(10);
    const [old] = transport.sockets;
    line.replace();
    pass(2);
    transport.sockets.delete(old);
    old.peer.onClose(1001, '');
    pass(20_000);
    expect(lost).toEqual([]);
    expect(line.overlapping).toBe(false);
    expect(transport.sockets.size).toBe(1);
  });
});

describe('[F2] a socket that is open and dead', () => {
  it('is left within a second the first time', () => {
    const { transport, line, pass } = desk();
    line.want(['x@trade']);
    pass(10);
    line.restart({ kind: 'silent', detail: '' });
    pass(300);
    expect(transport.attempts.length).toBe(2);
  });

  it('is not left again and again: each time the wait is longer', () => {
    const { clock, transport, line, pass } = desk();
    line.want(['x@trade']);
    while (clock.now() < START + 600_000) {
      pass(3_500);
      line.restart({ kind: 'silent', detail: '' });
    }
    const late = transport.attempts.filter((at) => at > START + 120_000);
    expect(late.length / 8).toBeLessThanOrEqual(5);
  });

  it('is left at once after a sleep', () => {
    const { transport, line, pass } = desk();
    line.want(['x@trade']);
    pass(10);
    for (let i = 0; i < 5; i++) {
      line.restart({ kind: 'resumed', detail: '' });
      pass(2);
    }
    expect(line.status().open).toBe(true);
    expect(transport.sockets.size).toBe(1);
  });

  it('is tried at once when the user says now', () => {
    const { transport, line, pass } = desk();
    transport.refusals = 8;
    line.want(['x@trade']);
    pass(60_000);
    transport.refusals = 0;
    transport.hangUp(1006);
    line.tryNow();
    pass(5);
    expect(line.status().open).toBe(true);
  });

  it('leaves no timer and no socket behind when the line is closed', () => {
    const { transport, line, pass } = desk();
    line.want(['x@trade']);
    pass(10);
    line.replace();
    line.dispose();
    const attempts = transport.attempts.length;
    pass(200_000_000);
    expect(transport.attempts.length).toBe(attempts);
    expect(transport.sockets.size).toBe(0);
  });
});
