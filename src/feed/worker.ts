import type { VenueId } from '@/market/instrument.ts';
import type { Command } from '@/protocol/command.ts';
import { addPrints, transferables } from '@/protocol/frame.ts';
import type { Reply } from '@/protocol/reply.ts';
import { wallNow, workerClock } from './clock.ts';
import { demoTransport } from './demo-transport.ts';
import { Feed } from './feed.ts';
import { LoadMeter } from './load-meter.ts';
import type { BudgetPeers } from './shared-budget.ts';
import { type Transport, webTransport } from './transport.ts';
import { VENUE_HOSTS } from './venues/hosts.ts';
import { loadVenue, VenueShelf } from './venues/index.ts';

declare const self: DedicatedWorkerGlobalScope;

const clock = workerClock();
const load = new LoadMeter(() => performance.now());

function allowedHosts(extraHosts: readonly string[]): ReadonlySet<string> {
  const origins = Object.values(VENUE_HOSTS).flatMap((venue) => [...venue.sockets, ...venue.requests]);
  return new Set([...origins.map((origin) => new URL(origin).host), ...extraHosts]);
}

function listTransfer(reply: Reply): Transferable[] {
  const buffers = new Set<ArrayBuffer>();
  if (reply.kind === 'frame') return transferables(reply);
  if (reply.kind === 'backfilled') buffers.add(reply.candles.rows.buffer as ArrayBuffer);
  if (reply.kind === 'printed') addPrints(reply.prints, (view) => buffers.add(view.buffer as ArrayBuffer));
  return [...buffers];
}

async function sha256(text: string): Promise<string> {
  if (!crypto.subtle) throw new Error('A digest needs a page served over https or from this machine.');
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The other tabs of this browser. A release that says other things speaks on another channel. */
function otherTabs(): BudgetPeers {
  const channel = new BroadcastChannel('depthwire.budget.1');
  return {
    tell: (message) => channel.postMessage(message),
    onTold: (listener) => {
      channel.onmessage = (event: MessageEvent<unknown>) => listener(event.data);
    },
  };
}

/**
 * The recorder is a piece of its own, fetched beside the first adapter, which waits for it: so nothing happens unrecorded
 * and no socket waits longer. If it cannot be had the market goes on, and Health shows that nothing was recorded.
 */
const board = import('./health/health-board.ts').then(
  ({ HealthBoard }) => new HealthBoard(clock.now()),
  () => null,
);
const venues = new VenueShelf(async (id) => {
  const [make] = await Promise.all([loadVenue(id), board]);
  return make;
});

const random = new Uint32Array(1);
const feed = new Feed({
  clock,
  chance: () => {
    crypto.getRandomValues(random);
    return random[0] / 2 ** 32;
  },
  transport: (venue: VenueId, demo, extraHosts): Transport =>
    load.measured(venue === 'demo' ? demoTransport(demo, clock) : webTransport(allowedHosts(extraHosts))),
  post: (reply) => self.postMessage(reply, listTransfer(reply)),
  digest: sha256,
  wall: wallNow,
  peers: otherTabs(),
  buildId: __BUILD_ID__,
  venues,
});
void board.then((recorder) => {
  if (recorder) feed.record(recorder);
});

self.onmessage = (event: MessageEvent<Command>) => {
  load.run(() => feed.handle(event.data));
};

const everySecond = (): void => {
  clock.schedule(1000, () => {
    self.postMessage(load.report(clock.now(), feed.sockets, feed.clockOffsetMs));
    everySecond();
  });
};
everySecond();
