import { describe, expect, test } from 'vitest';
import { OpenEngine } from '../../engine/open-engine.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { shardOf } from '../../records/new-task.ts';
import { put, Records } from '../../records/records.ts';
import { allTables } from '../../records/all-tables.ts';
import { taskQueue, type TaskRow } from '../../records/tables.ts';
import { newThreadId, storedThreadId } from '../../shared/ids.ts';
import { times } from '../../../test/support/store/store-kit-for-testing.ts';
import { TaskRunner, type TaskHandler } from './task-runner.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const threadId = storedThreadId('default', newThreadId(0));

interface Bench extends AsyncDisposable {
  readonly runner: TaskRunner;
  /** Stores a task, like the commit that promises it. */
  promise(kind: string, id: string): Promise<TaskRow>;
  stored(): Promise<string[]>;
}

async function open(handlers: Readonly<Record<string, TaskHandler>>): Promise<Bench> {
  const engine = await OpenEngine.open(memory(), allTables);
  const records = new Records(engine);
  const runner = new TaskRunner(records);
  runner.handle(handlers, () => Promise.resolve());
  return {
    runner,
    promise: async (kind, id) => {
      const task = { shard: shardOf(id), id, kind, threadId };
      await records.commit({ puts: [put(taskQueue, task)] });
      return task;
    },
    stored: async () => {
      const rows = await records.scan(taskQueue, { prefix: [], maintenance: true, limit: 10 });
      return rows.map(({ id }) => id);
    },
    async [Symbol.asyncDispose]() {
      await runner.stop();
      await engine.close();
    },
  };
}

describe('a task', () => {
  test('is forgotten when it is done, not before', async () => {
    const { promise: hold, resolve } = Promise.withResolvers<void>();
    await using bench = await open({ work: () => hold });
    const task = await bench.promise('work', 'a');
    const running = bench.runner.run(task);
    await someTurns();
    expect(await bench.stored()).toEqual(['a']);
    resolve();
    await running;
    expect(await bench.stored()).toEqual([]);
    await bench.runner.whenDone(task);
  });

  test('runs once at a time, however often it is started', async () => {
    let runs = 0;
    await using bench = await open({ work: () => Promise.resolve(void runs++) });
    const task = await bench.promise('work', 'a');
    for (let i = 0; i < 5; i++) bench.runner.start(task);
    await Promise.all(times(5, () => bench.runner.run(task)));
    expect(runs).toBe(1);
  });

  test('waits for those of its kind before it, and not for others', async () => {
    const log: string[] = [];
    const slow: TaskHandler = async ({ id }) => {
      log.push(`${id} begins`);
      await someTurns();
      log.push(`${id} ends`);
    };
    await using bench = await open({ slow, quick: ({ id }) => Promise.resolve(void log.push(id)) });
    for (const id of ['a', 'b']) bench.runner.start(await bench.promise('slow', id));
    bench.runner.start(await bench.promise('quick', 'c'));
    await bench.runner.idle();
    expect(log.filter((line) => line !== 'c')).toEqual([
      'a begins',
      'a ends',
      'b begins',
      'b ends',
    ]);
    expect(log.indexOf('c')).toBeLessThan(log.indexOf('b begins'));
  });

  test('that fails rejects its waiter, stays stored, and is retried', async () => {
    let failures = 1;
    const again = Promise.withResolvers<void>();
    await using bench = await open({
      work: () => {
        if (failures-- > 0) return Promise.reject(new Error('no disk'));
        again.resolve();
        return Promise.resolve();
      },
    });
    const task = await bench.promise('work', 'a');
    await expect(bench.runner.run(task)).rejects.toThrow('no disk');
    expect(bench.runner.lastFailure).toMatchObject({ message: 'no disk' });
    expect(await bench.stored()).toEqual(['a']);
    await again.promise;
    await bench.runner.idle();
    expect(await bench.stored()).toEqual([]);
  });

  test('that fails does not keep the next of its kind from running', async () => {
    await using bench = await open({
      work: ({ id }) => (id === 'a' ? Promise.reject(new Error('no')) : Promise.resolve()),
    });
    for (const id of ['a', 'b']) bench.runner.start(await bench.promise('work', id));
    await bench.runner.idle();
    expect(await bench.stored()).toEqual(['a']);
  });

  test('of an unknown kind stays for a newer version', async () => {
    await using bench = await open({});
    const task = await bench.promise('newer', 'a');
    await expect(bench.runner.run(task)).rejects.toMatchObject({ code: 'internal' });
    expect(await bench.stored()).toEqual(['a']);
  });

  test('left by an earlier process is taken up', async () => {
    const done: string[] = [];
    await using bench = await open({ work: ({ id }) => Promise.resolve(void done.push(id)) });
    for (const id of ['a', 'b', 'c']) await bench.promise('work', id);
    await bench.runner.resume();
    await bench.runner.idle();
    expect(done).toEqual(['a', 'b', 'c']);
    expect(await bench.stored()).toEqual([]);
  });

  test('that runs is waited for when the store is closed', async () => {
    let isDone = false;
    const bench = await open({
      work: async () => {
        await someTurns();
        isDone = true;
      },
    });
    bench.runner.start(await bench.promise('work', 'a'));
    await bench.runner.stop();
    expect(isDone).toBe(true);
    await bench[Symbol.asyncDispose]();
  });
});
