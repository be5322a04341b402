import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, root, runNode } from './setup.mjs';

export const distDir = join(root, 'dist');

/** Puts a folder in another's place; copies where the two are on different file systems. @param {string} from @param {string} to */
function move(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EXDEV') throw error;
    cpSync(from, to, { recursive: true });
    rmSync(from, { recursive: true, force: true });
  }
}

/** @param {string} built */
function replaceDist(built) {
  const former = `${built}-former`;
  if (existsSync(distDir)) move(distDir, former);
  move(built, distDir);
  rmSync(former, { recursive: true, force: true });
}

/**
 * Builds beside `dist/` and replaces it in one step, so that a build which fails or is interrupted leaves the former
 * one as it was.
 * @returns {Promise<number>} the exit code; what went wrong has been printed
 */
export async function buildDist() {
  const staging = join(cacheDir, `build-${process.pid}`);
  const clear = () => rmSync(staging, { recursive: true, force: true });
  process.once('exit', clear);
  mkdirSync(dirname(staging), { recursive: true });
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', '--outDir', staging, '--emptyOutDir'];
  const code = await runNode(vite);
  if (code !== 0) return code;
  try {
    replaceDist(staging);
    return 0;
  } catch (error) {
    console.error(`The build could not be put into dist/: ${/** @type {Error} */ (error).message}`);
    return 1;
  }
}
