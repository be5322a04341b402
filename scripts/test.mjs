import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cacheDir, endWithNpm, ensureDeps, runNode } from './setup.mjs';

/**
 * @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} Counts
 * @typedef {{ name: string, browser?: boolean, counted?: boolean, run: () => Promise<number> }} Check
 *   A check is one of the total unless it is `counted` by its own reporter.
 */

const reportDir = join(cacheDir, `test-${process.pid}`);
const report = join(reportDir, 'counts.json');
/** @type {NodeJS.ProcessEnv} */
const env = { ...process.env, TEST_REPORT: report };

/** @param {...string} args */
const tool = (...args) => runNode(args, { env });
/** @param {...string} projects */
const vitest = (...projects) =>
  tool(
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=./scripts/report-vitest.mjs',
    ...projects.flatMap((project) => ['--project', project]),
  );

/** @type {Record<string, Check[]>} */
const PARTS = {
  lint: [
    { name: 'lint', run: () => tool('node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.') },
    { name: 'unused code', run: () => tool('node_modules/knip/bin/knip.js', '--no-progress') },
  ],
  types: [{ name: 'types', run: () => tool('node_modules/typescript/bin/tsc', '-b') }],
  doors: [{ name: 'doors', counted: true, run: () => vitest('doors') }],
  unit: [{ name: 'unit', counted: true, browser: true, run: () => vitest('unit', 'browser') }],
  build: [{ name: 'build', run: async () => (await import('./build.mjs')).buildDist() }],
  budgets: [{ name: 'budgets', run: () => tool('scripts/run.mjs', 'size') }],
  e2e: [
    {
      name: 'e2e',
      counted: true,
      browser: true,
      run: () => tool('node_modules/playwright/cli.js', 'test', '--reporter=list,./scripts/report-playwright.mjs'),
    },
  ],
};

/** These look at dist/, and would otherwise pass or fail on somebody's earlier build. */
const NEEDS_BUILD = ['budgets', 'e2e'];

/** The parts to run, in their order. @param {string[]} asked */
function selectParts(asked) {
  const names = Object.keys(PARTS);
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`npm test has no part "${unknown}". The parts are: ${names.join(', ')}.`);
    process.exit(1);
  }
  if (asked.length === 0) return names;
  const needed = asked.some((name) => NEEDS_BUILD.includes(name)) ? [...asked, 'build'] : asked;
  return names.filter((name) => needed.includes(name));
}

/** @returns {Promise<number>} a port nobody uses */
const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(address.port));
    });
  });

/** What one check adds to the total. @param {Check} check @param {number} code @returns {Counts} */
function countsOf(check, code) {
  const single = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
  if (!check.counted) return single;
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: [] }; // it broke down before it could count
  /** @type {Counts} */
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  if (code !== 0 && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

/** @param {Counts} total */
function printTotal(total) {
  if (total.skipped.length > 0) console.log('\nSkipped:');
  for (const { name, reason } of total.skipped) console.log(`  ${name}: ${reason || 'no reason given'}`);
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
}

async function prepareBrowser() {
  const { ensureChromium } = await import('./browser.mjs');
  const { executablePath } = await ensureChromium();
  if (executablePath) env.CHROMIUM_PATH = executablePath;
  env.E2E_PORT = String(await freePort());
}

const parts = selectParts(process.argv.slice(2));
endWithNpm();
await ensureDeps();
mkdirSync(reportDir, { recursive: true });
process.once('exit', () => rmSync(reportDir, { recursive: true, force: true }));

const checks = parts.flatMap((part) => PARTS[part] ?? []);
if (checks.some((check) => check.browser)) await prepareBrowser();

/** @type {Counts} */
const total = { passed: 0, failed: 0, skipped: [] };
for (const check of checks) {
  console.log(`\n=== ${check.name}`);
  rmSync(report, { force: true });
  const started = performance.now();
  const code = await check.run();
  const counts = countsOf(check, code);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped.push(...counts.skipped);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`=== ${check.name} ${code === 0 ? 'ok' : `FAILED (${code})`} ${seconds} s`);
  if (code !== 0) break;
}
printTotal(total);
process.exitCode = total.failed > 0 ? 1 : 0;
