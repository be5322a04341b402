import { describe, expect, it } from 'vitest';
import type { BookColumns } from '@/market/book.ts';
import { type Frame, type InstrumentFrame, transferables } from './frame.ts';

const columns = (block: Float64Array): BookColumns => ({
  bidTicks: block.subarray(0, 1),
  bidLots: block.subarray(1, 2),
  askTicks: block.subarray(2, 3),
  askLots: block.subarray(3, 4),
  wideBids: [],
  wideAsks: [],
});
const frame = (part: Partial<InstrumentFrame>): Frame => ({
  kind: 'frame',
  seq: 1,
  oldestArrival: 0,
  messages: 0,
  instruments: [part as InstrumentFrame],
});

describe('what a frame transfers', () => {
  it('is every buffer of its columns, each once', () => {
    const top = new Float64Array(4);
    const rows = new Float64Array(4);
    const block = new Float64Array(8);
    const aggressors = new Uint8Array(2);
    const candles = new Float64Array(8);
    const prints = {
      ids: block.subarray(0, 2),
      idTexts: null,
      ticks: block.subarray(2, 4),
      lots: block.subarray(4, 6),
      times: block.subarray(6),
      aggressors,
      wide: [],
    };
    const list = transferables(
      frame({
        book: { top: columns(top), rows: columns(rows) } as unknown as NonNullable<InstrumentFrame['book']>,
        prints: { epoch: 0, prints, first: 0, elided: 0 },
        candles: [{ interval: '1m', epoch: 0, reset: false, history: 'joined', candles: { rows: candles, wide: [] } }],
      }),
    );
    expect(new Set(list)).toEqual(new Set([top.buffer, rows.buffer, block.buffer, aggressors.buffer, candles.buffer]));
    expect(list.length).toBe(5);
  });

  it('is nothing for a frame that tells of states alone', () => {
    expect(transferables(frame({}))).toEqual([]);
  });

  it('crosses to another thread with its values and leaves nothing behind', () => {
    const top = new Float64Array([5, 6, 7, 8]);
    const sent = frame({
      book: { top: columns(top), rows: columns(new Float64Array(4)) } as unknown as NonNullable<
        InstrumentFrame['book']
      >,
    });
    const received = structuredClone(sent, { transfer: transferables(sent) });
    expect([...(received.instruments[0].book?.top.askLots ?? [])]).toEqual([8]);
    expect(top.byteLength).toBe(0);
  });
});
