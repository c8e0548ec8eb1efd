import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CliKitForTesting } from '../../../test/support/cli/cli-kit-for-testing.ts';

let kit: CliKitForTesting;

beforeEach(async () => {
  kit = await CliKitForTesting.create();
});

afterEach(() => kit[Symbol.asyncDispose]());

test('skein bench measures, and leaves nothing behind', async () => {
  const [result] = await kit.json<Record<string, number>>([
    'bench',
    '--seconds',
    '1',
    '--dir',
    kit.folder,
  ]);
  expect(Object.values(result!).every((value) => value > 0)).toBe(true);
  const { stdout } = await promisify(execFile)('ls', [kit.folder]);
  expect(stdout).toBe('');
});
