/** Each table has rows that are broken here, past the store, and seen to be found and repaired. */
import { describe, expect, test } from 'vitest';
import type { Row } from '../../engine/engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { newTask } from '../../records/new-task.ts';
import { put, type Records } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import {
  changes,
  items,
  queuePlaces,
  tags,
  taskQueue,
  tasks,
  threads,
} from '../../records/tables.ts';
import type { ThreadId } from '../../shared/ids.ts';
import {
  goldenInMemory,
  snapshotOf,
  withRecords,
} from '../../../test/support/store/golden-rows-for-testing.ts';
import { doctor } from './doctor.ts';

/** Breaks something, and says what of it the doctor is to find: `kind: the beginning of the detail`. */
type Damage = (records: Records) => Promise<readonly string[]>;

interface Case {
  readonly table: TypedTable<unknown>;
  readonly what: string;
  readonly damage: Damage;
  /** What a repair leads to: all as it was, something else, or (of what is not derived) nothing. */
  readonly repair: 'restores' | 'mends' | 'none';
}

const cases: Case[] = [];

function broken(
  table: TypedTable<unknown>,
  what: string,
  repair: Case['repair'],
  damage: Damage,
): void {
  cases.push({ table, what, damage, repair });
}

/** The first row of a table that fits. */
async function find<R extends Row>(
  records: Records,
  table: TypedTable<R>,
  fits: (row: R) => boolean = () => true,
): Promise<R> {
  for await (const row of records.scanTable(table)) if (fits(row)) return row;
  throw new TypeError(`no row of ${table.name} fits`);
}

function change<R extends Row>(
  records: Records,
  table: TypedTable<R>,
  row: R,
  patch: Partial<R>,
): Promise<void> {
  return records.commit({ puts: [put(table, { ...row, ...patch })] });
}

function remove<R extends Row>(records: Records, table: TypedTable<R>, row: R): Promise<void> {
  const key = table.key.map((column) => row[column] as string); // of a key
  return records.commit({ deletes: [{ table, key }] });
}

broken(threads, 'a wrong count', 'restores', async (records) => {
  const head = (await records.get(threads, ['main']))!;
  await change(records, threads, head, { itemCount: 1 });
  return ['main head: itemCount should be'];
});

broken(threads, 'a deleted one whose rows nothing purges', 'mends', async (records) => {
  const task = await find(records, tasks, ({ kind }) => kind === 'purge');
  await remove(records, tasks, task);
  return [`${task.threadId} leftover: rows of a deleted thread`];
});

broken(threads, 'one without a head', 'none', async (records) => {
  await remove(records, threads, (await records.get(threads, ['graph']))!);
  return ['graph leftover: rows without a thread'];
});

broken(items, 'one that is missing', 'none', async (records) => {
  const [, second] = await records.scan(items, { prefix: ['graph'], limit: 3 });
  await remove(records, items, second!);
  return ['graph order: item'];
});

broken(items, 'one that names a parent that is not there', 'none', async (records) => {
  const row = await find(records, items, ({ threadId }) => threadId === 'main');
  const parentId = '019b76dc-ffff-7000-8000-000000000000' as typeof row.id; // of no item
  await change(records, items, row, { parentId });
  return [`main reference: item ${row.id} names ${parentId} as its parentId`];
});

broken(items, 'one that names a revision that is not there', 'restores', async (records) => {
  const row = await find(records, items, (r) => r.threadId === 'main' && !!r.replacedById);
  const replacedById = '019b76dc-ffff-7000-8000-000000000000' as typeof row.id; // of no item
  await change(records, items, row, { replacedById });
  return [`main derived: item ${row.id} names the revision`];
});

broken(changes, 'one of an item that is not there', 'none', async (records) => {
  const row = await find(records, changes, ({ threadId }) => threadId === 'main');
  const itemId = '019b76dc-ffff-7000-8000-000000000000' as typeof row.itemId; // of no item
  await change(records, changes, row, { itemId });
  return [`main reference: change ${row.version} is of ${itemId}`];
});

broken(tags, 'one that is missing', 'restores', async (records) => {
  const row = await find(records, tags);
  await remove(records, tags, row);
  return [`${row.threadId} list: is misplaced under the tag`];
});

broken(tags, 'one that the thread does not have', 'restores', async (records) => {
  const row = await find(records, tags);
  await records.commit({ puts: [put(tags, { ...row, tag: 'not a tag of it' })] });
  return [`${row.threadId} list: is in the list of the tag not a tag of it`];
});

