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

async function readBlocks(): Promise<Block[]> {
  return blocksOf(await readFile(join(root, 'docs/your-first-noun.md'), 'utf8'));
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
    const files = (await readBlocks()).filter(({ language }) => language === 'ts');
    const onPage = new Map(files.map(({ path, text }) => [path, text]));
    const toy = projectFiles('test/toy-noun').filter(({ path }) => path.split('/').length > 3);
    const inToy = new Map(
      toy.map(({ path, text }) => [path.replace('test/toy-noun/', 'src/'), inProduct(text)]),
    );
    expect([...onPage.keys()].toSorted()).toEqual([...inToy.keys()].toSorted());
    for (const [path, text] of inToy) expect(onPage.get(path), path).toBe(text);
  });

  test('changes three existing files, and a fourth for a table', async () => {
    const blocks = await readBlocks();
    const changed = blocks.flatMap(({ language, path }) => (language === 'diff' ? [path] : []));
    expect(changed.toSorted()).toEqual([
      'src/api/project-api.ts',
      'src/protocol/operations.ts',
      'src/records/tables.ts', // of nouns with tables only
      'src/store/nouns.ts',
    ]);
  });

  // With the files of the page and no other, so this fails if a noun must change one more.
  test('adds a noun that callers reach in process and over HTTP', async () => {
    const blocks = await readBlocks();
    const files = new Map(projectFiles('src').map((file) => [file.path, file]));
    for (const block of blocks) files.set(block.path, apply(files, block));
    expect(report(findForbiddenImports([...files.values()]))).toBe('');
    const folder = await mkdtemp(join(tmpdir(), 'skein-'));
    try {
      await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
      for (const { path } of blocks) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), files.get(path)!.text); // was set above
      }
      await writeFile(join(folder, 'call-it.ts'), callIt);
      expect(await compile(folder)).toBe('');
      expect(await run(folder, 'call-it.ts')).toBe('stored: L\nput, get\nsent: L\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }, 180_000);
});

/** Calls the noun as users do, through the entry files and with the types that they publish. */
const callIt = `
import { memory } from './src/engines/memory/index.ts';
import { createHandler } from './src/server/index.ts';
import { createStore, type Bookmark } from './src/store/index.ts';
import { createClient, type BookmarksApi, type NewBookmark } from './src/client/index.ts';
import type { Bookmark as SentBookmark } from './src/protocol/index.ts';

const store = await createStore({ engine: memory() });
const ada = store.project('default').as({ userId: 'ada' });
const [thread] = await ada.threads.create([{}]);
const [item] = await ada.items.append(thread!.id, [{ role: 'user', text: 'one' }]);
const bookmark: NewBookmark = { itemId: item!.id, label: 'L' };
const stored: Bookmark[] = await ada.bookmarks.put(thread!.id, [bookmark]);
console.log('stored:', stored[0]?.label);

const fetch = createHandler(store);
const response = await fetch(new Request('http://localhost/openapi.json'));
const { paths } = (await response.json()) as { paths: Record<string, object> };
console.log(Object.keys(paths['/v1/threads/{threadId}/bookmarks'] ?? {}).join(', '));

const client = createClient({ baseUrl: 'http://localhost', userId: 'ada', fetch });
const bookmarks: BookmarksApi = client.bookmarks;
const made: SentBookmark[] = await bookmarks.put(thread!.id, [bookmark]);
const { data } = await bookmarks.list(thread!.id);
console.log('sent:', made.concat(data.slice(1)).map(({ label }) => label).join());
await store.close();
`;

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
    include: ['src', '*.ts'],
    exclude: ['src/**/*.test.ts', 'src/**/*.bench.ts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  return run(folder, join(root, 'node_modules/typescript/bin/tsc'), '-p', folder);
}

/** Runs a program to its end. Returns what it prints. */
async function run(folder: string, ...program: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: folder });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; stderr?: string };
    return (stdout + stderr || String(error)).slice(0, 2000); // of the program
  }
}
