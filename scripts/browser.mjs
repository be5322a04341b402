import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, runNode } from './setup.mjs';

const CANDIDATES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** @param {string} name */
const onPath = (name) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));

/** Asks the program itself, because a distribution's stub may exist and yet start nothing. @param {string} file */
const starts = (file) => spawnSync(file, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;

/**
 * Where a Chromium is. An empty object means the one Playwright installed itself.
 * Call it only once dependencies are installed.
 * @returns {Promise<{ executablePath?: string } | undefined>}
 */
export async function findChromium() {
  if (process.env.CHROMIUM_PATH) return { executablePath: process.env.CHROMIUM_PATH };
  const { chromium } = await import('playwright');
  if (existsSync(chromium.executablePath())) return {};
  const file = CANDIDATES.map(onPath).find((path) => path !== undefined && starts(path));
  return file === undefined ? undefined : { executablePath: file };
}

async function installWithApt() {
  console.log('Installing Chromium (apt-get) ...');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '-qq'], { env });
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-liberation'], { env });
}

async function installWithPlaywright() {
  console.log('Installing Chromium (playwright install) ...');
  const isRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0;
  await runNode(['node_modules/playwright/cli.js', 'install', ...(isRootOnLinux ? ['--with-deps'] : []), 'chromium']);
}

/** Finds a Chromium or installs one; ends the process with a sentence when neither works. */
export async function ensureChromium() {
  let found = await findChromium();
  if (!found && process.getuid?.() === 0 && onPath('apt-get')) {
    await installWithApt();
    found = await findChromium();
  }
  if (!found) {
    await installWithPlaywright();
    found = await findChromium();
  }
  if (!found) {
    console.error('No Chromium was found and none could be installed. Install one, or set CHROMIUM_PATH to it.');
    process.exit(1);
  }
  return found;
}
