// The first thing every command loads. Nothing but Node's own modules may be imported here: node_modules may not exist.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Where generated files go that may be deleted at any time. */
export const cacheDir = join(root, 'node_modules', '.cache', 'depthwire');

/** @type {('SIGINT' | 'SIGTERM' | 'SIGHUP')[]} */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

let running = 0;

/** Whether a program started with {@link run} has not ended yet. */
export const isRunning = () => running > 0;

/** What this process exits with when it is stopped; by default what a shell reports for that signal. */
export const onStop = { exitCode: (/** @type {NodeJS.Signals} */ signal) => 128 + constants.signals[signal] };

/**
 * The stop signal a program ended by, if it did. Ctrl-C reaches the program and this process at the same time, so
 * the program's end may be seen first.
 * @param {number | null} code @param {NodeJS.Signals | null} signal
 */
const stoppedBy = (code, signal) =>
  STOP_SIGNALS.find((stop) => stop === signal || code === 128 + constants.signals[stop]);

/**
 * Ends this process when the npm that started it has gone. npm passes a stop signal to the shell between them, which
 * does not pass it on, so that without this a stopped `npm start` would leave its server behind.
 */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}

/**
 * Runs a program to its end and returns its exit code. A stop signal that reaches this process is handed on, the
 * program is given time to end, and then this process ends too: nothing is left running.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { graceMs?: number }} [options]  graceMs: how long it has to end
 * @returns {Promise<number>}
 */
export function run(command, args, { graceMs = 5_000, ...options } = {}) {
  return new Promise((resolve) => {
    running += 1;
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    /** @type {NodeJS.Signals | undefined} */
    let stopping;
    /** @type {NodeJS.Timeout | undefined} */
    let kill;
    /** @param {NodeJS.Signals} signal */
    const handleStop = (signal) => {
      stopping ??= signal;
      child.kill(signal);
      kill ??= setTimeout(() => child.kill('SIGKILL'), graceMs);
    };
    /** @param {number | null} code @param {NodeJS.Signals | null} signal */
    const finish = (code, signal) => {
      running -= 1;
      clearTimeout(kill);
      for (const stop of STOP_SIGNALS) process.off(stop, handleStop);
      stopping ??= stoppedBy(code, signal);
      if (stopping) process.exit(onStop.exitCode(stopping));
      resolve(code ?? 1);
    };
    for (const signal of STOP_SIGNALS) process.on(signal, handleStop);
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      finish(1, null);
    });
    child.once('exit', finish);
  });
}

/**
 * Runs a JavaScript file with the Node in use.
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export const runNode = (args, options) => run(process.execPath, args, options);

/** @param {string[]} args */
function npm(args) {
  const options = { graceMs: 500 }; // npm finishes what it unpacks before it ends, and half an installation is no loss
  const cli = process.env.npm_execpath; // set when npm started us, so the same npm installs
  if (cli && basename(cli) === 'npm-cli.js') return runNode([cli, ...args], options);
  return process.platform === 'win32' ? run('npm.cmd', args, { ...options, shell: true }) : run('npm', args, options);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24) return;
  console.error(`Node ${process.version} is not supported. Use 20.19 or later, 22.13 or later, or 24 and up.`);
  process.exit(1);
}

/**
 * @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 */

/** @param {string} file @returns {unknown} */
const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** @param {Record<string, string> | undefined} a @param {Record<string, string> | undefined} b */
const sameVersions = (a = {}, b = {}) => {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
};

/** Whether an optional package is one this machine would install. @param {LockEntry} entry */
const isForHere = (entry) =>
  entry.os?.includes(process.platform) === true &&
  (entry.cpu === undefined || entry.cpu.includes(process.arch)) &&
  entry.libc === undefined;

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes `.package-lock.json` at the end of a complete
 * installation only, so an interrupted one is recognised by its absence.
 */
function isInstalled() {
  const hidden = 'node_modules/.package-lock.json';
  if (!existsSync(join(root, hidden))) return false;
  const manifest = /** @type {LockEntry} */ (readJson('package.json'));
  const wanted = /** @type {Lock} */ (readJson('package-lock.json')).packages;
  const present = /** @type {Lock} */ (readJson(hidden)).packages;
  const own = wanted[''] ?? {};
  if (!sameVersions(own.dependencies, manifest.dependencies)) return false;
  if (!sameVersions(own.devDependencies, manifest.devDependencies)) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true && !isForHere(entry);
    return found.version === entry.version && existsSync(join(root, path, 'package.json'));
  });
}

/** Installs the dependencies unless they are there and current. Ends the process when that fails. */
export async function ensureDeps() {
  checkNode();
  if (isInstalled()) return;
  console.log('Installing dependencies (npm ci) ...');
  const code = await npm(['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--include=dev', '--include=optional']);
  if (code === 0) return;
  console.error('The dependencies could not be installed; what npm said is above.');
  process.exit(code);
}
