import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { webTransport } from './transport.ts';

/** A socket of the browser, moved by hand. */
class FakeSocket {
  static readonly OPEN = 1;
  static readonly made: FakeSocket[] = [];
  readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;

  constructor(readonly url: string) {
    FakeSocket.made.push(this);
  }

  readonly send = vi.fn();

  close(): void {
    this.isClosed = true;
  }
}

const HOSTS = new Set(['stream.example:9443']);

beforeEach(() => {
  FakeSocket.made.length = 0;
  vi.stubGlobal('WebSocket', FakeSocket);
});
afterEach(() => vi.unstubAllGlobals());

function peer() {
  const heard: string[] = [];
  return {
    heard,
    onOpen: () => heard.push('open'),
    onText: (text: string) => heard.push(`text ${text}`),
    onClose: (code: number, detail: string) => heard.push(`close ${code} ${detail}`),
  };
}

describe('[F15] a frame that is no text', () => {
  it('is handed on as nothing, which no venue says, and is never unpacked', () => {
    const one = peer();
    webTransport(HOSTS).connect('wss://stream.example:9443/ws', one);
    const [socket] = FakeSocket.made;
    const unpack = vi.fn();
    vi.stubGlobal('DecompressionStream', unpack);
    for (const data of [new Blob([new Uint8Array(1_000)]), new ArrayBuffer(8), new Uint8Array([0x1f, 0x8b]), null])
      socket.onmessage?.({ data });
    socket.onmessage?.({ data: '{}' });
    expect(one.heard).toEqual(['text ', 'text ', 'text ', 'text ', 'text {}']);
    expect(unpack).not.toHaveBeenCalled();
  });
});

describe('[F12] a socket that was closed', () => {
  it('is not heard any more, whatever it still says', () => {
    const one = peer();
    const mine = webTransport(HOSTS).connect('wss://stream.example:9443/ws', one);
    const [socket] = FakeSocket.made;
    mine.close();
    socket.onmessage?.({ data: 'late' });
    socket.onclose?.({ code: 1006, reason: '' });
    expect(one.heard).toEqual([]);
    expect(socket.isClosed).toBe(true);
  });
});

describe('a host that is not in the registry', () => {
  it.each(['wss://evil.example/ws', 'ws://stream.example:9443/ws', 'wss://stream.example/ws'])(
    'is not connected to: %s',
    async (url) => {
      const one = peer();
      webTransport(HOSTS).connect(url, one);
      await Promise.resolve();
      expect(FakeSocket.made).toEqual([]);
      expect(one.heard).toHaveLength(1);
      expect(one.heard[0]).toMatch(/^close 1006 /);
    },
  );

  it('is this machine only by its two names', () => {
    for (const host of ['127.0.0.1:1', 'localhost:1']) webTransport(HOSTS).connect(`ws://${host}/ws`, peer());
    expect(FakeSocket.made.map(({ url }) => url)).toEqual(['ws://127.0.0.1:1/ws', 'ws://localhost:1/ws']);
  });
});

describe('[F49] an answer over HTTP', () => {
  const answerOf = (chunks: number, bytes: number) => {
    let given = 0;
    const cancelled = vi.fn();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (given++ === chunks) controller.close();
        else controller.enqueue(new Uint8Array(bytes).fill(120));
      },
      cancel: cancelled,
    });
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status: 200 })));
    return { cancelled, given: () => given };
  };

  it('is read whole, however many parts it comes in', async () => {
    answerOf(3, 1_000);
    const answer = await webTransport(HOSTS).request('http://127.0.0.1:1/x', 1_000);
    expect(answer).toMatchObject({ reached: true, status: 200, text: 'x'.repeat(3_000) });
  });

  it('that never comes is no answer, and nothing is thrown', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const got = await webTransport(HOSTS).request('https://stream.example:9443/depth', 1_000);
    expect(got).toEqual({ reached: false, detail: 'Failed to fetch' });
  });

  it('that never ends is given up at a limit, whatever length it stated', async () => {
    const { cancelled, given } = answerOf(Number.POSITIVE_INFINITY, 4 * 1024 * 1024);
    const answer = await webTransport(HOSTS).request('http://127.0.0.1:1/x', 1_000);
    expect(answer).toMatchObject({ reached: false, detail: expect.stringContaining('larger than') });
    expect(cancelled).toHaveBeenCalledOnce();
    expect(given()).toBeLessThan(12);
  });
});
