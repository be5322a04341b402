import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VENUE_HOSTS } from '../src/feed/venues/hosts';
import { headerPolicy, headersFile, metaPolicy, parseExtraHosts } from './security-headers';

const connectSources = (policy: string) =>
  (policy.split('; ').find((directive) => directive.startsWith('connect-src ')) ?? '').split(' ').slice(1);

describe('the policy', () => {
  test('public/_headers is what the venue list gives', () => {
    expect(readFileSync(new URL('../public/_headers', import.meta.url), 'utf8')).toBe(headersFile());
  });

  test('names every host of every venue, loopback, its own origin, and nothing else', () => {
    const venues = Object.values(VENUE_HOSTS).flatMap(({ sockets, requests }) => [...sockets, ...requests]);
    const own = ["'self'", 'ws://127.0.0.1:*', 'http://127.0.0.1:*', 'ws://localhost:*', 'http://localhost:*'];
    expect(connectSources(headerPolicy()).sort()).toEqual([...new Set([...own, ...venues])].sort());
  });

  test('allows no inline script or style, no eval, no frame and no other Trusted Types policy', () => {
    for (const policy of [headerPolicy(), metaPolicy()]) {
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
      expect(policy).not.toMatch(/unsafe|\*\.|https:;|upgrade-insecure-requests/);
      expect(policy).toContain("require-trusted-types-for 'script'; trusted-types app-worker");
    }
  });

  test('leaves out of the page what a browser ignores there', () => {
    expect(headerPolicy()).toMatch(/; frame-ancestors 'none'; report-to csp$/);
    expect(metaPolicy()).not.toMatch(/frame-ancestors|report-to/);
    expect(headerPolicy().startsWith(metaPolicy())).toBe(true);
  });

  test('takes in the hosts given at build time', () => {
    const extra = parseExtraHosts('wss://gw.example.com:8443, https://gw.example.com/');
    expect(extra).toEqual(['wss://gw.example.com:8443', 'https://gw.example.com']);
    expect(connectSources(metaPolicy(extra))).toEqual(expect.arrayContaining(extra));
    expect(headersFile(extra)).toContain('wss://gw.example.com:8443 https://gw.example.com;');
  });

  test.each([
    'gw.example.com',
    'https://gw.example.com/path',
    'https://*.example.com',
    'https://a.example;script-src',
    'ftp://a.example',
    'https://user@a.example',
    'javascript:alert(1)',
    '*',
  ])('refuses %j as an extra host', (text) => {
    expect(() => parseExtraHosts(text)).toThrow(/is not an origin/);
  });

  test('takes an empty setting for none', () => {
    expect(parseExtraHosts(' , ')).toEqual([]);
  });
});
