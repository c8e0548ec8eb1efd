import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ClassicLevel } from 'classic-level';
import { describe, expect, test } from 'vitest';
import { OpenEngine } from '../../engine/open-engine.ts';
import { metaKeyOf } from './lsm-key.ts';
import { lsm } from './lsm-engine.ts';
import { note, notes, putNote, tables } from '../../../test/support/engines/lsm/tables.ts';
import {
  temporaryFolder,
  type TemporaryFolder,
} from '../../../test/support/engines/lsm/temporary-folder.ts';

function open(path: string): Promise<OpenEngine> {
  return OpenEngine.open(lsm({ path }), tables);
}

/**
 * A refusal: `unavailable`, a sentence that names the directory, and a cause unless our own check
 * failed.
 */
async function refusal(path: string): Promise<Error & { code: string }> {
  const error: unknown = await open(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'unavailable' });
  return error as Error & { code: string }; // the lines above check it
}

async function fill(folder: TemporaryFolder): Promise<string> {
  const path = folder.pathOf('data');
  const engine = await open(path);
  await engine.commit({ puts: [putNote(note('n', 1))] });
  await engine.close();
  return path;
}

async function expectWorks(path: string): Promise<void> {
  const engine = await open(path);
  expect(await engine.get(notes, ['n'])).toEqual(note('n', 1));
  await engine.close();
}

describe('a data directory', () => {
  test('is made, with the ones above it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a', 'b', 'data');
    await (await open(path)).close();
    expect(await readdir(path)).toContain('CURRENT');
  });

  test('belongs to one store at a time, in this process and in others', async () => {
    await using folder = await temporaryFolder();
    const path = await fill(folder);
    const engine = await open(path);
    const inUse = `The data directory ${path} is in use by another process`;
    expect((await refusal(path)).message).toContain(inUse);
    expect(await openElsewhere(path)).toContain(inUse);
    expect(await engine.get(notes, ['n'])).toEqual(note('n', 1)); // the first one still works
    await engine.close();
    await expectWorks(path);
  });

  test('that is refused is not held: the next opening fails only for its own reason', async () => {
    await using folder = await temporaryFolder();
    const path = await fill(folder);
    await rename(join(path, 'CURRENT'), join(path, 'elsewhere'));
    await refusal(path);
    await rename(join(path, 'elsewhere'), join(path, 'CURRENT'));
    await expectWorks(path);
  });

  test('that lost its CURRENT is not taken for an empty one', async () => {
    await using folder = await temporaryFolder();
    const path = await fill(folder);
    await rm(join(path, 'CURRENT'));
    const before = await readdir(path);
    expect((await refusal(path)).message).toContain(
      `${path} holds no Skein store, and is not empty`,
    );
    expect(await readdir(path)).toEqual(before);
  });

  test.for(['letter.txt', '000123.log'])(
    'with other things (%s) is refused, and left alone',
    async (name) => {
      await using folder = await temporaryFolder();
      await writeFile(folder.pathOf(name), 'Dear reader');
      expect((await refusal(folder.path)).message).toContain(name);
      expect(await readdir(folder.path)).toEqual([name]);
      expect(await readFile(folder.pathOf(name), 'utf8')).toBe('Dear reader');
    },
  );

  test('may hold hidden files, and the remains of an interrupted first start', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['.gitkeep', 'LOCK', 'LOG', 'MANIFEST-000001', '000001.dbtmp']) {
      await writeFile(folder.pathOf(name), '');
    }
    await mkdir(folder.pathOf('lost+found'));
    await (await open(folder.path)).close();
  });

  test('must be a directory', async () => {
    await using folder = await temporaryFolder();
    const path = folder.pathOf('file');
    await writeFile(path, '');
    expect((await refusal(path)).message).toBe(`The data directory ${path} is not a directory.`);
    expect((await refusal(join(path, 'data'))).message).toContain('is not a directory');
  });

  test('must be open to this user', async (context) => {
    if (process.getuid?.() === 0) context.skip('the superuser may read everything');
    await using folder = await temporaryFolder();
    const path = await fill(folder);
    await chmod(path, 0o500);
    const error = await refusal(path);
    await chmod(path, 0o700);
    expect(error.message).toContain('may not be read and written by this user');
    expect(error.cause).toBeInstanceOf(Error);
    await expectWorks(path);
  });

  test('that is damaged is refused with the reason, and opens when it is mended', async () => {
    await using folder = await temporaryFolder();
    const path = await fill(folder);
    const manifest = join(
      path,
      (await readdir(path)).find((name) => name.startsWith('MANIFEST'))!,
    );
    const intact = await readFile(manifest);
    await writeFile(
      manifest,
      intact.map((byte) => byte ^ 0xff),
    );
    const error = await refusal(path);
    expect(error.message).toContain(`The data directory ${path} is damaged: `);
    expect(error.cause).toBeInstanceOf(Error);
    await writeFile(manifest, intact);
    await expectWorks(path);
  });
});

