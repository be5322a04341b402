import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Names a build by what it is made of: the release and a digest of every source file. Two builds of one source are
 * called the same, and a page never takes a worker of another build for its own.
 */
export function sourceId(root: string, version: string): string {
  const hash = createHash('sha256');
  const folder = join(root, 'src');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  for (const file of files) hash.update(file.slice(root.length)).update(readFileSync(file));
  return `${version}-${hash.digest('hex').slice(0, 12)}`;
}
