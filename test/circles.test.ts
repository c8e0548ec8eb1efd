import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFolder } from './rules/project-files.ts';

/** What the linter says of a folder, by the rules of the project. */
function lint(folder: string): Promise<string> {
  const oxlint = join(rootFolder, 'node_modules/.bin/oxlint');
  const args = ['--config', '.oxlintrc.json', '--format', 'unix', folder];
  return new Promise((resolve) => {
    // It exits with an error where it finds something, which is what is asked here.
    execFile(oxlint, args, { cwd: rootFolder }, (_, stdout, stderr) => resolve(stdout + stderr));
  });
}

test('two files that import each other are an error, even if only for types', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-circle-'));
  try {
    const file = (own: string, other: string) =>
      `import type { ${other.toUpperCase()} } from './${other}.ts';\n\n` +
      `export interface ${own.toUpperCase()} {\n  readonly other: ${other.toUpperCase()} | undefined;\n}\n`;
    await writeFile(join(folder, 'a.ts'), file('a', 'b'));
    await writeFile(join(folder, 'b.ts'), 'export interface B {\n  readonly size: number;\n}\n');
    expect(await lint(folder)).not.toContain('no-cycle');
    await writeFile(join(folder, 'b.ts'), file('b', 'a'));
    expect(await lint(folder)).toContain('no-cycle');
  } finally {
    await rm(folder, { recursive: true });
  }
});
