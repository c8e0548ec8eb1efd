import { PostgresSaver } from '@langchain/langgraph-checkpoint-postgres';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import {
  emptyCheckpoint,
  MemorySaver,
  uuid6,
  type BaseCheckpointSaver,
} from '@langchain/langgraph-checkpoint';
import { HumanMessage } from '@langchain/core/messages';
import type { RunnableConfig } from '@langchain/core/runnables';
import Database from 'better-sqlite3';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testOfEngine } from '../../../../test/support/engine/chosen-engines-for-testing.ts';
import { memory } from '../../../engines/memory/index.ts';
import { schemaForTesting } from '../../../../test/support/engines/postgres/database-for-testing.ts';
import { createStore, type Store } from '../../../store/index.ts';
import { SkeinSaver } from '../saver/skein-saver.ts';
import { createThreadService } from '../threads/create-thread-service.ts';
import type { ThreadService } from '../threads/thread-service.ts';
import { importCheckpoints, type ImportCheckpointsReport } from './import-checkpoints.ts';
import { openSource, type SourceLocation } from './open-source.ts';
import { loadPackage } from './source-errors.ts';
import {
  fillThread,
  resumeSampleGraph,
  runSampleGraph,
} from '../../../../test/support/adapters/langgraph/import/sample-checkpoints-for-testing.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-'));
  store = await createStore({ engine: memory() });
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const clean = { failed: 0, mismatchCount: 0, mismatches: [], isComplete: true };

interface Settings {
  readonly userId?: string;
  readonly continueOnError?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number }) => void;
  readonly onFailure?: (failure: { readonly threadId: string; readonly message: string }) => void;
}

async function importFrom(
  location: SourceLocation,
  settings: Settings = {},
): Promise<ImportCheckpointsReport> {
  await using source = await openSource(location);
  return await importCheckpoints({
    source,
    store,
    projectId: 'default',
    defaultUserId: 'local',
    continueOnError: false,
    ...settings,
  });
}

async function allOf(saver: BaseCheckpointSaver, configurable: object): Promise<number> {
  let count = 0;
  for await (const _ of saver.list({ configurable: { ...configurable } })) count++;
  return count;
}

/** Three checkpoints in the first days of a year, with a write on top of each. */
async function fillYear(saver: BaseCheckpointSaver, threadId: string, year: number): Promise<void> {
  let config: RunnableConfig = { configurable: { thread_id: threadId, checkpoint_ns: '' } };
  const messages: HumanMessage[] = [];
  for (const day of [1, 2, 3]) {
    messages.push(new HumanMessage({ id: `m${day}`, content: `Day ${day} of ${year}` }));
    const checkpoint = {
      ...emptyCheckpoint(),
      id: uuid6(day),
      ts: `${year}-01-0${day}T00:00:00.500Z`,
      channel_values: { messages: [...messages] },
      channel_versions: { messages: day },
    };
    const metadata = { source: 'loop' as const, step: day, parents: {} };
    config = await saver.put(config, checkpoint, metadata, { messages: day });
    await saver.putWrites(config, [['messages', day]], 'task');
  }
}

function sqliteFile(name = 'source.db'): { path: string; kind: 'file' } {
  return { kind: 'file', path: join(folder, name) };
}

async function fillSqlite(
  path: string,
  fill: (saver: SqliteSaver) => Promise<void>,
): Promise<void> {
  const database = new Database(path);
  try {
    await fill(new SqliteSaver(database));
  } finally {
    database.pragma('journal_mode = DELETE'); // so that the file is complete
    database.close();
  }
}

