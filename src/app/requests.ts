import type { Reply } from '@/protocol/reply.ts';

/** A reply that answers one request by its id. */
export type Answer = Extract<Reply, { readonly id: number }>;

const TIMEOUT_MS = 20_000;

interface Waiting {
  readonly kind: Answer['kind'];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Requests under way. Each settles exactly once: by its answer, a refusal, its timeout or the end of the worker. */
export class Requests {
  private readonly waiting = new Map<number, Waiting>();
  private last = 0;

  /** Send a request and wait for the one kind of reply that answers it. */
  ask<K extends Answer['kind']>(kind: K, send: (id: number) => void): Promise<Extract<Reply, { readonly kind: K }>> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.refuse(id, 'The data engine did not answer in 20 s.'), TIMEOUT_MS);
      // Only an answer of `kind` is handed on, which the compiler cannot follow through the map.
      this.waiting.set(id, { kind, resolve: resolve as (answer: Answer) => void, reject, timer });
      send(id);
    });
  }

  /** Hand an answer to whoever waits for it. An answer that nobody waits for came too late and is dropped. */
  answer(answer: Answer): void {
    const waiting = this.take(answer.id);
    if (!waiting) return;
    if (waiting.kind === answer.kind) waiting.resolve(answer);
    else waiting.reject(new Error(`The data engine answered ${answer.kind} to a request for ${waiting.kind}.`));
  }

  refuse(id: number, sentence: string): void {
    this.take(id)?.reject(new Error(sentence));
  }

  /** The worker is gone, and with it every answer. */
  refuseAll(sentence: string): void {
    for (const id of [...this.waiting.keys()]) this.refuse(id, sentence);
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    if (!waiting) return undefined;
    this.waiting.delete(id);
    clearTimeout(waiting.timer);
    return waiting;
  }
}
