import Database from 'better-sqlite3';
import { chmod, copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import {
  temporaryFolder,
  type TemporaryFolder,
} from '../../../test/support/engines/lsm/temporary-folder.ts';
import { withoutRoot } from '../../../test/support/shared/without-root-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { createStore, doctor, type Store } from '../../store/index.ts';
import { sqlite } from './sqlite-engine.ts';

let folder: TemporaryFolder;
let directory = '';
let path = '';

beforeEach(async () => {
  folder = await temporaryFolder();
  await chmod(folder.path, 0o755);
  directory = folder.pathOf('archive');
  path = join(directory, 'skein.db');
  await mkdir(directory, { mode: 0o755 });
});

afterEach(async () => {
  await chmod(directory, 0o755);
  await folder.remove();
});

const open = (): Promise<Store> => createStore({ engine: sqlite({ path }) });

async function fill(): Promise<void> {
  await using store = await open();
  const project = store.project('default').as({ userId: 'u' });
  await project.threads.create([{ id: 't', items: [{ role: 'user', text: 'kept' }] }]);
}

/** Takes the right to write away, of the file, its directory or both. */
async function protect(fileMode: number, directoryMode: number): Promise<void> {
  for (const name of await readdir(directory)) await chmod(join(directory, name), fileMode);
  await chmod(directory, directoryMode);
}

async function textsIn(store: Store): Promise<unknown[]> {
  const { data } = await store.project('default').as({ userId: 'u' }).items.list('t');
  return data.map(({ parts }) => parts[0]?.text);
}

const append = (store: Store): Promise<unknown> =>
  store
    .project('default')
    .as({ userId: 'u' })
    .items.append('t', [{ role: 'user', text: 'more' }]);

const refused = { code: 'unavailable', message: expect.stringContaining('read-only') };

describe.runIf(isEngineChosen('sqlite'))('a SQLite file that this user may only read', () => {
  test.each<[string, number, number]>([
    ['the file is read-only', 0o444, 0o777],
    ['the directory is', 0o666, 0o555],
    ['both are', 0o444, 0o555],
  ])('is read, and refuses writes: %s', async (_what, fileMode, directoryMode) => {
    await fill();
    await protect(fileMode, directoryMode);
    const before = await readFile(path);
    await withoutRoot(async () => {
      await using store = await open();
      expect(await textsIn(store)).toEqual(['kept']);
      await expect(append(store)).rejects.toMatchObject(refused);
      await expect(store.checkReady()).rejects.toMatchObject(refused);
      expect(await textsIn(store)).toEqual(['kept']);
      const lines: string[] = [];
      for await (const line of store.operator.exportLines()) lines.push(line);
      expect(lines.join('')).toContain('kept');
    });
    await withoutRoot(async () => {
      const report = await doctor(sqlite({ path }), { repair: false });
      expect(report).toMatchObject({ threads: 1, items: 1, problems: [] });
    });
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(fileMode);
  });

  test('has what is still in its log, as a crash or a copy leaves it', async () => {
    await using store = await open();
    const project = store.project('default').as({ userId: 'u' });
    await project.threads.create([{ id: 't', items: [{ role: 'user', text: 'kept' }] }]);
    const live = path;
    directory = folder.pathOf('copy');
    path = join(directory, 'skein.db');
    await mkdir(directory, { mode: 0o755 });
    for (const suffix of ['', '-wal']) await copyFile(`${live}${suffix}`, `${path}${suffix}`);
    await protect(0o444, 0o555);
    await withoutRoot(async () => {
      await using copy = await open();
      expect(await textsIn(copy)).toEqual(['kept']);
    });
    expect((await readdir(directory)).toSorted()).toEqual(['skein.db', 'skein.db-wal']);
  });

  test('follows another process that writes it, of another user', async () => {
    await fill();
    await using writer = await open();
    await append(writer);
    await protect(0o444, 0o755);
    await withoutRoot(async () => {
      await using reader = await open();
      expect(await textsIn(reader)).toEqual(['kept', 'more']);
      await expect(append(reader)).rejects.toMatchObject(refused);
      await append(writer);
      await until(async () => (await textsIn(reader)).length === 3);
    });
  });

  test('leaves no copy behind', async () => {
    await fill();
    await protect(0o444, 0o555);
    const temporary = await temporaryFolder();
    await chmod(temporary.path, 0o777);
    const { TMPDIR } = process.env;
    process.env.TMPDIR = temporary.path;
    try {
      await withoutRoot(async () => {
        await using store = await open();
        expect(await textsIn(store)).toEqual(['kept']);
        expect(await readdir(temporary.path)).toEqual([]);
      });
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
      await temporary.remove();
    }
  });

  test('is read with promised work of an earlier version, which stays where it is', async () => {
    await fill();
    const database = new Database(path);
    const insert = 'INSERT INTO tasks (id, kind, threadId) VALUES (?, ?, ?)';
    database.prepare(insert).run('task-1', 'purge', 'gone');
    database.close();
    await protect(0o444, 0o555);
    await withoutRoot(async () => {
      await using store = await open();
      expect(await textsIn(store)).toEqual(['kept']);
    });
  });

  test('is refused if it is of an older version, which only a writer can bring up to date', async () => {
    await fill();
    const database = new Database(path);
    database.exec("DELETE FROM skein_meta WHERE name = 'table:edges'");
    database.close();
    await protect(0o444, 0o555);
    await withoutRoot(async () => {
      await expect(open()).rejects.toMatchObject({ name: 'MigrationsPendingError' });
    });
  });

  test('is refused if it is not there, or not to be read, with what to do', async () => {
    await protect(0o444, 0o555);
    await withoutRoot(async () => {
      const missing = {
        code: 'unavailable',
        message: expect.stringMatching(/does not exist.*chmod/),
      };
      await expect(open()).rejects.toMatchObject(missing);
    });
    await chmod(directory, 0o755);
    await writeFile(path, 'a secret', { mode: 0o000 });
    await withoutRoot(async () => {
      const message = expect.stringMatching(/may not read and write it.*chmod/);
      await expect(open()).rejects.toMatchObject({ code: 'unavailable', message });
    });
  });
});
