import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** The examples are what people copy first, so they are run as they stand, against the build. */
test('the quickstart runs and says what the README promises', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/quickstart.ts']);
  expect(stdout).toContain("[ 'assistant', 'I am on it.' ], [ 'user', 'This is critical.' ]");
  expect(stdout).toContain('edit This is urgent.');
});
