// The server behind `npm start`. It holds a finished build in memory, so that a build made while a tab is open cannot
// take away the files which that tab has yet to load, and so that no path can lead outside the build.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/** @type {Record<string, string>} */
const CONTENT_TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp3': 'audio/mpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wav': 'audio/wav',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/**
 * @typedef {{ body: Buffer, type: string, etag: string }} SiteFile
 * @typedef {{ matches: (path: string) => boolean, headers: [string, string][] }} HeaderRule
 * @typedef {{ files: Map<string, SiteFile>, rules: HeaderRule[] }} Site
 */

/** A folder that does not hold a complete build. */
export class IncompleteSite extends Error {}

/**
 * Reads the `_headers` form of static hosts: a path, then indented `Name: value` lines; `*` stands for any text.
 * @param {string} text
 * @returns {HeaderRule[]}
 */
export function parseHeaders(text) {
  /** @type {HeaderRule[]} */
  const rules = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '' || line.trim().startsWith('#')) continue;
    if (!/^\s/.test(line)) {
      const parts = line
        .trim()
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
      const pattern = new RegExp(`^${parts.join('.*')}$`);
      rules.push({ matches: (path) => pattern.test(path), headers: [] });
      continue;
    }
    const colon = line.indexOf(':');
    const rule = rules.at(-1);
    if (!rule || colon < 0) throw new IncompleteSite(`_headers has a line that cannot be read: ${line.trim()}`);
    rule.headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return rules;
}

/** Every file below a folder, as paths with forward slashes. @param {string} folder */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      relative(folder, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join('/'),
    );

/** @param {string} folder @param {Set<string>} present */
function checkComplete(folder, present) {
  if (!present.has('index.html')) throw new IncompleteSite('there is no index.html in it');
  if (!present.has('_headers')) throw new IncompleteSite('it lacks _headers');
  const manifestFile = join(folder, '.vite', 'manifest.json');
  if (!existsSync(manifestFile)) throw new IncompleteSite('it lacks its manifest');
  /** @type {Record<string, { file: string, css?: string[], assets?: string[] }>} */
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const named = Object.values(manifest).flatMap((chunk) => [chunk.file, ...(chunk.css ?? []), ...(chunk.assets ?? [])]);
  const missing = named.find((file) => !present.has(file));
  if (missing) throw new IncompleteSite(`it lacks ${missing}`);
}

/**
 * Reads a finished build into memory.
 * @param {string} folder
 * @returns {Site}
 * @throws {IncompleteSite} when the folder is missing, or half a build
 */
export function loadSite(folder) {
  if (!existsSync(folder)) throw new IncompleteSite('it does not exist');
  const names = filesBelow(folder);
  checkComplete(folder, new Set(names));
  /** @type {Map<string, SiteFile>} */
  const files = new Map();
  for (const name of names) {
    if (name === '_headers' || name.startsWith('.')) continue;
    const body = readFileSync(join(folder, name));
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const file = { body, etag, type: CONTENT_TYPES[extname(name)] ?? 'application/octet-stream' };
    files.set(`/${name}`, file);
    if (name === 'index.html' || name.endsWith('/index.html'))
      files.set(`/${name.slice(0, -'index.html'.length)}`, file);
  }
  return { files, rules: parseHeaders(readFileSync(join(folder, '_headers'), 'utf8')) };
}

/** The path a request asks for, decoded; undefined when it is not one. @param {string} target */
function requestPath(target) {
  try {
    return decodeURIComponent(target.split(/[?#]/, 1)[0] ?? '');
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}

/** @param {import('node:http').ServerResponse} response @param {number} status @param {string} sentence */
function answerPlainly(response, status, sentence) {
  const body = `${sentence}\n`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/**
 * Answers requests from a site.
 * @param {Site} site
 * @param {string} [base]  the folder the site is mounted under, with a slash at both ends
 * @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void}
 */
export function siteHandler(site, base = '/') {
  return (request, response) => {
    const path = requestPath(request.url ?? '/');
    const isBelow = path?.startsWith(base) === true;
    const own = isBelow ? `/${path.slice(base.length)}` : '';
    for (const rule of site.rules) {
      if (rule.matches(own || '/')) for (const [name, value] of rule.headers) response.setHeader(name, value);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      answerPlainly(response, 405, 'Only GET and HEAD are answered here.');
      return;
    }
    if (path === undefined) {
      answerPlainly(response, 400, 'This address cannot be read.');
      return;
    }
    const file = site.files.get(own);
    if (!file) {
      response.setHeader('Cache-Control', 'no-store');
      answerPlainly(response, 404, 'There is nothing at this address.');
      return;
    }
    if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-cache');
    response.setHeader('ETag', file.etag);
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.body.length });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  };
}
