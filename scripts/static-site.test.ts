import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { headersFile } from './security-headers';
import { IncompleteSite, loadSite, siteHandler } from './static-site.mjs';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const BUILD: Record<string, string> = {
  'index.html': '<!doctype html>',
  _headers: headersFile(),
  'assets/index-1.js': 'export {};',
  'assets/worker-2.js': 'self.onmessage = null;',
  'assets/index-3.css': ':root {}',
  'fonts/face.woff2': 'font',
  'icon.svg': '<svg/>',
  '.vite/manifest.json': JSON.stringify({
    'index.html': { file: 'assets/index-1.js', css: ['assets/index-3.css'], assets: ['assets/worker-2.js'] },
  }),
};

function buildWithout(missing?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'depthwire-site-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(BUILD)) {
    if (name === missing) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Asks with the path as it is written; fetch would tidy it first. */
const ask = (port: number, path: string, method = 'GET', headers: Record<string, string> = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });

async function serve(base?: string) {
  const server = createServer(siteHandler(loadSite(buildWithout()), base));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

describe('a served build', () => {
  let site: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => {
    site = await serve();
  });
  afterAll(() => void site.server.close());

  test.each([
    ['/', 'text/html; charset=utf-8', 'no-cache'],
    ['/?i=demo:BTC-USD&t=1m', 'text/html; charset=utf-8', 'no-cache'],
    ['/index.html', 'text/html; charset=utf-8', 'no-cache'],
    ['/assets/worker-2.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/assets/index-3.css', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/fonts/face.woff2', 'font/woff2', 'public, max-age=604800'],
    ['/icon.svg', 'image/svg+xml; charset=utf-8', 'no-cache'],
  ])('answers %s as %s, cached as %s, with every security header', async (path, type, cache) => {
    const { status, headers } = await ask(site.port, path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
    expect(headers['cache-control']).toBe(cache);
    const wanted = headersFile()
      .split('\n')
      .slice(1, 7)
      .map((line) => line.trim());
    const given = wanted.map((line) => {
      const name = line.slice(0, line.indexOf(':'));
      return `${name}: ${String(headers[name.toLowerCase()])}`;
    });
    expect(given).toEqual(wanted);
  });

  test.each([
    '/nothing.js',
    '/assets/',
    '/_headers',
    '/.vite/manifest.json',
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/assets/..%5c..%5cpackage.json',
    '//etc/passwd',
  ])('has nothing at %s', async (path) => {
    const { status, headers } = await ask(site.port, path);
    expect(status).toBe(404);
    expect(headers['content-security-policy']).toBeDefined();
    expect(headers['cache-control']).toBe('no-store');
  });

  test('refuses an address that cannot be decoded and a method that changes something', async () => {
    expect((await ask(site.port, '/%zz')).status).toBe(400);
    const refusal = await ask(site.port, '/', 'POST');
    expect([refusal.status, refusal.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  test('answers HEAD without a body, and a known version with 304', async () => {
    const full = await ask(site.port, '/');
    const head = await ask(site.port, '/', 'HEAD');
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', String(full.body.length)]);
    const again = await ask(site.port, '/', 'GET', { 'If-None-Match': String(full.headers.etag) });
    expect([again.status, again.body]).toEqual([304, '']);
  });
});

test('a build mounted under a sub-path answers there with the same headers, and nowhere else', async () => {
  const { server, port } = await serve('/desk/');
  const page = await ask(port, '/desk/');
  const script = await ask(port, '/desk/assets/index-1.js');
  expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-cache']);
  expect([script.status, script.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable']);
  expect((await ask(port, '/')).status).toBe(404);
  expect((await ask(port, '/assets/index-1.js')).status).toBe(404);
  server.close();
});

test.each(['index.html', '_headers', '.vite/manifest.json', 'assets/worker-2.js', 'assets/index-3.css'])(
  'a build without %s is refused as incomplete',
  (missing) => {
    expect(() => loadSite(buildWithout(missing))).toThrow(IncompleteSite);
  },
);

describe('npm start', () => {
  const start = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/start.mjs', ...args], { encoding: 'utf8', timeout: 20_000 });

  test.each([
    [['--prot', '1'], 'npm start does not know "--prot"'],
    [['--port'], '--port needs a number'],
    [['--port', '70000'], '--port needs a number'],
    [['--port', '4k'], '--port needs a number'],
    [['--dev', '--no-build'], 'exclude each other'],
  ])('refuses %j with a sentence', (args, sentence) => {
    const { status, stderr, stdout } = start(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(sentence);
    expect(`${stderr}${stdout}`.trim().split('\n')).toHaveLength(1);
  });

  test('says that a port is taken before it builds anything', async () => {
    const taken = createSocketServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { status, stderr, stdout } = start('--port', String(port));
    taken.close();
    expect(status).toBe(1);
    expect(stderr.trim()).toBe(`Port ${port} is taken. Stop what uses it, or choose another: npm start -- --port N`);
    expect(stdout).toBe('');
  });

  test('is what package.json runs', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    expect(scripts.start).toBe('node scripts/start.mjs');
  });
});
