import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OpenEngine } from '../../engine/open-engine.ts';
import { note, putNote, tables } from '../../../test/support/engines/lsm/tables.ts';
import { temporaryFolder } from '../../../test/support/engines/lsm/temporary-folder.ts';
import { lsm } from './lsm-engine.ts';

/** The modes of a directory and its files, by name. */
async function modesIn(path: string): Promise<Record<string, string>> {
  const modes: Record<string, string> = {};
  for (const name of ['.', ...(await readdir(path))]) {
    const found = await stat(join(path, name)).catch(() => undefined); // LevelDB deletes files
    if (found !== undefined) modes[name] = (found.mode & 0o777).toString(8);
  }
  return modes;
}

async function expectPrivate(path: string): Promise<void> {
  const { '.': directory, ...files } = await modesIn(path);
  expect(directory).toBe('700');
  expect(Object.keys(files)).toContain('CURRENT');
  expect(new Set(Object.values(files))).toEqual(new Set(['600']));
}

describe('a data directory is for its user alone', () => {
  let umask: number;
  beforeEach(() => {
    umask = process.umask(0o022);
  });
  afterEach(() => {
    process.umask(umask);
  });

  test('when it is made, and when LevelDB begins new files', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'above', 'data');
    const options = { path, writeBufferSizeBytes: 64 * 1024 };
    const engine = await OpenEngine.open(lsm(options), tables);
    await expectPrivate(path);
    expect(((await stat(join(folder.path, 'above'))).mode & 0o777).toString(8)).toBe('700');
    const logs = async (): Promise<string[]> =>
      (await readdir(path)).filter((name) => name.endsWith('.ldb'));
    for (let i = 0; (await logs()).length === 0; i++) {
      const body = Array.from({ length: 1000 }, (_, at) => (at * 7919 * (i + 1)) % 65_537);
      await engine.commit({ puts: [putNote(note(`n${i}`, 1, { body }))] });
    }
    await expect
      .poll(async () => new Set(Object.values(await modesIn(path))))
      .toEqual(new Set(['700', '600']));
    await engine.close();
    await expectPrivate(path);
  });

  test('also one that an earlier version made', async () => {
    await using folder = await temporaryFolder();
    const path = folder.pathOf('data');
    await (await OpenEngine.open(lsm({ path }), tables)).close();
    for (const name of await readdir(path)) await chmod(join(path, name), 0o644);
    await chmod(path, 0o755);
    await writeFile(join(path, 'server.json'), '{}', { mode: 0o644 });
    const engine = await OpenEngine.open(lsm({ path }), tables);
    await expectPrivate(path);
    await engine.close();
  });

  test('but not one that holds no store', async () => {
    await using folder = await temporaryFolder();
    const path = folder.pathOf('elsewhere');
    await mkdir(path, { mode: 0o755 });
    await writeFile(join(path, 'letter.txt'), 'Dear', { mode: 0o644 });
    await expect(OpenEngine.open(lsm({ path }), tables)).rejects.toThrow('letter.txt');
    expect(await modesIn(path)).toEqual({ '.': '755', 'letter.txt': '644' });
  });
});
