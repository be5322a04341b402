/** What a socket tells its owner. Never called synchronously from `connect`. */
export interface SocketPeer {
  onOpen(): void;
  onText(text: string): void;
  onClose(code: number, detail: string): void;
}

/** An open or opening socket. After `close` the peer hears nothing more. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

/** Outcome of one HTTP request; `reached` is false when no answer came back at all. */
export type HttpAnswer =
  | { readonly reached: true; readonly status: number; readonly text: string; readonly retryAfterMs: number }
  | { readonly reached: false; readonly detail: string };

/** Where messages come from: a live socket, a recording, the demo exchange. */
export interface Transport {
  connect(url: string, peer: SocketPeer): Socket;
  /** GET, or POST of JSON when a body is given. */
  request(url: string, timeoutMs: number, body?: string): Promise<HttpAnswer>;
}

/** Answers larger than this are not read to their end: catalogues of thousands of symbols stay well below it. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const isLoopback = (host: string): boolean => host === '127.0.0.1' || host === 'localhost';

/**
 * The one module that opens sockets and makes requests. A host that is neither in the registry, nor loopback, nor
 * confirmed by the user is refused here, whatever a policy says: a policy given by `<meta>` does not bind a worker.
 * @param hosts  allowed hosts with their ports as they stand in a URL, `stream.example:9443`
 */
export function webTransport(hosts: ReadonlySet<string>): Transport {
  const check = (url: string): string | null => {
    const { host, hostname, protocol } = new URL(url);
    if (isLoopback(hostname)) return null;
    if (!hosts.has(host)) return `The host ${host} is not one this page may reach.`;
    return protocol === 'wss:' || protocol === 'https:'
      ? null
      : `${host} is only reached over an encrypted connection.`;
  };
  return {
    connect(url, peer) {
      const refusal = check(url);
      if (refusal !== null) return refusedSocket(refusal, peer);
      return openSocket(url, peer);
    },
    async request(url, timeoutMs, body) {
      const refusal = check(url);
      if (refusal !== null) return { reached: false, detail: refusal };
      try {
        const response = await fetch(url, {
          signal: AbortSignal.timeout(timeoutMs),
          credentials: 'omit',
          referrerPolicy: 'no-referrer',
          cache: 'no-store',
          ...(body !== undefined && { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
        });
        const text = await readCapped(response);
        if (text === null) return { reached: false, detail: `The answer is larger than ${MAX_ANSWER_BYTES} bytes.` };
        const retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1000;
        return { reached: true, status: response.status, text, retryAfterMs: retryAfterMs || 0 };
      } catch (failure) {
        return { reached: false, detail: failure instanceof Error ? failure.message : String(failure) };
      }
    },
  };
}

/** The text of an answer, which may grow without end or unpack to more than was stated; null when it is too large. */
async function readCapped(response: Response): Promise<string | null> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.byteLength;
    if (bytes > MAX_ANSWER_BYTES) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(part.value, { stream: true });
  }
  return text + decoder.decode();
}

function refusedSocket(detail: string, peer: SocketPeer): Socket {
  let closed = false;
  queueMicrotask(() => {
    if (!closed) peer.onClose(1006, detail);
  });
  return {
    send: () => undefined,
    close: () => {
      closed = true;
    },
  };
}

function openSocket(url: string, peer: SocketPeer): Socket {
  const socket = new WebSocket(url);
  socket.onopen = () => peer.onOpen();
  socket.onmessage = (event: MessageEvent) => peer.onText(typeof event.data === 'string' ? event.data : '');
  const detach = (): void => {
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.onerror = null;
  };
  socket.onclose = (event) => {
    detach();
    peer.onClose(event.code, event.reason);
  };
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close() {
      detach();
      socket.close();
    },
  };
}