/** The error that a second process gets. */
async function openElsewhere(path: string): Promise<string> {
  const code = `
    import { lsm } from ${JSON.stringify(new URL('./lsm-engine.ts', import.meta.url).href)};
    await lsm({ path: ${JSON.stringify(path)} }).open([]).then(
      () => console.log('opened'),
      (error) => console.log(error.code, error.message),
    );
  `;
  const args = ['--input-type=module', '--eval', code];
  return (await promisify(execFile)(process.execPath, args)).stdout;
}

describe('the format', () => {
  const entriesOf = async (path: string): Promise<[string, string][]> => {
    const database = new ClassicLevel(path);
    try {
      return await database.iterator().all();
    } finally {
      await database.close();
    }
  };
  const put = async (path: string, key: string, value: string): Promise<void> => {
    const database = new ClassicLevel(path);
    await database.put(key, value);
    await database.close();
  };

  test('is marked in a new store', async () => {
    await using folder = await temporaryFolder();
    const path = await fill(folder);
    expect((await entriesOf(path))[0]).toEqual([
      metaKeyOf('format'),
      '{"program":"skein","format":1}',
    ]);
  });

  test.for<[string, string]>([
    [
      '{"program":"skein","format":2}',
      'has format 2, and this version of Skein reads format 1 only',
    ],
    ['{"program":"skein","format":0}', 'has format 0'],
    ['{"program":"other","format":1}', 'belongs to another program'],
    ['{"program":"skein"}', 'belongs to another program'],
    ['null', 'belongs to another program'],
    ['{', 'belongs to another program'],
  ])('%s is refused, and nothing is written', async ([marker, message]) => {
    await using folder = await temporaryFolder();
    const path = await fill(folder);
    await put(path, metaKeyOf('format'), marker);
    const before = await entriesOf(path);
    expect((await refusal(path)).message).toContain(message);
    expect(await entriesOf(path)).toEqual(before);
  });

  test.for(['a', '\u{10ffff}'])('of another program’s database (%j) is not ours', async (key) => {
    await using folder = await temporaryFolder();
    const path = folder.pathOf('theirs');
    await put(path, key, 'value');
    expect((await refusal(path)).message).toContain('belongs to another program');
    expect(await entriesOf(path)).toEqual([[key, 'value']]);
  });
});

test('no other part of the engine needs Node: a database that is handed in works in a browser', async () => {
  const folder = new URL('.', import.meta.url);
  const isSource = (name: string): boolean => name.endsWith('.ts') && !name.endsWith('.test.ts');
  for (const name of (await readdir(folder)).filter(isSource)) {
    if (['level-directory.ts', 'private-directory.ts', 'probe-directory.ts'].includes(name))
      continue;
    const text = await readFile(new URL(name, folder), 'utf8');
    expect(text, name).not.toMatch(
      /(?:from|import) '(?:node:|classic-level|\.\/(?:level|private|probe)-directory)/,
    );
    expect(text, name).not.toMatch(/\b(?:Buffer|process)[.(]\w/);
  }
});
