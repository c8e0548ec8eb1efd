import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs the TypeScript of a page of the documentation, one block after the other as one program, and
 * gives what it prints. `ending` is added at its end, to print what is to be checked and to close
 * what is open.
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

/** The published names stand for their sources, so that the page is about what is here. */
async function withSources(program: string): Promise<string> {
  // Its `exports` are read by the package's own test as well.
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
