import type { Door, DoorTables } from './tables';

/** One entry of `overrides` in biome.json. */
export interface Override {
  includes: string[];
  linter: { rules: Record<string, Record<string, unknown>> };
}

export const DOOR_MESSAGE = 'This door is closed: see the doors table in docs/ARCHITECTURE.md.';
export const RELATIVE_MESSAGE = 'Another room is imported as @/room/file, and only through an open door.';

const SOURCE_ROOMS = ['market', 'protocol', 'feed', 'store', 'ui', 'panels', 'workspace', 'app'];

const TESTS = ['**/*.test.ts', '**/*.test.tsx'];

/** A question mark is a wildcard in lint patterns unless escaped. */
const literal = (specifier: string) => specifier.replaceAll('?', '\\?');

function openings(names: readonly string[]): string[] {
  return names.flatMap((name) => (name.endsWith('*') ? [`!${name}`, `!${name}/**`] : [`!${name}`, `!${name}/**`]));
}

/** Rooms outside `src` are reached by relative paths, which stay open in the lint. */
const roomOpenings = (rooms: readonly string[]) =>
  rooms
    .filter((room) => !room.startsWith('scripts/'))
    .map((room) => (room.includes('/') ? `!@/${literal(room)}` : `!@/${room}/**`));

/** Relative paths that leave the room: into `src` by name, into another room, into a sibling panel. */
function relativeExits(door: Door, doors: readonly Door[]): string[] {
  if (!door.room.startsWith('src/')) return ['**/src/**'];
  const parent = door.room.slice(0, door.room.lastIndexOf('/'));
  const siblings = doors
    .filter((other) => other.room !== door.room && parent !== 'src' && other.room.startsWith(`${parent}/`))
    .map((other) => other.room.slice(parent.length + 1));
  return [
    '**/src/**',
    ...SOURCE_ROOMS.map((room) => `**/../${room}/**`),
    ...siblings.flatMap((sibling) => [`**/../${sibling}`, `**/../${sibling}/**`]),
  ];
}

function restrictedImports(door: Door, tables: DoorTables) {
  const open = [...roomOpenings(door.rooms), ...openings(door.packages)];
  const outside = door.room.startsWith('src/') ? ['**/scripts/**', '**/e2e/**'] : [];
  return {
    level: 'error',
    options: {
      patterns: [
        { group: ['**', '!.', '!..', '!./**', '!../**', ...open], message: DOOR_MESSAGE },
        { group: [...relativeExits(door, tables.doors), ...outside], message: RELATIVE_MESSAGE },
      ],
    },
  };
}

/** Tests are left to the walk over the syntax trees, which knows their own packages. */
function doorOverrides(tables: DoorTables): Override[] {
  const rooms = tables.doors.map((door) => ({
    includes: [/\.\w+$/.test(door.room) ? door.room : `${door.room}/**`],
    linter: { rules: { style: { noRestrictedImports: restrictedImports(door, tables) } } },
  }));
  return [...rooms, { includes: TESTS, linter: { rules: { style: { noRestrictedImports: 'off' } } } }];
}

function deniedGlobals(names: readonly string[], tables: DoorTables) {
  const owners = (name: string) => tables.ownerships.filter((row) => row.names.includes(name)).map((row) => row.owner);
  const denied = Object.fromEntries(names.map((name) => [name, `Only ${owners(name).join(' and ')} may use it.`]));
  return { level: 'error', options: { deniedGlobals: denied } };
}

/** The names that are denied in a file, in the order of the table. */
function namesDeniedIn(file: string, tables: DoorTables): string[] {
  const owned = tables.ownerships.filter((row) => row.owner === file).flatMap((row) => row.names);
  const closed = tables.ownerships.filter((row) => row.closed.some((folder) => file.startsWith(`${folder}/`)));
  return [...new Set(closed.flatMap((row) => row.names))].filter((name) => !owned.includes(name));
}

function ownershipOverrides(tables: DoorTables): Override[] {
  const folders = [...new Set(tables.ownerships.flatMap((row) => row.closed))].sort((a, b) => a.length - b.length);
  const owners = [...new Set(tables.ownerships.map((row) => row.owner))];
  const rule = (includes: string[], names: string[]): Override => ({
    includes,
    linter: {
      rules: { style: { noRestrictedGlobals: names.length > 0 ? deniedGlobals(names, tables) : 'off' } },
    },
  });
  return [
    ...folders.map((folder) => rule([`${folder}/**`], namesDeniedIn(`${folder}/any`, tables))),
    ...owners.map((owner) => rule([owner], namesDeniedIn(owner, tables))),
    rule(TESTS, []),
  ];
}

/**
 * The part of biome.json that follows from the doors tables. Later entries win over earlier ones, so a room comes
 * before its tests and a folder before the files that own something in it.
 */
export const deriveOverrides = (tables: DoorTables): Override[] => [
  ...doorOverrides(tables),
  ...ownershipOverrides(tables),
];
