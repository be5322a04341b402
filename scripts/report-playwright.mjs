import { writeFileSync } from 'node:fs';

/**
 * Writes what `npm test` counts to the file named in TEST_REPORT.
 * @typedef {import('playwright/types/testReporter').Reporter} Reporter
 * @implements {Reporter}
 */
export default class CountsReporter {
  /** @type {import('playwright/types/testReporter').Suite | undefined} */
  suite = undefined;
  errors = 0;

  /** @param {import('playwright/types/testReporter').FullConfig} _config @param {import('playwright/types/testReporter').Suite} suite */
  onBegin(_config, suite) {
    this.suite = suite;
  }

  onError() {
    this.errors += 1;
  }

  onEnd() {
    const report = process.env.TEST_REPORT;
    if (!report) return;
    let passed = 0;
    let failed = this.errors;
    /** @type {{ name: string, reason: string }[]} */
    const skipped = [];
    for (const test of this.suite?.allTests() ?? []) {
      const outcome = test.outcome();
      if (outcome === 'expected' || outcome === 'flaky') passed += 1;
      else if (outcome === 'unexpected') failed += 1;
      else {
        const note = test.annotations.find((annotation) => annotation.type === 'skip' || annotation.type === 'fixme');
        skipped.push({
          name: test
            .titlePath()
            .filter((title) => title !== '')
            .join(' > '),
          reason: note?.description ?? (test.results.length === 0 ? 'not reached' : ''),
        });
      }
    }
    writeFileSync(report, JSON.stringify({ passed, failed, skipped }));
  }

  printsToStdio() {
    return false;
  }
}