broken(tags, 'one with the columns of another owner', 'restores', async (records) => {
  const row = await find(records, tags);
  await change(records, tags, row, { ownerId: 'another' });
  return [`${row.threadId} list: is misplaced under the tag`];
});

broken(tasks, 'one for a thread that never was', 'mends', async (records) => {
  const row = await find(records, tasks, ({ kind }) => kind === 'refresh');
  await change(records, tasks, row, { threadId: 'nowhere' as typeof row.threadId }); // of no thread
  return [` leftover: the task ${row.id} is for the thread nowhere`];
});

broken(tasks, 'one that nothing does', 'none', async (records) => {
  const row = await find(records, tasks, ({ kind }) => kind === 'refresh');
  await change(records, tasks, row, { kind: 'unheard' });
  return [` state: the task ${row.id} is of the kind unheard`];
});

broken(taskQueue, 'one for a thread that never was', 'mends', async (records) => {
  const task = newTask(0, { kind: 'refresh', threadId: 'nowhere' as ThreadId }); // of no thread
  await records.commit({ puts: [put(taskQueue, task)] });
  return [` leftover: the task ${task.id} is for the thread nowhere`];
});

broken(taskQueue, 'one that nothing does', 'none', async (records) => {
  const task = newTask(0, { kind: 'unheard', threadId: 'main' as ThreadId }); // it is there
  await records.commit({ puts: [put(taskQueue, task)] });
  return [` state: the task ${task.id} is of the kind unheard`];
});

broken(queuePlaces, 'one behind an entry', 'restores', async (records) => {
  const row = { queue: 'requests.byExpiry', beginsAt: Date.UTC(2100, 0, 1) };
  await records.commit({ puts: [put(queuePlaces, row)] });
  return [' list: the queue requests.byExpiry begins behind an entry'];
});

/** Tables that the doctor does not examine yet. The list may only become shorter. */
const notYetExamined: readonly string[] = [
  ...[
    'overlays',
    'edges',
    'scopes',
    'forks',
    'requests',
    'credentials',
    'streams',
    'runs',
    'chunks',
  ],
  ...['comparisons', 'votes', 'checkpoint_logs', 'checkpoints', 'checkpoint_elements'],
  ...['checkpoint_writes', 'checkpoint_copies', 'documents', 'document_paths', 'document_vectors'],
  'copies',
];

describe('the doctor', () => {
  test('finds a store healthy that has waiting tasks and rows in every table', async () => {
    const report = await doctor(await goldenInMemory(), { repair: false });
    expect(report.problems).toEqual([]);
    expect(report.threads).toBeGreaterThan(60);
  });

  test.each(cases.map((each) => [each.table.name, each.what, each] as const))(
    'finds in %s %s',
    async (_table, _what, { damage, repair }) => {
      const engine = await goldenInMemory();
      const before = await snapshotOf(engine);
      const expected = await withRecords(engine, damage);
      const damaged = await snapshotOf(engine);
      expect(await problemsOf(engine, false)).toEqual(expected.map((start) => [start, false]));
      expect(await snapshotOf(engine)).toEqual(damaged);
      const isRepaired = repair !== 'none';
      expect(await problemsOf(engine, true)).toEqual(expected.map((start) => [start, isRepaired]));
      expect(await problemsOf(engine, false)).toEqual(
        isRepaired ? [] : expected.map((start) => [start, false]),
      );
      if (repair === 'restores') expect(await snapshotOf(engine)).toEqual(before);

      async function problemsOf(
        store: typeof engine,
        isRepairing: boolean,
      ): Promise<(readonly [string, boolean])[]> {
        const { problems } = await doctor(store, { repair: isRepairing });
        return problems.map(({ threadId, kind, detail, repaired }, i) => {
          const text = `${threadId} ${kind}: ${detail}`;
          const start = expected[i] ?? '';
          return [start !== '' && text.startsWith(start) ? start : text, repaired] as const;
        });
      }
    },
  );

  test('is tried on a broken row of every table', () => {
    const tried = new Set(cases.map(({ table }) => table.name));
    const untried = allTables.map(({ name }) => name).filter((name) => !tried.has(name));
    expect(untried.filter((name) => !notYetExamined.includes(name))).toEqual([]);
    expect(notYetExamined.filter((name) => tried.has(name))).toEqual([]);
  });
});
