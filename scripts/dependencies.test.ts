import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

interface LockEntry {
  version: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  link?: boolean;
  resolved?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
const lock = (JSON.parse(read('package-lock.json')) as { packages: Record<string, LockEntry> }).packages;
const packages = Object.entries(lock).filter(([path]) => path !== '');

const SHIPPED = ['MIT', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', '0BSD'];
const TOOLS = [...SHIPPED, 'MPL-2.0', 'CC-BY-4.0', 'BlueOak-1.0.0'];
const MOST_RUNTIME_DEPENDENCIES = 14;

const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** A platform package that this machine's registry lacks says nothing about itself; the package that asks for it does. */
function licenceOf(path: string): string {
  const own = lock[path]?.license;
  if (own !== undefined) return own;
  const owner = packages.find(([, entry]) => entry.optionalDependencies?.[nameOf(path)] !== undefined);
  return owner?.[1].license ?? 'unknown';
}

/** Whether a licence expression can be satisfied from a list: one of an OR, all of an AND. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const bare = expression.replace(/[()]/g, '');
  return bare.split(/ OR /i).some((choice) => choice.split(/ AND /i).every((name) => allowed.includes(name.trim())));
}

describe('the packages', () => {
  test('are pinned exactly', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('that are shipped have a licence that asks for a notice at most', () => {
    const shipped = packages.filter(([, entry]) => !entry.dev && !entry.devOptional);
    expect(shipped.length).toBeGreaterThanOrEqual(Object.keys(manifest.dependencies).length);
    const refused = shipped.map(([path]) => `${nameOf(path)}: ${licenceOf(path)}`);
    expect(refused.filter((line) => !isAllowed(line.split(': ')[1] ?? '', SHIPPED))).toEqual([]);
  });

  test('that are tools have a licence of the wider list', () => {
    const refused = packages.map(([path]) => `${nameOf(path)}: ${licenceOf(path)}`);
    expect(refused.filter((line) => !isAllowed(line.split(': ')[1] ?? '', TOOLS))).toEqual([]);
  });

  test('come from the registry, by no address written into the lockfile, and run nothing when installed', () => {
    expect(packages.filter(([, entry]) => entry.link || entry.resolved !== undefined).map(([path]) => path)).toEqual(
      [],
    );
    const scripted = packages.filter(([, entry]) => entry.hasInstallScript).map(([path]) => nameOf(path));
    expect(scripted.filter((name) => name !== 'fsevents')).toEqual([]); // ships its binary; installed without scripts
  });

  test('that the page uses are few, and each has its line in docs/DEPENDENCIES.md', () => {
    const named = Object.entries(manifest.dependencies);
    expect(named.length).toBeLessThanOrEqual(MOST_RUNTIME_DEPENDENCIES);
    const documented = [...read('docs/DEPENDENCIES.md').matchAll(/^\| `([^`]+)` +\| +([\d.]+) +\| +([^|]+) \|/gm)];
    const shipped = named.map(([name, version]) => `${name} ${version} ${licenceOf(`node_modules/${name}`)}`);
    const tools = Object.entries(manifest.devDependencies).map(
      ([name, version]) => `${name} ${version} ${licenceOf(`node_modules/${name}`)}`,
    );
    const lines = documented.map(([, name, version, licence = '']) => `${name} ${version} ${licence.trim()}`);
    expect(lines.sort()).toEqual([...shipped, ...tools].sort());
  });
});

describe('the licence check', () => {
  test.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0', false],
    ['GPL-3.0', false],
    ['unknown', false],
  ])('takes %s for allowed: %s', (expression, allowed) => {
    expect(isAllowed(expression, SHIPPED)).toBe(allowed);
  });
});
