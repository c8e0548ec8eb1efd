import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs the TypeScript of a documentation page, all blocks as one program, and returns what it
 * prints. `ending` is appended, to print what the test checks and to close what is open.
 */
export async function runPage(path: string, ending: string): Promise<string> {
  const page = await readFile(join(root, path), 'utf8');
  const blocks = [...page.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);
  const program = [...blocks, ending].join('\n');
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'page.mts'), await withSources(program));
    const { stdout } = await promisify(execFile)(process.execPath, ['page.mts'], { cwd: folder });
    return stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Replaces the published names by their sources, so that the page is tested against this tree. */
async function withSources(program: string): Promise<string> {
  // The package's own test reads its `exports`, too.
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { default: string }>;
  };
  return program.replaceAll(/'skein(\/[\w/-]+)?'/g, (_all, subpath: string = '') => {
    const target = exports[`.${subpath}`]?.default;
    if (target === undefined) throw new Error(`skein${subpath} is not exported`);
    const source = target.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
    return JSON.stringify(join(root, source));
  });
}
