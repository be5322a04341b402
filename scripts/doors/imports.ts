import { posix } from 'node:path';
import { parseAst } from 'vite';
import type { Door, DoorTables } from './tables';

/** One place in a file that names another module, or the address of one. */
export interface ModuleReference {
  /** Undefined when it is computed and so cannot be known without running the code. */
  specifier: string | undefined;
  kind: 'import' | 'address';
}

interface Node {
  type: string;
  [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

const languageOf = (file: string) => (file.endsWith('.tsx') ? 'tsx' : file.endsWith('.ts') ? 'ts' : 'js');

/** Visits every node of a file's syntax tree. */
export function walk(file: string, source: string, visit: (node: Node) => void): void {
  const queue: unknown[] = [parseAst(source, { lang: languageOf(file) })];
  for (let value = queue.pop(); value !== undefined || queue.length > 0; value = queue.pop()) {
    if (Array.isArray(value)) queue.push(...value);
    if (!isNode(value)) continue;
    visit(value);
    queue.push(...Object.values(value).filter((child) => typeof child === 'object' && child !== null));
  }
}

const textOf = (node: unknown) => (isNode(node) && typeof node.value === 'string' ? node.value : undefined);

const isModuleAddress = (node: Node) => {
  const args = node.arguments as Node[];
  const base = args[1];
  return (
    isNode(node.callee) &&
    node.callee.name === 'URL' &&
    isNode(base) &&
    isNode(base.object) &&
    base.object.type === 'MetaProperty'
  );
};

const IMPORTS = [
  'ImportDeclaration',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'ImportExpression',
  'TSImportType',
];

/** Everything a file imports: values and types, at the top or later, and `new URL('…', import.meta.url)`. */
export function moduleReferences(file: string, source: string): ModuleReference[] {
  const found: ModuleReference[] = [];
  walk(file, source, (node) => {
    if (IMPORTS.includes(node.type) && isNode(node.source))
      found.push({ specifier: textOf(node.source), kind: 'import' });
    if (node.type === 'NewExpression' && isModuleAddress(node)) {
      found.push({ specifier: textOf((node.arguments as Node[])[0]), kind: 'address' });
    }
  });
  return found;
}

const isTest = (file: string) => /\.test\.tsx?$/.test(file);
const isBelow = (path: string, folder: string) =>
  path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}.`);

/** The row a file belongs to. */
export const doorOf = (path: string, tables: DoorTables): Door | undefined =>
  tables.doors.filter((door) => isBelow(path, door.room)).sort((a, b) => b.room.length - a.room.length)[0];

function packageIsOpen(specifier: string, packages: readonly string[]): boolean {
  return packages.some((name) =>
    name.endsWith('*')
      ? specifier.startsWith(name.slice(0, -1))
      : specifier === name || specifier.startsWith(`${name}/`),
  );
}

function relativeIsOpen(target: string, file: string, door: Door): boolean {
  if (isBelow(target, door.room)) return true;
  if (!target.startsWith('src/') && isTest(file)) return !isBelow(target, 'e2e');
  return !door.room.startsWith('src/') && door.rooms.some((room) => isBelow(target, room.replace(/\.\w+$/, '')));
}

function importIsOpen(specifier: string, file: string, door: Door, tables: DoorTables): boolean {
  if (specifier.startsWith('.')) {
    const path = specifier.split('?', 1)[0] ?? '';
    return relativeIsOpen(posix.join(posix.dirname(file), path), file, door);
  }
  if (specifier.startsWith('@/')) {
    const path = specifier.slice(2);
    return door.rooms.some((room) => (room.includes('/') ? path === room : path.startsWith(`${room}/`)));
  }
  return packageIsOpen(specifier, isTest(file) ? [...door.packages, ...tables.testPackages] : door.packages);
}

/** The address of a file to read is no import; the address of a source file of another room is one. */
function addressIsOpen(specifier: string, file: string, door: Door): boolean {
  if (isTest(file)) return true;
  const target = specifier.startsWith('@/') ? `src/${specifier.slice(2)}` : posix.join(posix.dirname(file), specifier);
  return !target.startsWith('src/') || isBelow(target, door.room);
}

/** What is wrong with the imports of a file, one sentence each; none when every one uses an open door. */
export function closedDoors(file: string, source: string, tables: DoorTables): string[] {
  const door = doorOf(file, tables);
  if (!door) return file.startsWith('src/') ? [`${file} belongs to no room of the doors table`] : [];
  return moduleReferences(file, source).flatMap(({ specifier, kind }) => {
    if (specifier === undefined) return kind === 'import' ? [`${file} has an import that is computed`] : [];
    const isOpen =
      kind === 'import' ? importIsOpen(specifier, file, door, tables) : addressIsOpen(specifier, file, door);
    return isOpen ? [] : [`${file} imports ${specifier}`];
  });
}
