import workerUrl from '@/feed/worker?worker&url';
import type { Command } from '@/protocol/command.ts';
import type { Reply } from '@/protocol/reply.ts';

/** The feed worker as the link needs it; a test gives its own. */
export interface WorkerPort {
  post(command: Command): void;
  terminate(): void;
}

/** What comes from the worker. */
export interface WorkerListener {
  reply(reply: Reply): void;
  /** An exception in the worker, or a script that did not load. */
  failed(message: string): void;
  /** A message that cannot be read. */
  garbled(): void;
}

export type SpawnWorker = (listener: WorkerListener) => WorkerPort;

interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

declare global {
  interface Window {
    readonly trustedTypes?: {
      createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
    };
  }
}

const workerAddress = new URL(workerUrl, import.meta.url).href;

/** The one place that makes an address a script: it lets the worker's own file pass and nothing else. */
const rules: ScriptUrlPolicy = {
  createScriptURL(url) {
    const { origin, href } = new URL(url, document.baseURI);
    if (origin !== location.origin || href !== workerAddress) throw new TypeError(`Not a script of this page: ${href}`);
    return href;
  },
};

const policy = window.trustedTypes?.createPolicy('app-worker', rules) ?? rules;

/** Start the feed worker. */
export const spawnWorker: SpawnWorker = (listener) => {
  const worker = new Worker(policy.createScriptURL(workerAddress), { type: 'module', name: 'depthwire-feed' });
  worker.onmessage = (event: MessageEvent<Reply>) => listener.reply(event.data);
  worker.onmessageerror = () => listener.garbled();
  worker.onerror = (event) => {
    listener.failed(event.message || 'its script did not load');
  };
  return { post: (command) => worker.postMessage(command), terminate: () => worker.terminate() };
};
