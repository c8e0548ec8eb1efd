import { chmod, copyFile, cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CliKitForTesting } from '../../test/support/cli/cli-kit-for-testing.ts';
import { withoutRoot } from '../../test/support/shared/without-root-for-testing.ts';
import { lsm } from '../engines/lsm/index.ts';
import { sqlite } from '../engines/sqlite/index.ts';
import { createStore } from '../store/index.ts';

/*
 * Stores that this user may not write, or not even read. Every command that opens one says so and
 * what to do, and what only reads works wherever the engine can read.
 */

let kit: CliKitForTesting;
let directory = '';
let file = '';

beforeEach(async () => {
  kit = await CliKitForTesting.create();
  await chmod(kit.folder, 0o755);
  const home = join(kit.folder, 'home');
  await mkdir(home);
  [directory, file] = [join(home, 'data'), join(home, 'skein.db')];
  for (const engine of [lsm({ path: directory }), sqlite({ path: file })]) {
    await using store = await createStore({ engine });
    const project = store.project('default').as({ userId: 'local' });
    await project.threads.create([{ id: 't', items: [{ role: 'user', text: 'kept' }] }]);
  }
});

afterEach(async () => {
  await chmod(join(kit.folder, 'home'), 0o755);
  await chmod(directory, 0o755);
  await kit[Symbol.asyncDispose]();
});

const reading = [['threads'], ['show', 't'], ['export'], ['doctor'], ['keys', 'list']];
const writing = [
  ['append', 't', 'more', '--role', 'user'],
  ['import', '-', '--format', 'dialogues'],
  ['keys', 'create', 'k'],
];
const dialogue = '{"id": "d", "utterances": [{"speaker": "user", "text": "Hi"}]}\n';

/** What each command says in its error, which must be one, as a user who may not write. */
async function errorsOf(commands: readonly string[][], database: string): Promise<string[]> {
  const said: string[] = [];
  await withoutRoot(async () => {
    for (const command of commands) {
      const { code, err } = await kit.run([...command, '--database', database], dialogue);
      expect(code, command.join(' ')).toBe(1);
      said.push(err);
    }
  });
  return said;
}

describe('a data directory', () => {
  const all = [...reading, ...writing];

  test.each<[string, () => Promise<void>, RegExp]>([
    ['read-only', () => chmod(directory, 0o555), /may not be read and written.*chown, chmod/],
    ['closed', () => chmod(directory, 0o000), /may not be read and written.*chown, chmod/],
    [
      'whose lock is of another user',
      async () => {
        await chmod(directory, 0o777);
        for (const name of await readdir(directory)) await chmod(join(directory, name), 0o666);
        await chmod(join(directory, 'LOCK'), 0o400);
      },
      /may not be read and written.*LOCK.*chown, chmod/,
    ],
    [
      'with a file of another user',
      async () => {
        await chmod(directory, 0o777);
        for (const name of await readdir(directory)) await chmod(join(directory, name), 0o666);
        const manifest = (await readdir(directory)).find((name) => name.startsWith('MANIFEST'));
        await chmod(join(directory, manifest!), 0o000);
      },
      /may not be read and written.*MANIFEST.*chown, chmod/,
    ],
    [
      'that is a file',
      async () => {
        await rename(directory, `${directory}-elsewhere`);
        await writeFile(directory, 'a letter');
      },
      /is not a directory/,
    ],
  ])('that is %s says so, and what to do', async (_what, spoil, expected) => {
    await spoil();
    for (const said of await errorsOf(all, `lsm:${directory}`)) {
      expect(said).toMatch(expected);
      expect(said).toContain('--data names another');
      expect(said).not.toContain('Only one process');
    }
  });

  test('that is read-only can be read from a copy, and stays as it is', async () => {
    const names = await readdir(directory);
    await chmod(directory, 0o555);
    const copy = join(kit.folder, 'copy');
    await withoutRoot(async () => {
      const [said] = await errorsOf([['threads']], `lsm:${directory}`);
      expect(said).toContain('or open a copy');
    });
    await cp(directory, copy, { recursive: true });
    await chmod(copy, 0o755);
    const { code, out } = await kit.run(['show', 't', '--database', `lsm:${copy}`]);
    expect([code, out]).toEqual([0, expect.stringContaining('kept')]);
    expect(await readdir(directory)).toEqual(names);
  });

  test('that is missing and cannot be made says so', async () => {
    await chmod(join(kit.folder, 'home'), 0o555);
    const database = `lsm:${join(kit.folder, 'home', 'new', 'data')}`;
    const [said] = await errorsOf([['import', '-', '--format', 'dialogues']], database);
    expect(said).toMatch(/may not be read and written.*mkdir.*chown, chmod/);
  });

  test('that another store has open still says that only one process can', async () => {
    await using store = await createStore({ engine: lsm({ path: directory }) });
    expect(store.capabilities.shared).toBe(false);
    const { code, err } = await kit.run(['threads', '--database', `lsm:${directory}`]);
    expect([code, err]).toEqual([1, expect.stringContaining('is in use by another process')]);
  });
});

describe('a SQLite file', () => {
  beforeEach(async () => {
    await chmod(file, 0o444);
    await chmod(join(kit.folder, 'home'), 0o555);
  });

  test('that is read-only is read by what reads', async () => {
    await withoutRoot(async () => {
      for (const command of reading) {
        const { code, err } = await kit.run([...command, '--database', `sqlite:${file}`]);
        expect(code, `${command.join(' ')}: ${err}`).toBe(0);
      }
      const { out } = await kit.run(['show', 't', '--database', `sqlite:${file}`]);
      expect(out).toContain('kept');
    });
  });

  test('that is read-only refuses what writes', async () => {
    const commands = [...writing, ['doctor', '--compact']];
    for (const said of await errorsOf(commands, `sqlite:${file}`)) {
      expect(said).toMatch(/cannot be written: .*read-only/);
    }
  });

  test('that is read-only moves to where it can be written', async () => {
    const target = join(kit.folder, 'open', 'data');
    await mkdir(join(kit.folder, 'open'));
    await chmod(join(kit.folder, 'open'), 0o777);
    await withoutRoot(async () => {
      const copy = ['copy', '--from', `sqlite:${file}`, '--to', `lsm:${target}`];
      expect((await kit.run(copy)).code).toBe(0);
      const { out } = await kit.run(['show', 't', '--database', `lsm:${target}`]);
      expect(out).toContain('kept');
    });
  });

  test('that is not there, not to be read, or below a file says so', async () => {
    const home = join(kit.folder, 'home');
    const imports = [['import', '-', '--format', 'dialogues']];
    const [missing] = await errorsOf(imports, `sqlite:${join(home, 'new.db')}`);
    expect(missing).toMatch(/does not exist.*chown, chmod/);
    const [below] = await errorsOf(imports, `sqlite:${join(file, 'skein.db')}`);
    expect(below).toMatch(/is not a directory/);
    await chmod(home, 0o755);
    const secret = join(home, 'secret.db');
    await copyFile(file, secret);
    await chmod(secret, 0o000);
    for (const said of await errorsOf([...reading, ...writing], `sqlite:${secret}`)) {
      expect(said).toMatch(/this user may not read and write it/);
    }
  });
});
