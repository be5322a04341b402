import { VENUE_HOSTS } from '../src/feed/venues/hosts.ts';

/** Where a page may always reach: a venue server on the same machine. Chromium refuses `[::1]` in a policy. */
const LOOPBACK = ['ws://127.0.0.1:*', 'http://127.0.0.1:*', 'ws://localhost:*', 'http://localhost:*'];

/** The one Trusted Types policy of the product: it makes the address of the worker and nothing else. */
const TRUSTED_TYPES_POLICY = 'app-worker';

const REMOTE_SCHEMES = ['ws:', 'wss:', 'http:', 'https:'];

/**
 * Reads VITE_EXTRA_HOSTS: origins separated by commas or spaces.
 * @returns the origins as written, without a trailing slash
 * @throws Error naming the entry that is not an origin, so that a typing mistake stops the build
 */
export function parseExtraHosts(text: string): string[] {
  return text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      const origin = entry.replace(/\/$/, '');
      const url = URL.canParse(origin) ? new URL(origin) : undefined;
      // What a browser would read as more than an origin, or as a second directive, never gets into the policy.
      const isOrigin =
        url !== undefined && REMOTE_SCHEMES.includes(url.protocol) && /^[a-z]+:\/\/[\w.-]+(:\d+)?$/i.test(origin);
      if (!isOrigin) {
        throw new Error(`VITE_EXTRA_HOSTS: "${entry}" is not an origin such as wss://gateway.example.com:8443.`);
      }
      return origin;
    });
}

function connectSources(extraHosts: readonly string[]): string[] {
  const remote = Object.values(VENUE_HOSTS).flatMap((hosts) => [...hosts.sockets, ...hosts.requests]);
  return [...new Set(["'self'", ...LOOPBACK, ...remote, ...extraHosts])];
}

function directives(extraHosts: readonly string[]): string[] {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src ${connectSources(extraHosts).join(' ')}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "media-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
    "frame-src 'none'",
    "require-trusted-types-for 'script'",
    `trusted-types ${TRUSTED_TYPES_POLICY}`,
  ];
}

/** The policy as a response header, for the page and for the worker's own files. */
export const headerPolicy = (extraHosts: readonly string[] = []) =>
  [...directives(extraHosts), "frame-ancestors 'none'", 'report-to csp'].join('; ');

/** The policy as a `<meta>`: without the two directives that a browser ignores there. */
export const metaPolicy = (extraHosts: readonly string[] = []) => directives(extraHosts).join('; ');

/** The text of `_headers`, in the form that static hosts and our own server read. */
export function headersFile(extraHosts: readonly string[] = []): string {
  const rules: [path: string, headers: [name: string, value: string][]][] = [
    [
      '/*',
      [
        ['Content-Security-Policy', headerPolicy(extraHosts)],
        ['Cross-Origin-Opener-Policy', 'same-origin'],
        ['Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()'],
        ['Referrer-Policy', 'no-referrer'],
        ['Strict-Transport-Security', 'max-age=31536000'],
        ['X-Content-Type-Options', 'nosniff'],
      ],
    ],
    ['/', [['Cache-Control', 'no-cache']]],
    ['/index.html', [['Cache-Control', 'no-cache']]],
    ['/assets/*', [['Cache-Control', 'public, max-age=31536000, immutable']]],
    ['/fonts/*', [['Cache-Control', 'public, max-age=604800']]],
  ];
  const lines = rules.flatMap(([path, headers]) => [path, ...headers.map(([name, value]) => `  ${name}: ${value}`)]);
  return `${lines.join('\n')}\n`;
}
