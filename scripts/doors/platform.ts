import { walk } from './imports';
import type { DoorTables } from './tables';

const GLOBAL_OBJECTS = ['globalThis', 'self', 'window'];
const CHANCE = ['random', 'getRandomValues', 'randomUUID'];
const PURE_ROOMS = ['src/market/', 'src/protocol/', 'src/feed/'];
const SEED_SOURCE = 'src/feed/worker.ts';
const CLOCKS = ['src/feed/clock.ts', 'src/feed/worker.ts'];

interface Named {
  type?: string;
  name?: string;
}

/** The names a file must leave to their owners. */
export function deniedIn(file: string, tables: DoorTables): string[] {
  const owned = tables.ownerships.filter((row) => row.owner === file).flatMap((row) => row.names);
  return tables.ownerships
    .filter((row) => row.closed.some((folder) => file.startsWith(`${folder}/`)))
    .flatMap((row) => row.names)
    .filter((name) => !owned.includes(name));
}

/** Uses of the platform that the lint cannot see: through the global object, or by what is done with an allowed name. */
export function hiddenPlatformUse(file: string, source: string, tables: DoorTables): string[] {
  const denied = deniedIn(file, tables);
  const isPure = PURE_ROOMS.some((room) => file.startsWith(room));
  const mayAskTheTime = !isPure || CLOCKS.includes(file);
  const found: string[] = [];
  walk(file, source, (node) => {
    if (node.type === 'MemberExpression') {
      const object = (node.object as Named).name ?? '';
      const property = (node.property as Named).name ?? '';
      if (GLOBAL_OBJECTS.includes(object) && denied.includes(property))
        found.push(`${file} uses ${object}.${property}`);
      const isChance = object === 'Math' || (object === 'crypto' && file !== SEED_SOURCE);
      if (isPure && isChance && CHANCE.includes(property)) found.push(`${file} uses ${object}.${property}`);
      if (!mayAskTheTime && object === 'Date' && property === 'now') found.push(`${file} asks Date.now`);
    }
    const isDateCall =
      (node.type === 'NewExpression' || node.type === 'CallExpression') && (node.callee as Named).name === 'Date';
    if (!mayAskTheTime && isDateCall && (node.arguments as unknown[]).length === 0)
      found.push(`${file} asks Date for now`);
  });
  return found;
}
