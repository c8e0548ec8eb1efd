import { describe, expect, test } from 'vitest';
import { apartForTesting, enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { openKit, settled, times } from '../../../test/support/store/store-kit-for-testing.ts';
import { TappedEngine } from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { Engine } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { shardOf, taskShardCount } from '../../records/new-task.ts';
import { put, Records } from '../../records/records.ts';
import { taskQueue, tasks, threads, type FormerTaskRow } from '../../records/tables.ts';
import { publicThreadId, type StoredThreadId } from '../../shared/ids.ts';
import { moveTasks } from './move-tasks.ts';

/** As an earlier version left them. */
function formerTasks(count: number): FormerTaskRow[] {
  return times(count, (i) => ({
    id: `task ${i}`,
    kind: 'purge',
    threadId: `t${i}` as StoredThreadId,
  }));
}

async function leave(engine: Engine, rows: readonly FormerTaskRow[]): Promise<void> {
  const open = await OpenEngine.open(engine, allTables);
  await open.commit({ puts: rows.map((row) => put(tasks, row)) });
  await open.close();
}

async function idsIn(records: Records, table: typeof tasks | typeof taskQueue): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of records.scanTable<{ readonly id: string }>(table)) ids.push(id);
  return ids.toSorted();
}

describe.each(enginePlaces)('the tasks of an earlier version, on %s', (_name, createPlace) => {
  test('is moved into the queue and done when a store opens', async () => {
    await using place = await createPlace();
    const before = await openKit({ engine: place.open() });
    await before.owner.threads.create(times(3, (i) => ({ id: `t${i}` })));
    await before.say('t1', 'secret');
    // Deleted, but the task for the purge is in the former table.
    await before.owner.threads.delete(['t0', 't1']);
    await settled(before);
    await before.store.close();
    await leave(place.open(), formerTasks(2));
    await using after = await openKit({ engine: place.open() });
    await settled(after);
    expect(await after.rows(tasks)).toEqual([]);
    const heads = await after.rows(threads);
    expect(heads.map(({ id, deletedAt }) => [publicThreadId(id), deletedAt !== undefined])).toEqual(
      [
        ['t0', true],
        ['t1', true],
        ['t2', false],
      ],
    );
  });
});

describe('moving', () => {
  test.each([0, 1, 99, 100, 101, 250])('%s tasks loses none', async (count) => {
    const engine = memory();
    const rows = formerTasks(count);
    await leave(engine, rows);
    const records = new Records(await OpenEngine.open(engine, allTables));
    await moveTasks(records);
    expect(await idsIn(records, tasks)).toEqual([]);
    expect(await idsIn(records, taskQueue)).toEqual(rows.map(({ id }) => id).toSorted());
    for await (const { id, shard } of records.scanTable(taskQueue)) {
      expect(shard).toBe(shardOf(id));
    }
  });

  test('can be cut short anywhere', async () => {
    const all = formerTasks(250);
    for (let survives = 0; ; survives++) {
      const inner = memory();
      await leave(inner, all);
      const engine = new TappedEngine(inner);
      let commits = 0;
      engine.tap = (call, run) => {
        const isCut = call.method === 'commit' && commits++ >= survives;
        return isCut ? Promise.reject(new Error('killed')) : run();
      };
      const open = await OpenEngine.open(engine, allTables);
      const isWhole = await moveTasks(new Records(open)).then(
        () => true,
        () => false,
      );
      await open.close();
      const records = new Records(await OpenEngine.open(inner, allTables));
      const known = new Set([
        ...(await idsIn(records, tasks)),
        ...(await idsIn(records, taskQueue)),
      ]);
      expect(known.size).toBe(250);
      await moveTasks(records);
      expect(await idsIn(records, tasks)).toEqual([]);
      expect(await idsIn(records, taskQueue)).toHaveLength(250);
      if (isWhole) return;
    }
  });

  test('loses none where a commit is cut between its partitions', async () => {
    const engine = apartForTesting();
    await leave(engine, formerTasks(5));
    const records = new Records(await OpenEngine.open(engine, allTables));
    for (let attempt = 0; (await idsIn(records, tasks)).length > 0; attempt++) {
      if (attempt < 8) engine.next('split');
      await moveTasks(records).catch(() => engine.heal());
      const known = [...(await idsIn(records, tasks)), ...(await idsIn(records, taskQueue))];
      expect(new Set(known).size).toBe(5);
    }
  });
});

test('shards are even', () => {
  const counts = times(taskShardCount, () => 0);
  for (const id of times(16_000, (i) => `019b76df-93c4-7ccb-affa-${i}`)) counts[shardOf(id)]!++;
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1200);
});
