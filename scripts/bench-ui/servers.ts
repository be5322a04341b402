import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The build, served as `npm start` serves it. */
export async function serveSite(): Promise<{ url: string; stop: () => void }> {
  const { loadSite, siteHandler } = await import('../static-site.mjs');
  const server = createServer(siteHandler(loadSite(join(process.cwd(), 'dist'))));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}

/** A venue server in a process of its own, so that its work is not the page's. */
export interface VenueProcess {
  /** Query of the page that shows what it serves. */
  readonly query: string;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly symbol: string;
  stop(): void;
}

/** Instruments of each venue that a page of several opens: it takes 24 in all. */
const OF_EACH = 3;

/** The address with no more instruments than a page opens, some of every venue. */
function shareOut(address: string): string {
  const [keys, ...others] = address.split('&');
  const counts = new Map<string, number>();
  const ids = keys
    .slice('i='.length)
    .split(',')
    .filter((id) => {
      const [venue] = id.split(':');
      counts.set(venue, (counts.get(venue) ?? 0) + 1);
      return (counts.get(venue) ?? 0) <= OF_EACH;
    });
  return [`i=${ids.join(',')}`, ...others].join('&');
}

/** Start a venue server. @throws Error with what it said when it does not start */
export function spawnVenue(args: readonly string[]): Promise<VenueProcess> {
  const child: ChildProcess = spawn(process.execPath, [join('scripts', 'run.mjs'), 'venue', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  return new Promise((started, failed) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const address = /^http:\/\/\S+\?(i=\S+)$/m.exec(said)?.[1];
      const url = / on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (!address || !url) return;
      const symbol = decodeURIComponent(address).match(/i=[a-z-]+:([^&,]+)/)?.[1] ?? '';
      started({ query: `?${shareOut(address)}`, url, symbol, stop: () => child.kill('SIGTERM') });
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('exit', () => failed(new Error(said)));
  });
}