describe.each(['sqlite', 'postgres'] as const)('from the %s saver', (kind) => {
  testOfEngine(kind)('every checkpoint of every namespace comes over as it is', async () => {
    await using stack = new AsyncDisposableStack();
    const location = await fillAs(kind, stack, async (saver) => {
      await runSampleGraph(saver, 'graph');
      await runSampleGraph(saver, 'a/b ü');
      await fillThread(saver, 'ada 1', 20, { user_id: 'ada' });
      await fillThread(saver, 'bob-1', 2, { userId: 'bob' });
    });
    const report = await importFrom(location);
    expect(report).toMatchObject({ ...clean, threads: 4 });
    expect(report.checkpointsAdded).toBe(report.checkpoints);
    expect(report.checkpoints).toBeGreaterThan(30);
    expect(report.writes).toBeGreaterThan(30);
    const saver = new SkeinSaver({ store });
    const all = await allOf(saver, { thread_id: 'graph' });
    expect(all).toBeGreaterThan(await allOf(saver, { thread_id: 'graph', checkpoint_ns: '' }));
    const listOf = async (userId: string): Promise<unknown[]> => {
      const { data } = await store.project('default').as({ userId }).threads.list();
      return data.map(({ title, itemCount }) => [title, itemCount]).toSorted();
    };
    expect(await listOf('ada')).toEqual([['Message 0 of ada 1', 20]]);
    expect(await listOf('bob')).toEqual([['Message 0 of bob-1', 2]]);
    expect(await listOf('local')).toEqual([
      ['Plan a/b ü', 1],
      ['Plan graph', 1],
    ]);
    // Nothing is new the second time.
    const again = await importFrom(location);
    expect(again).toEqual({ ...report, checkpointsAdded: 0 });
  });

  testOfEngine(kind)('nothing can be written to the source', async () => {
    await using stack = new AsyncDisposableStack();
    const location = await fillAs(kind, stack, (saver) => fillThread(saver, 't', 2));
    await using source = await openSource(location);
    const code = kind === 'sqlite' ? 'SQLITE_READONLY' : '25006';
    await expect(source.saver.deleteThread('t')).rejects.toMatchObject({ code });
    expect(await source.count()).toEqual({ threads: 1, checkpoints: 2 });
  });

  testOfEngine(kind)('a graph goes on where it waited', async () => {
    await using stack = new AsyncDisposableStack();
    const fill = (saver: BaseCheckpointSaver): Promise<void> =>
      runSampleGraph(saver, 'graph', false);
    const location = await fillAs(kind, stack, fill);
    await importFrom(location, { userId: 'eve' });
    const saver = new SkeinSaver({ store });
    const official = new MemorySaver();
    await fill(official);
    const expected = await resumeSampleGraph(official, { thread_id: 'graph' });
    expect(expected.log).toContain('Yes, go on');
    const resumed = await resumeSampleGraph(saver, { thread_id: 'graph', userId: 'eve' });
    expect(resumed.log).toEqual(expected.log);
    expect(resumed.messages.map(({ id }) => id)).toEqual(expected.messages.map(({ id }) => id));
    const tuple = await saver.getTuple({ configurable: { thread_id: 'graph', userId: 'eve' } });
    expect(tuple?.checkpoint.channel_values.data).toEqual(new Uint8Array([255, 0, 128, 7]));
    expect((await store.operator.threads.get('graph')).ownerId).toBe('eve');
  });
});

async function fillAs(
  kind: 'sqlite' | 'postgres',
  stack: AsyncDisposableStack,
  fill: (saver: BaseCheckpointSaver) => Promise<void>,
): Promise<SourceLocation> {
  if (kind === 'sqlite') {
    const file = sqliteFile();
    await fillSqlite(file.path, fill);
    return file;
  }
  const { url, schema } = stack.use(await schemaForTesting());
  const pool = new Pool({ connectionString: url });
  try {
    const saver = new PostgresSaver(pool, undefined, { schema });
    await saver.setup();
    await fill(saver);
  } finally {
    await pool.end();
  }
  return { kind: 'server', url, schema };
}

