import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the suite works with node:test, and skips there', async () => {
  const code = `
    import { test } from 'node:test';
    import { conformance } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    import { referenceEngine } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)};
    conformance({ name: 'reference', test, factory: () => ({ open: referenceEngine, destroy() {} }) });
  `;
  const args = ['--test-reporter=tap', '--input-type=module', '--eval', code];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // or node:test would report to a parent
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(stdout).toMatch(/^# skipped [1-9]/m);
  expect(stdout).toMatch(/# SKIP the subject cannot reopen a store/);
});
