import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve, sep } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { closedDoors, moduleReferences } from './doors/imports';
import { DOOR_MESSAGE, deriveOverrides, type Override, RELATIVE_MESSAGE } from './doors/lint-rules';
import { deniedIn, hiddenPlatformUse } from './doors/platform';
import { type Door, readDoorTables } from './doors/tables';

const root = resolve(import.meta.dirname, '..');
const tables = readDoorTables(readFileSync(join(root, 'docs/ARCHITECTURE.md'), 'utf8'));
const config = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')) as { overrides: Override[] };

/** Every source file of a folder, as a path from the repository's root. */
const sourcesOf = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.split(sep).join('/')))
    .filter((name) => /\.(?:ts|tsx|mjs)$/.test(name) && !name.endsWith('.d.ts'))
    .sort();

const sources = ['src', 'scripts', ...(readdirSync(root).includes('e2e') ? ['e2e'] : [])]
  .flatMap(sourcesOf)
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
const isTest = (file: string) => /\.test\.tsx?$/.test(file);

interface Finding {
  path: string;
  category: string;
  message: string;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Lints made-up files under the project's own configuration, in one run. */
function lint(files: Record<string, string>): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), 'depthwire-doors-'));
  folders.push(folder);
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...config, vcs: { enabled: false } }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const report = JSON.parse(run.stdout) as {
    diagnostics: { category: string; message: string; location: { path: string } }[];
  };
  return report.diagnostics.map(({ category, message, location }) => ({ path: location.path, category, message }));
}

/** An import in a file of its own, so that a finding says which import it is about. */
interface Probe {
  file: string;
  specifier: string;
}

/** Lints one probe a file and returns those that were refused by the doors, as `file imports specifier`. */
function refused(probes: readonly Probe[]): string[] {
  const files = Object.fromEntries(probes.map(({ file, specifier }) => [file, `import '${specifier}';\n`]));
  const hits = new Set(
    lint(files)
      .filter(({ message }) => message === DOOR_MESSAGE || message === RELATIVE_MESSAGE)
      .map(({ path }) => path.split('\\').join('/')),
  );
  return probes.filter(({ file }) => hits.has(file)).map(say);
}

const say = ({ file, specifier }: Probe) => `${file} imports ${specifier}`;

const sourceRooms = tables.doors.filter((door) => door.room.startsWith('src/'));
const linted = tables.doors.filter((door) => !/\.\w+$/.test(door.room));
const everyPackage = [...new Set(tables.doors.flatMap((door) => door.packages)), 'left-pad', '@some/package'].filter(
  (name) => !name.endsWith('*'),
);
const builtins = ['node:fs', 'node:fs/promises'];

