import { writeFileSync } from 'node:fs';

/**
 * Writes what `npm test` counts to the file named in TEST_REPORT.
 * @typedef {import('vitest/node').Reporter} Reporter
 * @implements {Reporter}
 */
export default class CountsReporter {
  /** @param {ReadonlyArray<import('vitest/node').TestModule>} modules @param {ReadonlyArray<unknown>} errors */
  onTestRunEnd(modules, errors) {
    const report = process.env.TEST_REPORT;
    if (!report) return;
    let passed = 0;
    let failed = errors.length;
    /** @type {{ name: string, reason: string }[]} */
    const skipped = [];
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      // A file that cannot be loaded, or a hook that throws, fails without any test of it failing.
      if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed')) failed += 1;
      for (const test of tests) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'failed') failed += 1;
        else {
          const note = result.state === 'skipped' ? result.note : undefined;
          skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, reason: note ?? '' });
        }
      }
    }
    writeFileSync(report, JSON.stringify({ passed, failed, skipped }));
  }
}
