/**
 * A vitest reporter that writes how many tests passed, failed and were skipped to the file that
 * EXPRESS_OIDC_TEST_SUMMARY names. `.ci/test.js` prints the sum of all its runs from it.
 * @module
 */
import { writeFileSync } from "node:fs";

export default class SummaryReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.EXPRESS_OIDC_TEST_SUMMARY;
    if (!file) return;
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file or a group that breaks outside a test (an import, a beforeAll) fails without any failed test.
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "pending" ? "failed" : state] += 1;
      }
    }
    writeFileSync(file, JSON.stringify(counts));
  }
}
