import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';

/**
 * A page of a browser that nobody but this test drives. Playwright tells every page that it has the focus, and a page
 * with the focus cannot be frozen; here it can.
 */
export interface RawPage {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** The value of an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>;
  /** Put another tab in front of it. */
  leave(): Promise<void>;
  /** Come back to it. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** @param executable  of a Chromium */
export async function startRawPage(executable: string, args: readonly string[]): Promise<RawPage> {
  const profile = mkdtempSync(join(tmpdir(), 'depthwire-browser-'));
  const own = ['--headless=new', '--no-sandbox', '--no-first-run', '--remote-debugging-port=0'];
  const browser = spawn(executable, [...own, `--user-data-dir=${profile}`, ...args, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => browser.once('exit', () => resolve()));
  const socket = new WebSocket(await addressOf(browser));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const call = caller(socket);
  const { targetInfos } = await call('Target.getTargets', {}, undefined);
  const target = (targetInfos as { targetId: string; type: string }[]).find(({ type }) => type === 'page');
  const { sessionId } = await call('Target.attachToTarget', { targetId: target?.targetId, flatten: true }, undefined);
  const send: RawPage['send'] = (method, params = {}) => call(method, params, String(sessionId));
  return {
    send,
    async evaluate<T>(expression: string): Promise<T> {
      const answer = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      const { result, exceptionDetails } = answer as { result: { value: T }; exceptionDetails?: { text: string } };
      if (exceptionDetails) throw new Error(`${exceptionDetails.text} in ${expression}`);
      return result.value;
    },
    async leave() {
      await call('Target.createTarget', { url: 'about:blank' }, undefined);
    },
    async comeBack() {
      await call('Target.activateTarget', { targetId: target?.targetId }, undefined);
    },
    async close() {
      socket.terminate();
      browser.kill('SIGKILL');
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** Where the browser says that it listens. */
function addressOf(browser: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    browser.once('exit', (code) => reject(new Error(`the browser ended with ${code}: ${said}`)));
    browser.once('error', reject);
    browser.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (address) resolve(address);
    });
  });
}

function caller(socket: WebSocket) {
  const waiting = new Map<number, { take(result: Record<string, unknown>): void; refuse(reason: Error): void }>();
  let calls = 0;
  socket.on('message', (data) => {
    const { id, result, error } = JSON.parse(String(data)) as Answer;
    const asker = id === undefined ? undefined : waiting.get(id);
    if (id !== undefined) waiting.delete(id);
    if (error) asker?.refuse(new Error(error.message));
    else asker?.take(result ?? {});
  });
  return (method: string, params: object, sessionId: string | undefined): Promise<Record<string, unknown>> =>
    new Promise((take, refuse) => {
      const id = ++calls;
      waiting.set(id, { take, refuse });
      socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    });
}
