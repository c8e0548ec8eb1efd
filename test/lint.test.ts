import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFolder } from './rules/project-files.ts';

/** The linter's output for a folder, under the rules of the project, or under those in `cwd`. */
function lint(folder: string, cwd: string = rootFolder): Promise<string> {
  const oxlint = join(rootFolder, 'node_modules/.bin/oxlint');
  const args = ['--config', '.oxlintrc.json', '--format', 'unix', folder];
  return new Promise((resolve) => {
    // It exits with an error where it finds something, which is what is asked here.
    execFile(oxlint, args, { cwd }, (_, stdout, stderr) => resolve(stdout + stderr));
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

test('a function with five parameters is an error in src, but not in a test', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'skein-parameters-'));
  try {
    await copyFile(join(rootFolder, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    await mkdir(join(folder, 'src'));
    const taking = (count: number): string => {
      const names = Array.from({ length: count }, (_, i) => `p${i}`);
      return `export function take(${names.join(': 1, ')}: 1) {\n  return [${names.join(', ')}];\n}\n`;
    };
    await writeFile(join(folder, 'src', 'many.test.ts'), taking(5));
    await writeFile(join(folder, 'src', 'many.ts'), taking(4));
    expect(await lint('src', folder)).not.toContain('max-params');
    await writeFile(join(folder, 'src', 'many.ts'), taking(5));
    expect(await lint('src', folder)).toContain('max-params');
  } finally {
    await rm(folder, { recursive: true });
  }
});
