import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFolder } from '../test/rules/project-files.ts';

// The set-up of the tests once loaded a package that ends every process with 0: every check passed.
test('an architecture test that fails is a check that fails', async () => {
  await mkdir(join(rootFolder, '.cache'), { recursive: true });
  const folder = await mkdtemp(join(rootFolder, '.cache', 'check-'));
  try {
    const body = (value: number) =>
      `import { expect, test } from 'vitest';\ntest('a rule', () => expect(1).toBe(${value}));\n`;
    const statusOf = async (value: number): Promise<number | null> => {
      await writeFile(join(folder, 'rule.test.ts'), body(value));
      const args = ['run', join(folder, 'rule.test.ts'), '--reporter=minimal'];
      const config = ['--config', join(folder, 'vitest.config.ts')];
      const vitest = join(rootFolder, 'node_modules/vitest/vitest.mjs');
      return spawnSync(process.execPath, [vitest, ...args, ...config], { cwd: rootFolder }).status;
    };
    const setUp = join(rootFolder, 'test/postgres-server.ts');
    await writeFile(
      join(folder, 'vitest.config.ts'),
      `export default { test: { globalSetup: [${JSON.stringify(setUp)}] } };\n`,
    );
    expect(await statusOf(1)).toBe(0);
    expect(await statusOf(2)).toBe(1);
  } finally {
    await rm(folder, { recursive: true });
  }
});
