import { describe, expect, it } from 'vitest';
import { FeedDesk, wantedOf } from './testing/feed-desk.ts';

const BTC = 'binance-usdm:BTCUSDT';
const at = (desk: FeedDesk): number => Math.floor(desk.clock.now());
const depth = (desk: FeedDesk, first: number, last: number, previous: number): string =>
  `{"e":"depthUpdate","E":${at(desk)},"T":${at(desk)},"s":"BTCUSDT","U":${first},"u":${last},"pu":${previous},"b":[["100.00","${last}"]],"a":[]}`;
const aggregate = (desk: FeedDesk, id: number, first: number, last: number): string =>
  `{"e":"aggTrade","E":${at(desk)},"s":"BTCUSDT","a":${id},"p":"100.01","q":"2","f":${first},"l":${last},"T":${at(desk)},"m":true}`;
const trade = (desk: FeedDesk, id: number, kind = 'MARKET'): string =>
  `{"e":"trade","E":${at(desk)},"T":${at(desk)},"s":"BTCUSDT","t":${id},"p":"100.02","q":"1","X":"${kind}","m":false}`;

async function live(): Promise<FeedDesk> {
  const desk = new FeedDesk();
  desk.want(wantedOf(BTC, { candles: ['1m'] }));
  await desk.pass(100);
  desk.transport.deliver('btcusdt@depth@100ms', depth(desk, 400, 410, 10));
  await desk.pass(50);
  return desk;
}

describe('futures', () => {
  it('need two sockets, one for each path, and are live with both', async () => {
    const desk = await live();
    const urls = [...desk.transport.sockets].map((socket) => new URL(socket.url).pathname).sort();
    expect(urls).toEqual(['/market/stream', '/public/stream']);
    expect(desk.part(BTC)?.status.book.state).toBe('live');
    expect(desk.part(BTC)?.book?.sequence).toBe('410');
  });

  it('[F3] keep the book live when only the other socket is lost', async () => {
    const desk = await live();
    const market = [...desk.transport.sockets].find((socket) => socket.url.includes('/market/'));
    desk.transport.refusals = 50;
    if (market) {
      desk.transport.sockets.delete(market);
      market.peer.onClose(1006, '');
    }
    await desk.pass(300);
    const status = desk.part(BTC)?.status;
    expect(status?.book.state).toBe('live');
    expect(status?.trades.state).toBe('live');
    expect(status?.candles.state).toBe('resyncing');
    expect(desk.part(BTC)?.counters.resyncs).toBe(0);
  });

  it('over aggregates alone count every trade inside, and the last id is the last of them', async () => {
    const desk = await live();
    desk.transport.deliver('btcusdt@aggTrade', aggregate(desk, 1, 11, 13));
    desk.transport.deliver('btcusdt@aggTrade', aggregate(desk, 2, 14, 14));
    await desk.pass(50);
    expect(desk.part(BTC)?.trades).toMatchObject({ received: 4, missing: 0, duplicates: 0, sellVolume: 4_000 });
    expect(desk.part(BTC)?.lastTrade?.id).toBe('14');
  });

  it('drop the aggregates once single trades have spoken, without a hole and without anything twice', async () => {
    const desk = await live();
    desk.transport.deliver('btcusdt@aggTrade', aggregate(desk, 1, 11, 13));
    desk.transport.deliver('btcusdt@trade', trade(desk, 14));
    desk.transport.deliver('btcusdt@aggTrade', aggregate(desk, 2, 14, 15));
    desk.transport.deliver('btcusdt@trade', trade(desk, 15));
    await desk.pass(1_500);
    expect(desk.part(BTC)?.trades).toMatchObject({ received: 5, missing: 0, duplicates: 0 });
    expect(desk.transport.subscribed).not.toContain('btcusdt@aggTrade');
    expect(desk.transport.subscribed).toContain('btcusdt@kline_1m');
  });

  it('leave fills out that are none of the market’s', async () => {
    const desk = await live();
    desk.transport.deliver('btcusdt@trade', trade(desk, 1));
    desk.transport.deliver('btcusdt@trade', trade(desk, 2, 'INSURANCE_FUND'));
    desk.transport.deliver('btcusdt@trade', trade(desk, 3));
    await desk.pass(50);
    expect(desk.part(BTC)?.trades).toMatchObject({ received: 2, missing: 0, buyVolume: 2_000 });
    expect(desk.part(BTC)?.lastTrade?.id).toBe('3');
  });

  it('are told of a gap by the id of the message before', async () => {
    const desk = await live();
    desk.transport.deliver('btcusdt@depth@100ms', depth(desk, 500, 510, 450));
    await desk.pass(2);
    expect(desk.part(BTC)?.status.book).toMatchObject({ state: 'resyncing', fault: { kind: 'sequence-gap' } });
    expect(desk.part(BTC)?.counters).toMatchObject({ gaps: 1, resyncs: 1 });
  });
});
