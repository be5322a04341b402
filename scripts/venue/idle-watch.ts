import type { Peer } from './hub';

interface Watched {
  sent: number;
  since: number;
  readonly timer: NodeJS.Timeout;
}

const LOOKS = 20;

/** Closes sockets on which nothing was said for too long, as venues do that want to be pinged. */
export class IdleWatch {
  readonly #limitMs: number;
  readonly #close: (peer: Peer) => void;
  readonly #peers = new Map<Peer, Watched>();

  /** @param limitMs how long a socket may be quiet; @param close what is then done to it */
  constructor(limitMs: number, close: (peer: Peer) => void) {
    this.#limitMs = limitMs;
    this.#close = close;
  }

  watch(peer: Peer): void {
    const timer = setInterval(() => this.#look(peer), this.#limitMs / LOOKS);
    timer.unref();
    this.#peers.set(peer, { sent: peer.sent, since: Date.now(), timer });
  }

  /** Something was heard from it, or answered to it: the quiet begins anew. */
  stir(peer: Peer): void {
    const watched = this.#peers.get(peer);
    if (watched !== undefined) watched.since = Date.now();
  }

  forget(peer: Peer): void {
    clearInterval(this.#peers.get(peer)?.timer);
    this.#peers.delete(peer);
  }

  #look(peer: Peer): void {
    const watched = this.#peers.get(peer);
    if (watched === undefined) return;
    if (peer.sent !== watched.sent) {
      watched.sent = peer.sent;
      watched.since = Date.now();
    } else if (Date.now() - watched.since >= this.#limitMs) {
      this.forget(peer);
      this.#close(peer);
    }
  }
}
