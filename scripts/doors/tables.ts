/** One row of the doors table: who may import what. */
export interface Door {
  /** Folder of the room, from the repository's root. */
  room: string;
  /** Rooms it may import, without `src/`; `feed/worker?worker&url` is one exact module. */
  rooms: string[];
  packages: string[];
}

/** Names of the platform that one file owns. */
export interface Ownership {
  names: string[];
  /** Folders in which nobody else may use them; none when the row only adds a second owner. */
  closed: string[];
  owner: string;
}

export interface DoorTables {
  doors: Door[];
  /** Packages that tests may use besides those of their room. */
  testPackages: string[];
  ownerships: Ownership[];
}

const codeSpans = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

/** The rows of the table whose header cells are these; cells are trimmed. */
function rowsOf(markdown: string, header: readonly string[]): string[][] {
  const lines = markdown.split('\n');
  const cellsOf = (line: string) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const head = lines.findIndex((line) => cellsOf(line).join('|') === header.join('|'));
  if (head < 0) throw new Error(`docs/ARCHITECTURE.md has no table with the columns ${header.join(', ')}.`);
  const rows: string[][] = [];
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(cellsOf(line));
  }
  return rows;
}

/** Reads the tables of docs/ARCHITECTURE.md. @throws Error when one of them is missing or has a row without a room */
export function readDoorTables(markdown: string): DoorTables {
  const rows = rowsOf(markdown, ['room', 'may import', 'packages']);
  const doors: Door[] = [];
  let testPackages: string[] = [];
  for (const [subject = '', rooms = '', packages = ''] of rows) {
    if (subject === 'unit tests') {
      testPackages = codeSpans(packages);
      continue;
    }
    const room = codeSpans(subject)[0];
    if (room === undefined) throw new Error(`The doors table has a row without a room: ${subject}`);
    doors.push({ room, rooms: codeSpans(rooms), packages: codeSpans(packages) });
  }
  const ownerships = rowsOf(markdown, ['names', 'not in', 'owner']).map(([names = '', closed = '', owner = '']) => ({
    names: codeSpans(names),
    closed: codeSpans(closed),
    owner: codeSpans(owner)[0] ?? '',
  }));
  return { doors, testPackages, ownerships };
}