const nameOf = (room: string) => room.replace(/^src\//, '');
const mayImport = (door: Door, other: Door) =>
  door.rooms.some((room) => nameOf(other.room) === room || nameOf(other.room).startsWith(`${room}/`));
const mayUse = (door: Door, name: string) =>
  door.packages.some((open) => (open.endsWith('*') ? name.startsWith(open.slice(0, -1)) : open === name));

let serial = 0;
const probe = (door: Door, specifier: string, depth = ''): Probe => {
  serial += 1;
  return { file: `${door.room}/${depth}probe-${serial}.ts`, specifier };
};
const fromRoom = (door: Door, target: string) => posix.relative(door.room, target);

describe('the doors table', () => {
  test('biome.json holds exactly the rules that follow from it; npm run doors writes them', () => {
    const isDoorRule = ({ linter }: Override) =>
      'noRestrictedImports' in (linter.rules.style ?? {}) || 'noRestrictedGlobals' in (linter.rules.style ?? {});
    expect(config.overrides.filter(isDoorRule)).toEqual(deriveOverrides(tables));
  });

  test('no rule set by hand comes after the derived ones, where it would open a door', () => {
    const derived = deriveOverrides(tables).length;
    expect(config.overrides.slice(-derived)).toEqual(deriveOverrides(tables));
  });

  test('every file of src belongs to a room', () => {
    const homeless = sources.filter(
      ({ file }) => file.startsWith('src/') && !tables.doors.some(({ room }) => file.startsWith(`${room}/`)),
    );
    expect(homeless.map(({ file }) => file)).toEqual([]);
  });
});

describe('the lint', () => {
  test('refuses an import through each closed door between rooms, by name and by relative path', () => {
    const probes = linted.flatMap((door) =>
      sourceRooms
        .filter((other) => other !== door && !mayImport(door, other))
        .flatMap((other) => [
          probe(door, `@/${nameOf(other.room)}/anything`),
          probe(door, `@/${nameOf(other.room)}/deep/er`),
          probe(door, `${fromRoom(door, other.room)}/anything`),
          probe(door, `../${fromRoom(door, other.room)}/anything`, 'deeper/'),
        ]),
    );
    expect(probes.length).toBeGreaterThan(100);
    expect(refused(probes)).toEqual(probes.map(say));
  });

  test('refuses each package that a room may not use', () => {
    const probes = linted.flatMap((door) =>
      [...everyPackage, ...builtins].filter((name) => !mayUse(door, name)).map((name) => probe(door, name)),
    );
    expect(probes.length).toBeGreaterThan(100);
    expect(refused(probes)).toEqual(probes.map(say));
  });

  test('refuses scripts and end-to-end tests in the sources', () => {
    const probes = sourceRooms.flatMap((door) =>
      ['scripts/venue/anything', 'e2e/anything'].map((target) => probe(door, fromRoom(door, target))),
    );
    expect(refused(probes)).toEqual(probes.map(say));
  });

  test('refuses an open room by relative path, and the own room by name', () => {
    const probes = sourceRooms.flatMap((door) => [
      probe(door, `@/${nameOf(door.room)}/anything`),
      ...sourceRooms
        .filter((other) => mayImport(door, other))
        .map((other) => probe(door, `${fromRoom(door, other.room)}/anything`)),
    ]);
    expect(refused(probes)).toEqual(probes.map(say));
  });

  test('lets every open door be used', () => {
    const probes = linted.flatMap((door) => [
      ...sourceRooms
        .filter((other) => mayImport(door, other))
        .map((other) => probe(door, `@/${nameOf(other.room)}/anything`)),
      ...door.rooms.filter((room) => room.includes('?')).map((room) => probe(door, `@/${room}`)),
      ...[...everyPackage, ...builtins].filter((name) => mayUse(door, name)).map((name) => probe(door, name)),
      probe(door, './neighbour'),
      probe(door, '../parent', 'deeper/'),
    ]);
    expect(refused(probes)).toEqual([]);
  });

  test.each([
    ["import type { A } from '@/store/a';\nexport type B = A;\n"],
    ["export * from '@/store/a';\n"],
    ["export { a } from '@/store/a';\n"],
    ["export const a = await import('@/store/a');\n"],
  ])('sees the import in %j', (text) => {
    const findings = lint({ 'src/market/probe.ts': text });
    expect(findings.map(({ message }) => message)).toContain(DOOR_MESSAGE);
  });

  test('refuses each platform name outside its owner, and leaves it to the owner', () => {
    const closedFiles = tables.ownerships.flatMap(({ closed }) => closed.map((folder) => `${folder}/any/probe.ts`));
    const files = [...new Set([...closedFiles, ...tables.ownerships.map(({ owner }) => owner), 'src/ui/probe.ts'])];
    const names = [...new Set(tables.ownerships.flatMap((row) => row.names))];
    const text = names.map((name) => `export const my${name} = ${name};\n`).join('');
    const findings = lint(Object.fromEntries(files.map((file) => [file, text])));
    for (const file of files) {
      const found = findings
        .filter(({ path, category }) => path === file && category === 'lint/style/noRestrictedGlobals')
        .map(({ message }) => /variable (\w+)/.exec(message)?.[1] ?? message);
      expect({ file, found: found.sort() }).toEqual({ file, found: [...new Set(deniedIn(file, tables))].sort() });
    }
  });

  test('refuses a circle of imports', () => {
    const findings = lint({
      'src/market/a.ts': "import { b } from './b';\nexport const a = () => b;\n",
      'src/market/b.ts': "import { a } from './a';\nexport const b = () => a;\n",
    });
    expect(findings.map(({ category }) => category)).toContain('lint/suspicious/noImportCycles');
  });

  test.each([
    ['noDefaultExport', 'export default 1;\n'],
    ['noExplicitAny', 'export const a = (b: any) => b;\n'],
    ['noNonNullAssertion', 'export const a = (b: string | null) => b!.length;\n'],
    ['noConsole', 'console.log(1);\n'],
    ['noEmptyBlockStatements', 'export const a = () => {\n  try {\n    JSON.parse("");\n  } catch {}\n};\n'],
    ['noTsIgnore', '// @ts-ignore\nexport const a: number = "";\n'],
  ])('holds the house rule %s', (rule, text) => {
    const findings = lint({ 'src/market/probe.ts': text });
    expect(findings.map(({ category }) => category.split('/').at(-1))).toContain(rule);
  });
});

describe('the sources', () => {
  test('use open doors only, also in types, in dynamic imports and in the addresses of modules', () => {
    expect(sources.flatMap(({ file, text }) => closedDoors(file, text, tables))).toEqual([]);
  });

  test('reach the platform through its owners only, also by way of the global object', () => {
    const own = sources.filter(({ file }) => file.startsWith('src/') && !isTest(file));
    expect(own.flatMap(({ file, text }) => hiddenPlatformUse(file, text, tables))).toEqual([]);
  });

  test('build no markup and no code from text', () => {
    const forbidden =
      /\b(?:innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|createContextualFragment)\b|\bdocument\.write|\beval\s*\(|\bnew Function\b|javascript:/;
    const own = sources.filter(({ file }) => file.startsWith('src/') && !isTest(file));
    expect(own.filter(({ text }) => forbidden.test(text)).map(({ file }) => file)).toEqual([]);
  });

  test('have no file whose name says nothing', () => {
    expect(
      sources.filter(({ file }) => /\/(?:utils?|helpers?|common|types)\.\w+$/.test(file)).map(({ file }) => file),
    ).toEqual([]);
  });
});

describe('the walk over the syntax tree', () => {
  test('finds every way to name a module', () => {
    const text = [
      "import type { A } from './a';",
      "export * from './b';",
      "export { c } from './c';",
      "type D = import('./d').D;",
      "const e = await import('./e');",
      "const f = new URL('./f', import.meta.url);",
      'const g = await import(name);',
      "const no = new URL('./no', 'https://example.com');",
    ].join('\n');
    const found = moduleReferences('src/market/x.ts', text).map(({ specifier }) => specifier ?? 'computed');
    expect(found.sort()).toEqual(['./a', './b', './c', './d', './e', './f', 'computed']);
  });

  test.each([
    ['src/market/x.ts', "type A = import('@/store/a').A;"],
    ['src/market/x.ts', "new URL('../store/a', import.meta.url);"],
    ['src/market/x.ts', "import('../store/a');"],
    ['src/market/x.ts', 'import(name);'],
    ['src/market/x.test.ts', "import '@/store/a';"],
    ['src/panels/chart/x.ts', "import '../ladder';"],
    ['src/app/x.ts', "import '@/feed/worker';"],
    ['src/app/x.ts', "new URL('../feed/worker', import.meta.url);"],
    ['src/elsewhere/x.ts', ''],
    ['scripts/venue/x.ts', "import '../../src/market/book';"],
    ['scripts/venue/x.ts', "import '../bench';"],
    ['e2e/x.spec.ts', "import '../src/market/book';"],
  ])('refuses in %s: %s', (file, text) => {
    expect(closedDoors(file, text, tables)).toHaveLength(1);
  });

  test.each([
    ['src/app/x.ts', "import url from '@/feed/worker?worker&url';"],
    ['src/feed/venues/x.ts', "import '../json';"],
    ['src/market/x.test.ts', "import 'fast-check';"],
    ['src/feed/x.test.ts', "new URL('../../e2e/captures/a.jsonl', import.meta.url);"],
    ['src/ui/x.tsx', "import './x.module.css';"],
    ['src/app/x.ts', 'new URL(name, import.meta.url);'],
    ['scripts/venue/x.test.ts', "import 'vitest';"],
    ['scripts/venue/testing/x.ts', "new URL('../../../', import.meta.url);"],
    ['e2e/x.spec.ts', "import '../scripts/venue/server';"],
  ])('accepts in %s: %s', (file, text) => {
    expect(closedDoors(file, text, tables)).toEqual([]);
  });

  test.each([
    ['src/feed/x.ts', 'Math.random();'],
    ['src/feed/x.ts', 'crypto.randomUUID();'],
    ['src/feed/x.ts', 'new self.WebSocket(url);'],
    ['src/feed/x.ts', 'globalThis.setTimeout(a);'],
    ['src/ui/x.ts', 'window.fetch(url);'],
    ['src/market/time.ts', 'Date.now();'],
    ['src/market/time.ts', 'new Date();'],
    ['src/feed/worker.ts', 'Math.random();'],
  ])('refuses in %s: %s', (file, text) => {
    expect(hiddenPlatformUse(file, text, tables)).toHaveLength(1);
  });
});
