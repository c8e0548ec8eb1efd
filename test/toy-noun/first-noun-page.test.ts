/** `docs/your-first-noun.md` and the toy noun are the same, and the product compiles with it. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { report } from '../rules/finding.ts';
import { findForbiddenImports } from '../rules/layers.ts';
import { projectFiles, type ProjectFile } from '../rules/project-files.ts';
import { applyDiff } from './apply-diff.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Block {
  readonly path: string;
  readonly language: 'ts' | 'diff';
  readonly text: string;
}

async function readBlocks(): Promise<{ readonly store: Block[]; readonly client: Block[] }> {
  const page = await readFile(join(root, 'docs/your-first-noun.md'), 'utf8');
  const [store = '', client = ''] = page.split('## The client');
  return { store: blocksOf(store), client: blocksOf(client) };
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/`(src\/\S+)`:\n\n```(ts|diff)\n([^]*?)```/g)].map(
    ([, path, language, block]) => ({
      path: path!, // the expression has three groups
      language: language as Block['language'],
      text: block!,
    }),
  );
}

/** The toy's files reach from `test` into `src`; in the product both are one. */
function inProduct(text: string): string {
  return text.replaceAll('../../src/', '');
}

describe('the page on the first noun', () => {
  test('has the files of the toy noun', async () => {
    const { store, client } = await readBlocks();
    const files = [...store, ...client].filter(({ language }) => language === 'ts');
    const onPage = new Map(files.map(({ path, text }) => [path, text]));
    const toy = projectFiles('test/toy-noun').filter(({ path }) => path.split('/').length > 3);
    const inToy = new Map(
      toy.map(({ path, text }) => [path.replace('test/toy-noun/', 'src/'), inProduct(text)]),
    );
    expect([...onPage.keys()].toSorted()).toEqual([...inToy.keys()].toSorted());
    for (const [path, text] of inToy) expect(onPage.get(path), path).toBe(text);
  });

  test('changes at most three existing files, and one more for a table', async () => {
    const { store, client } = await readBlocks();
    const changed = (blocks: readonly Block[]): string[] =>
      blocks.flatMap(({ language, path }) => (language === 'diff' ? [path] : [])).toSorted();
    expect(changed(store)).toEqual([
      'src/protocol/operations.ts',
      'src/records/tables.ts', // of nouns with tables only
      'src/server/actions.ts',
      'src/store/nouns.ts',
    ]);
    expect(changed(client)).toEqual([
      'src/api/project-api.ts',
      'src/api/public-types.ts',
      'src/client/create-client.ts',
    ]);
  });

  test('adds a noun with which the product compiles, and keeps to its layers', async () => {
    const { store, client } = await readBlocks();
    const files = new Map(projectFiles('src').map((file) => [file.path, file]));
    for (const block of [...store, ...client]) files.set(block.path, apply(files, block));
    expect(report(findForbiddenImports([...files.values()]))).toBe('');
    const folder = await mkdtemp(join(tmpdir(), 'skein-'));
    try {
      await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
      for (const { path } of [...store, ...client]) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), files.get(path)!.text); // was set above
      }
      expect(await compile(folder)).toBe('');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 180_000);
});

test('a diff that has no place in a file is told', () => {
  expect(applyDiff('a\nb\nc', ' a\n+x\n@@\n c\n+y\n')).toBe('a\nx\nb\nc\ny');
  expect(() => applyDiff('a\nb', ' b\n+x\n@@\n a\n+y\n')).toThrow('no place for a');
});

function apply(files: ReadonlyMap<string, ProjectFile>, block: Block): ProjectFile {
  const { path, language, text } = block;
  const known = files.get(path)?.text;
  if (language === 'ts') {
    expect(known, `${path} is new`).toBe(undefined);
    return { path, text };
  }
  if (known === undefined) throw new TypeError(`${path} is not there`);
  return { path, text: applyDiff(known, text) };
}

/** Compiles the product of a folder, tests left out. Returns what the compiler says. */
async function compile(folder: string): Promise<string> {
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { paths: {} },
    include: ['src'],
    exclude: ['src/**/*.test.ts', 'src/**/*.bench.ts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [compiler, '-p', folder], { cwd: folder });
    return '';
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string }; // of the compiler
    return (stdout ?? String(error)).slice(0, 2000);
  }
}