describe.runIf(process.env.ENGINES === undefined || /sqlite/.test(process.env.ENGINES))(
  'moving in',
  () => {
    test('leaves the source as it was, whatever its journal is', async () => {
      const file = sqliteFile();
      await fillSqlite(file.path, (saver) => fillThread(saver, 't', 5));
      const before = await readFile(file.path);
      expect(await importFrom(file)).toMatchObject({ ...clean, checkpoints: 5 });
      expect((await readFile(file.path)).equals(before)).toBe(true);
    });

    test('the list of threads is as over the source: most recent first, with their times', async () => {
      const file = sqliteFile();
      const userId = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0a01';
      const ids = [2024, 2020, 2022].map((year) => `6f1f5c1e-0b0a-4c39-9a57-00000000${year}`);
      await fillSqlite(file.path, async (saver) => {
        for (const id of ids) await fillYear(saver, id, Number(id.slice(-4)));
      });
      await importFrom(file, { userId });
      const listOf = async (service: ThreadService): Promise<readonly unknown[]> =>
        (await service.listThreads(userId)).threads;
      await using source = await openSource(file);
      const expected = await listOf(createThreadService(source.saver, { discover: () => ids }));
      const service = createThreadService(store);
      expect(await listOf(service)).toEqual(expected);
      expect(expected).toMatchObject(
        [2024, 2022, 2020].map((year) => ({
          createdAt: `${year}-01-01T00:00:00.500Z`,
          updatedAt: `${year}-01-03T00:00:00.500Z`,
        })),
      );
      // Existing checkpoints stay unchanged, even if the thread has continued since.
      await importFrom(file, { userId });
      expect(await listOf(service)).toEqual(expected);
      await store
        .project('default')
        .as({ userId })
        .items.append(ids[1]!, [{ role: 'user', text: 'x' }]);
      const { updatedAt } = await store.operator.threads.get(ids[1]!);
      await importFrom(file, { userId });
      expect(await store.operator.threads.get(ids[1]!)).toMatchObject({ updatedAt });
      expect(Date.parse(updatedAt)).toBeGreaterThan(Date.UTC(2025));
    });

    test('continues after an interruption at any checkpoint', async () => {
      const file = sqliteFile();
      await fillSqlite(file.path, async (saver) => {
        await fillThread(saver, 'a', 12);
        await runSampleGraph(saver, 'b');
      });
      for (const at of [1, 7, 15, 20]) {
        const abort = new AbortController();
        const cut = importFrom(file, {
          signal: abort.signal,
          onProgress: ({ done }) => {
            if (done === at) abort.abort();
          },
        });
        await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
      }
      expect(await importFrom(file)).toMatchObject({ ...clean, threads: 2 });
      const { data } = await store.project('default').as({ userId: 'local' }).items.list('a');
      expect(data).toHaveLength(12);
    });

    test('writes that were lost with the process are made up for', async () => {
      const file = sqliteFile();
      await fillSqlite(file.path, (saver) => fillThread(saver, 't', 1));
      const database = new Database(file.path);
      const rows = database.prepare('SELECT * FROM writes').all();
      database.exec('DELETE FROM writes');
      expect(await importFrom(file)).toMatchObject({ ...clean, writes: 0 });
      const insert = database.prepare(
        'INSERT INTO writes VALUES (:thread_id, :checkpoint_ns, :checkpoint_id, :task_id, :idx, :channel, :type, :value)',
      );
      for (const row of rows) insert.run(row);
      database.close();
      expect(await importFrom(file)).toMatchObject({ ...clean, writes: 1, checkpointsAdded: 0 });
    });

    test('says which checkpoints differ', async () => {
      const file = sqliteFile();
      await fillSqlite(file.path, (saver) => fillThread(saver, 't', 3));
      await importFrom(file);
      const database = new Database(file.path);
      database
        .prepare(
          `UPDATE checkpoints SET metadata = ? WHERE checkpoint_id = (SELECT max(checkpoint_id) FROM checkpoints)`,
        )
        .run(Buffer.from('{"source":"loop","step":99,"parents":{}}'));
      database.close();
      expect(await importFrom(file)).toMatchObject({
        mismatchCount: 1,
        mismatches: [{ threadId: 't', namespace: '', parts: ['metadata'] }],
      });
    });

    test('a thread whose id is taken is reported, and the others are imported with --continue-on-error', async () => {
      const file = sqliteFile();
      await fillSqlite(file.path, async (saver) => {
        await fillThread(saver, 'a', 2);
        await fillThread(saver, 'b', 2);
      });
      await store
        .project('default')
        .as({ userId: 'other' })
        .threads.create([{ id: 'a' }]);
      const failures: string[] = [];
      const onFailure = ({ threadId }: { readonly threadId: string }): void =>
        void failures.push(threadId);
      expect(await importFrom(file, { onFailure })).toMatchObject({ failed: 1, isComplete: false });
      const all = await importFrom(file, { onFailure, continueOnError: true });
      expect(all).toMatchObject({ failed: 1, isComplete: true, threads: 1, checkpoints: 2 });
      expect(failures).toEqual(['a', 'a']);
    });

    test('an invalid source is reported', async () => {
      await expect(openSource(sqliteFile('none.db'))).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('cannot be opened'),
      });
      await writeFile(
        join(folder, 'text.db'),
        'This is a text, and not a database at all.'.repeat(100),
      );
      await expect(openSource(sqliteFile('text.db'))).rejects.toMatchObject({
        message: expect.stringContaining('is not a SQLite database'),
      });
      new Database(join(folder, 'other.db')).exec('CREATE TABLE writes (id)').close();
      await expect(openSource(sqliteFile('other.db'))).rejects.toMatchObject({
        message: expect.stringContaining('the table checkpoints is missing'),
      });
      await expect(
        openSource({ kind: 'server', url: 'postgres://u:hush@127.0.0.1:1/d' }),
      ).rejects.toMatchObject({
        code: 'unavailable',
        message: 'postgres://127.0.0.1:1/d (schema public) cannot be reached: ECONNREFUSED.',
      });
    });
  },
);

test('a package that is missing is named with what installs it', async () => {
  const cause = new Error('Cannot find package');
  const loading = loadPackage(['saver', 'driver'], () => Promise.reject(cause));
  await expect(loading).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('npm install saver driver'),
    cause,
  });
});
