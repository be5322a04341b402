import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CaptureError, writeCapture, writeWhole } from '../capture-file';
import { madeFiles } from './captures';

/** Where they go: the folder given, or the repository's own. */
function folder(): string {
  const given = process.argv[2];
  if (given !== undefined) return resolve(process.env.INIT_CWD ?? process.cwd(), given);
  return resolve('e2e/captures');
}

try {
  const into = folder();
  if (!existsSync(into)) throw new CaptureError(`${into} cannot be written: there is no such folder.`);
  for (const { name, header, lines, expected } of madeFiles()) {
    const whole = expected !== null;
    const file = join(into, `${name}.jsonl${whole ? '.gz' : ''}`);
    writeCapture(file, header, lines);
    if (whole) writeWhole(join(into, `${name}.expected.json`), `${JSON.stringify(expected, null, 1)}\n`);
    process.stdout.write(`${file}: ${lines.length} lines\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof CaptureError ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
