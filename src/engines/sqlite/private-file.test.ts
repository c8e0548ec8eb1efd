import Database from 'better-sqlite3';
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStore } from '../../store/index.ts';
import { temporaryFolder } from '../../../test/support/engines/lsm/temporary-folder.ts';
import { sqlite } from './index.ts';

let umask: number;
beforeEach(() => {
  umask = process.umask(0o022);
});
afterEach(() => {
  process.umask(umask);
});

async function modesIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  const modes = names.map(async (name) => {
    return [name, ((await stat(join(folder, name))).mode & 0o777).toString(8)] as const;
  });
  return Object.fromEntries(await Promise.all(modes));
}

const all = { 'skein.db': '600', 'skein.db-shm': '600', 'skein.db-wal': '600' };

test.each([undefined, Database])(
  'a database is for its user alone, with what is beside it, driver %#',
  async (driver) => {
    await using folder = await temporaryFolder();
    const path = folder.pathOf('skein.db');
    await using store = await createStore({ engine: sqlite({ path, ...(driver && { driver }) }) });
    await store.keys.create({ projectId: 'default', name: 'k' });
    expect(await modesIn(folder.path)).toEqual(all);
  },
);

test('also one that an earlier version made, while another process has it open', async () => {
  await using folder = await temporaryFolder();
  const path = folder.pathOf('skein.db');
  await using other = await createStore({ engine: sqlite({ path }) });
  await other.keys.create({ projectId: 'default', name: 'k' });
  for (const name of await readdir(folder.path)) await chmod(join(folder.path, name), 0o644);
  await using store = await createStore({ engine: sqlite({ path }) });
  expect(await store.keys.list()).toHaveLength(1);
  expect(await modesIn(folder.path)).toEqual(all);
});

test('but not one of another program', async () => {
  await using folder = await temporaryFolder();
  const path = folder.pathOf('other.db');
  const other = new Database(path);
  other.exec('CREATE TABLE "threads" (id INTEGER)');
  other.close();
  await expect(createStore({ engine: sqlite({ path }) })).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(await modesIn(folder.path)).toEqual({ 'other.db': '644' });
});
