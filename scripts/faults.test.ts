import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { walk } from './doors/imports';

const root = resolve(import.meta.dirname, '..');
const ROWS = Array.from({ length: 61 }, (_, i) => i + 1);

interface Node {
  readonly type: string;
  readonly name?: string;
  readonly [key: string]: unknown;
}

/** A title as it stands in a source file. */
interface Title {
  readonly text: string;
  /** It runs on every machine: it is not switched off, nor on only where there are recordings. */
  readonly always: boolean;
}

const SUITES = ['test', 'it', 'describe'];
const OFF = ['skip', 'todo', 'fixme', 'fails', 'skipIf', 'runIf'];

/** The names of `it.skipIf(x).each(y)`, first to last; none when it does not begin with a name. */
function chain(callee: Node): string[] {
  switch (callee.type) {
    case 'Identifier':
      return [String(callee.name)];
    case 'MemberExpression': {
      const object = chain(callee.object as Node);
      return object.length === 0 ? [] : [...object, String((callee.property as Node).name)];
    }
    case 'CallExpression':
      return chain(callee.callee as Node);
    case 'TaggedTemplateExpression':
      return chain(callee.tag as Node);
    default:
      return [];
  }
}

/** What is written in a title; what it takes from variables is left out. */
function textOf(node: Node | undefined): string | null {
  if (node?.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node?.type !== 'TemplateLiteral') return null;
  return (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…');
}

/** Titles of the tests and groups of tests in a file. */
function titlesOf(file: string, source: string): Title[] {
  const found: Title[] = [];
  walk(file, source, (node) => {
    if (node.type !== 'CallExpression') return;
    const names = chain(node.callee as Node);
    const text = textOf((node.arguments as Node[])[0]);
    if (text !== null && SUITES.includes(names[0] ?? ''))
      found.push({ text, always: !names.some((name) => OFF.includes(name)) });
  });
  return found;
}

/** Rows that a title names. */
const rowsIn = (title: string): number[] => [...title.matchAll(/\[F(\d+)\]/g)].map((match) => Number(match[1]));

/** What looks like the name of a row and is not written as one. */
const slipsIn = (title: string): string[] =>
  [...title.matchAll(/\[?\s*\bF\s*-?\d[^[\]]*\]?/gi)]
    .map(([slip]) => slip)
    .filter((slip) => /[[\]]/.test(slip) && !/^\[F[1-9]\d*\]$/.test(slip));

interface Row {
  readonly row: number;
  readonly wrong: string;
  readonly seen: string;
}

/** Rows of the page, in their order. */
function rowsOf(page: string): Row[] {
  return page.split('\n').flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const row = /^F(\d+)$/.exec(cells[1] ?? '');
    return row ? [{ row: Number(row[1]), wrong: cells[2] ?? '', seen: cells[3] ?? '' }] : [];
  });
}

/** Everything that keeps page and tests apart, one sentence each. */
function disagreements(page: string, titles: readonly Title[]): string[] {
  const rows = rowsOf(page).map(({ row }) => row);
  const proven = new Set(titles.filter(({ always }) => always).flatMap(({ text }) => rowsIn(text)));
  return [
    ...rows.filter((row) => !proven.has(row)).map((row) => `F${row} has no test that always runs`),
    ...titles.flatMap(({ text }) => [
      ...rowsIn(text)
        .filter((row) => !rows.includes(row))
        .map((row) => `“${text}” names F${row}, which is no row`),
      ...slipsIn(text).map((slip) => `“${text}” writes ${slip} for a row`),
    ]),
  ];
}

const testFiles = ['src', 'scripts', 'e2e'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.split(sep).join('/')))
    .filter((name) => /\.(?:test|spec)\.tsx?$/.test(name) && name !== 'scripts/faults.test.ts'),
);
const page = readFileSync(join(root, 'docs/FAULTS.md'), 'utf8');
const titles = testFiles.flatMap((file) => titlesOf(file, readFileSync(join(root, file), 'utf8')));

describe('docs/FAULTS.md', () => {
  test('has every row once, in order, and each says what goes wrong and what is seen', () => {
    const rows = rowsOf(page);
    expect(rows.map(({ row }) => row).filter((row) => row <= 61)).toEqual(ROWS);
    expect(rows.map(({ row }) => row)).toEqual([...new Set(rows.map(({ row }) => row))].sort((a, b) => a - b));
    for (const { row, wrong, seen } of rows) {
      expect(wrong, `F${row}`).toMatch(/\w{3}/);
      expect(seen, `F${row}`).toMatch(/\w{3}.*[.”]$/);
    }
  });

  test('and the tests name the same rows', () => {
    expect(titles.length).toBeGreaterThan(500);
    expect(disagreements(page, titles)).toEqual([]);
  });
});

describe('the comparison', () => {
  const made = '| row | wrong | seen |\n|---|---|---|\n| F1 | a | b. |\n| F2 | a | b. |\n';
  const compare = (source: string): string[] => disagreements(made, titlesOf('made-up.test.ts', source));

  test('is content when each row has a test, in whatever form its title is written', () => {
    expect(compare(`it('[F1] a', f); test.each([1])(\`[F2] \${'b'}\`, f);`)).toEqual([]);
    expect(compare("describe.each([1])('[F1] [F2] a', () => {});")).toEqual([]);
    expect(compare("test.describe('[F1] x', () => { test('[F2] y', async ({ page }) => {}); });")).toEqual([]);
  });

  test('names a row without a test', () => {
    expect(compare("it('[F1] a', () => {});")).toEqual(['F2 has no test that always runs']);
  });

  test.each(['it.skip', 'it.todo', 'test.fixme', 'it.skipIf(true)', 'describe.skipIf(true)', 'it.runIf(x).each([1])'])(
    'does not take %s for a test that always runs',
    (how) => {
      expect(compare(`it('[F1] a', f); ${how}('[F2] b', f);`)).toEqual(['F2 has no test that always runs']);
    },
  );

  test('does not take a comment, another call or a text for a test', () => {
    expect(compare("// it('[F1] a')\nsay('[F1] a'); const t = \"it('[F2] a', f)\"; it('b', f);")).toEqual([
      'F1 has no test that always runs',
      'F2 has no test that always runs',
    ]);
  });

  test('names a test of a row that there is not', () => {
    expect(compare("it('[F1] [F2] a', f); it.skip('[F3] b', f);")).toEqual(['“[F3] b” names F3, which is no row']);
  });

  test.each(['[f1] a', '[F1, F2] a', '[ F1] a', '[F 1] a', '[F01] a', '[F1 a'])('takes %j for a slip', (title) => {
    const said = compare(`it('[F1] [F2] a', f); it('${title}', f);`);
    expect(said.join()).toContain('for a row');
  });
});
