import Database from 'better-sqlite3';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Table } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { SkeinError } from '../../shared/error.ts';
import { sqlite, type SqliteConfig } from './index.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';

const notes: Table = {
  name: 'notes',
  id: 1,
  columns: { id: { type: 'int' }, text: { type: 'string' } },
  key: ['id'],
  partition: 1,
  indexes: [],
};

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function open(path: string, more: Partial<SqliteConfig> = {}): Promise<OpenEngine> {
  return OpenEngine.open(sqlite({ path, ...more }), [notes]);
}

function put(engine: OpenEngine, id: number, text = ''): Promise<void> {
  return engine.commit({ puts: [{ table: notes, row: { id, text } }] });
}

async function unavailable(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SkeinError);
  expect((error as SkeinError).code).toBe('unavailable');
  return (error as SkeinError).message;
}

describe.runIf(isEngineChosen('sqlite'))('sqlite', () => {
  test('refuses a store that it cannot open with one sentence, and creates nothing', async () => {
    const missing = join(folder, 'missing', 'skein.db');
    expect(await unavailable(open(missing))).toBe(
      `The directory ${join(folder, 'missing')} of the database does not exist: create it first.`,
    );
    await writeFile(
      join(folder, 'file'),
      'not a database, but long enough to look like one'.repeat(20),
    );
    expect(await unavailable(open(join(folder, 'file', 'skein.db')))).toMatch(
      /does not exist|not a directory/,
    );
    expect(await unavailable(open(join(folder, 'file')))).toMatch(/is not a SQLite database/);
    await mkdir(join(folder, 'directory'));
    expect(await unavailable(open(join(folder, 'directory')))).toMatch(
      /cannot be opened: it is a directory/,
    );
    expect((await readdir(folder)).toSorted()).toEqual(['directory', 'file']);
  });

  test.each(['', ':memory:', ' :memory: ', 7])('takes no path %j', (path) => {
    // @ts-expect-error -- misuse that a JavaScript caller may make
    expect(() => sqlite({ path })).toThrow(TypeError);
  });

  test('on a full disk says so, keeps its data, and continues when there is room', async () => {
    const path = join(folder, 'skein.db');
    // A limit on the pages of a connection acts like a full disk.
    let pagesMax = 40;
    class SmallDatabase extends Database {
      override exec(sql: string): this {
        this.pragma(`max_page_count = ${pagesMax}`);
        return super.exec(sql);
      }
    }
    const engine = await open(path, { driver: SmallDatabase });
    const text = 'x'.repeat(3000);
    let count = 0;
    const message = await unavailable(
      (async () => {
        for (; count < 1000; count++) await put(engine, count, text);
      })(),
    );
    expect(message).toBe(`The database ${path} cannot be written: the disk is full.`);
    expect(
      await engine.scan({ table: notes, prefix: [], maintenance: true, limit: 1000 }),
    ).toHaveLength(count);
    await expect(put(engine, count, text)).rejects.toMatchObject({ code: 'unavailable' });
    // A write without data would succeed, but the store is not ready to write.
    const nothing = engine.commit({ deletes: [{ table: notes, key: [count] }] });
    expect(await unavailable(nothing)).toBe(message);
    pagesMax = 1000;
    await engine.close();
    const again = await open(path, { driver: SmallDatabase });
    await put(again, count, text);
    expect(
      await again.scan({ table: notes, prefix: [], maintenance: true, limit: 1000 }),
    ).toHaveLength(count + 1);
    await again.close();
  });

  test('asks the disk also for a write that changes nothing', async () => {
    const path = join(folder, 'skein.db');
    const engine = await open(path);
    const other = new Database(path);
    other.pragma('user_version = 7');
    const before = (await stat(`${path}-wal`)).size;
    await engine.commit({ deletes: [{ table: notes, key: [1] }] });
    expect((await stat(`${path}-wal`)).size).toBeGreaterThan(before);
    expect(other.pragma('user_version', { simple: true })).toBe(7);
    other.close();
    await engine.close();
  });

  test.each([true, false])(
    'waits for another writer, and not for ever (one thread: %s)',
    async (isInline) => {
      const path = join(folder, 'skein.db');
      const driver = isInline ? { driver: Database } : {};
      const hasty = await open(path, { busyTimeoutMs: 50, ...driver });
      const patient = await open(path, { busyTimeoutMs: 600_000, ...driver });
      const other = new Database(path);
      other.exec('BEGIN IMMEDIATE');
      let isWritten = false;
      const waiting = put(patient, 2).then(() => (isWritten = true));
      expect(await unavailable(put(hasty, 1))).toMatch(/is being written by another process/);
      expect(isWritten).toBe(false);
      other.exec('COMMIT');
      await waiting;
      expect(await patient.get(notes, [1])).toBeUndefined();
      expect(await patient.get(notes, [2])).toBeDefined();
      other.close();
      await Promise.all([hasty.close(), patient.close()]);
    },
  );

  test('continues in another thread when the one that writes has ended', async () => {
    const threads: Worker[] = [];
    const note = (thread: Worker): void => void threads.push(thread);
    process.on('worker', note);
    try {
      const path = join(folder, 'skein.db');
      const engine = await open(path);
      const other = await open(path);
      const first = threads[0]!;
      let hints = 0;
      engine.listen(() => hints++);
      await put(engine, 1);
      const ended = once(first, 'exit');
      const writing = Promise.allSettled([2, 3, 4].map((id) => put(engine, id)));
      void first.terminate();
      await ended;
      const outcomes = await writing;
      for (const [i, { status }] of outcomes.entries()) {
        const isThere = (await engine.get(notes, [i + 2])) !== undefined;
        if (status === 'fulfilled') expect(isThere).toBe(true);
      }
      // A thread that ended right after its start is not restarted at once.
      await expect
        .poll(() =>
          put(engine, 5).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true);
      for (let id = 6; id < 10; id++) await put(engine, id);
      expect(await engine.get(notes, [9])).toBeDefined();
      await put(other, 10);
      await expect.poll(() => hints).toBeGreaterThan(0);
      await Promise.all([engine.close(), other.close()]);
      expect(threads).toHaveLength(3);
    } finally {
      process.off('worker', note);
    }
  });

  test.each([true, false])(
    'hints at the commits of others, not at its own (one thread: %s)',
    async (isInline) => {
      const path = join(folder, 'skein.db');
      const engine = await open(path, isInline ? { driver: Database } : {});
      const other = await open(path, isInline ? { driver: Database } : {});
      let [hints, told] = [0, 0];
      engine.listen(() => hints++);
      other.listen(() => told++);
      // The other one may begin to look after the first commits.
      let id = 0;
      await until(async () => {
        await put(engine, ++id);
        return told > 0;
      });
      // Both look as often: when the other one has heard of three more commits, one after the
      // other, the engine has looked at least twice.
      for (let more = 1; more <= 3; more++) {
        const before = told;
        await put(engine, ++id);
        await until(() => told > before);
      }
      expect(hints).toBe(0);
      await put(other, ++id);
      await until(() => hints > 0);
      await Promise.all([engine.close(), other.close()]);
    },
  );
});
