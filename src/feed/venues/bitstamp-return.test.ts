import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { ManualClock, seededChance } from '../clock.ts';
import { Feed } from '../feed.ts';
import { wantedOf } from '../testing/feed-desk.ts';
import { drain } from '../testing/scripted-transport.ts';
import type { Transport } from '../transport.ts';
import { openSession } from '../venue-session.ts';
import { bitstamp } from './bitstamp.ts';
import { loadVenue, VenueShelf } from './index.ts';

const START = 1_700_000_000_000;

describe('[F18] when a snapshot can be had again', () => {
  it('it is asked for after the diffs were granted, since nothing numbers them', async () => {
    const clock = new ManualClock(START);
    const log: string[] = [];
    const names = new Set<string>();
    let hasHttp = false;
    let say: (text: string) => void = () => undefined;
    const micros = (): string => `${clock.now()}000`;
    const book = (): string =>
      `{"timestamp":"1","microtimestamp":"${micros()}","bids":[["100.00","1"]],"asks":[["100.10","2"]]}`;
    const transport: Transport = {
      connect: (_, peer) => {
        say = (text) => void clock.schedule(5, () => peer.onText(text));
        clock.schedule(5, () => peer.onOpen());
        return {
          send: (text) => {
            const { event, data } = JSON.parse(text) as { event: string; data?: { channel: string } };
            if (!data) return;
            if (event === 'bts:subscribe') names.add(data.channel);
            else names.delete(data.channel);
            // The venue takes its time over the diffs.
            const done = event === 'bts:subscribe' ? 'bts:subscription_succeeded' : 'bts:unsubscription_succeeded';
            clock.schedule(300, () => {
              log.push(`${event} ${data.channel}`);
              peer.onText(`{"event":"${done}","channel":"${data.channel}","data":{}}`);
            });
          },
          close: () => undefined,
        };
      },
      request: async (url) => {
        if (!hasHttp || !url.includes('order_book')) return { reached: false, detail: 'refused' };
        log.push('snapshot');
        return { reached: true, status: 200, text: book(), retryAfterMs: 0 };
      },
    };
    const replies: Reply[] = [];
    const feed = new Feed({
      venues: new VenueShelf(loadVenue, openSession).add('bitstamp', bitstamp),
      clock,
      chance: seededChance(1),
      transport: () => transport,
      post: (reply) => replies.push(reply),
      digest: (text) => Promise.resolve(text),
      buildId: 'test',
    });
    feed.handle({
      kind: 'start',
      version: PROTOCOL_VERSION,
      buildId: 'test',
      endpoints: [],
      extraHosts: [],
      demo: { seed: 1, rate: 200, start: null },
      wanted: [wantedOf('bitstamp:btcusd')],
      credit: null,
      visible: true,
      online: true,
    });
    const pass = async (ms: number): Promise<void> => {
      for (let spent = 0; spent < ms; spent += 100) {
        if (names.has('order_book_btcusd')) say(`{"event":"data","channel":"order_book_btcusd","data":${book()}}`);
        clock.advanceTo(clock.now() + 100);
        await drain();
      }
    };
    await pass(10_000);
    expect(names.has('diff_order_book_btcusd')).toBe(false);
    hasHttp = true;
    log.length = 0;
    await pass(70_000);
    // The first answer shows that there are answers again; the one that counts comes after the grant.
    expect(log.slice(0, 3)).toEqual(['snapshot', 'bts:subscribe diff_order_book_btcusd', 'snapshot']);
  });
});
