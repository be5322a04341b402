import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where real recordings are, if anywhere: `CAPTURES_DIR`, else `../shared/captures` beside the checkout. */
export function capturesFolder(): string | null {
  const named = process.env.CAPTURES_DIR;
  const folder = named ?? join(process.cwd(), '..', 'shared', 'captures');
  return existsSync(folder) ? folder : null;
}
