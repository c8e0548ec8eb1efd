import assert from 'node:assert/strict';
import type { Index, Row, Table } from '../engine.ts';
import type { OpenEngine } from '../open-engine.ts';
import { assertRow, assertRows, columnOf, putAll, scanAll, rowText } from './expectations.ts';
import {
  entries,
  entry,
  lateTable,
  orderTables,
  step,
  steps,
  tablesForTests,
  thread,
  threads,
} from './tables-for-tests.ts';
import type { Session } from './session.ts';
import type { Topic } from './topic.ts';
import { sleep } from '../../shared/backoff.ts';

/** Rows with every column type, some of which are then moved or deleted. */
async function fill(engine: OpenEngine): Promise<void> {
  const heads = Array.from({ length: 60 }, (_, i) =>
    thread(`t${i}`, { ownerId: `u${i % 5}`, updatedAt: -i, rank: i / 7, pinned: i % 2 === 0 }),
  );
  await putAll(engine, threads, heads);
  await putAll(engine, threads, [thread('t7', { version: 2, ownerId: 'moved' }), thread('t8')]);
  const body = { text: 'é\u0000😀', list: [1, null, { a: [] }] };
  await putAll(
    engine,
    entries,
    Array.from({ length: 90 }, (_, i) => entry('t1', `e${i}`, { body })),
  );
  await putAll(
    engine,
    steps,
    Array.from({ length: 40 }, (_, i) => step('t1', 'r', i - 20)),
  );
  for (const [type, value] of [
    ['string', '\u{10ffff}'],
    ['number', -1e-300],
    ['boolean', true],
  ] as const) {
    await putAll(engine, orderTables[type], [{ group: 'g', order: value, select: value }]);
  }
  await engine.commit({ deletes: [{ table: threads, key: ['t9'] }] });
  await engine.deletePrefix(steps, ['t1', 'r', 0]);
}

/** The contents of the store, read through every index. */
async function contents(engine: OpenEngine): Promise<string[]> {
  const texts: string[] = [];
  for (const table of tablesForTests) {
    for (const index of [undefined, ...table.indexes.map(({ name }) => name)]) {
      const rows = await scanAll(engine, table, index);
      texts.push(...rows.map((row) => `${table.name} ${index ?? ''} ${rowText(row)}`));
    }
  }
  return texts;
}

/** The two rows of one commit, in different tables; the second has an index entry. */
function pair(i: number): Row[] {
  return [step(`t${i % 4}`, 'r', i), thread(`p${i}`, { ownerId: 'u', updatedAt: i })];
}

function commitPair(engine: OpenEngine, i: number): Promise<void> {
  const [first, second] = pair(i);
  return engine.commit({
    puts: [
      { table: steps, row: first! },
      { table: threads, row: second! },
    ],
  });
}

/**
 * Begins sixty commits and crashes when some are acknowledged and others are not, a little later in
 * each round, so that the crash hits different points. Returns those acknowledged before it.
 */
async function crashAmidCommits(session: Session, round: number): Promise<number[]> {
  const acknowledged: number[] = [];
  const { engine } = session;
  const commits = Array.from({ length: 60 }, async (_, i) => {
    await commitPair(engine, round * 60 + i);
    acknowledged.push(round * 60 + i);
  });
  const settled = Promise.allSettled(commits); // interrupted ones fail or never settle
  await Promise.race([commits[15]!, settled]);
  for (let i = 0; i < round; i++) await sleep(0);
  const certain = [...acknowledged];
  await session.crash();
  return certain;
}

/** An index that only one test declares, on rows that were written without it. */
const lateIndex: Index = {
  name: 'byOwnerRanked',
  id: 5,
  columns: ['ownerId', 'updatedAt'],
  requires: ['rank'],
};

function tablesWith(index: Index): Table[] {
  return tablesForTests.map((table) =>
    table === threads ? { ...table, indexes: [...table.indexes, index] } : table,
  );
}

export const reopenCases: Topic = {
  name: 'reopening',
  cases: {
    'everything is there after closing and opening': {
      needs: ['reopen'],
      async run(session) {
        await fill(session.engine);
        const before = await contents(session.engine);
        for (let i = 0; i < 3; i++) {
          await session.reopen();
          assert.deepEqual(await contents(session.engine), before);
        }
        await putAll(session.engine, threads, [thread('t7', { ownerId: 'again' })]);
        await session.reopen();
        const moved = await scanAll(session.engine, threads, 'byOwner', { prefix: ['moved'] });
        assert.deepEqual(moved, []);
      },
    },
    'conditions hold against earlier rows': {
      needs: ['reopen'],
      async run(session) {
        await putAll(session.engine, threads, [thread('t', { version: 41 })]);
        await session.reopen();
        const expects = [{ table: threads, key: ['t'], version: 41 }];
        const puts = [{ table: threads, row: thread('t', { version: 42 }) }];
        await session.engine.commit({ puts, expects });
        await assert.rejects(session.engine.commit({ puts, expects }), { code: 'conflict' });
      },
    },
    'an empty store is empty after reopening': {
      needs: ['reopen'],
      async run(session) {
        await session.reopen();
        assert.deepEqual(await contents(session.engine), []);
      },
    },
    'a table declared later begins empty and works': {
      needs: ['reopen'],
      async run(session) {
        await fill(session.engine);
        const before = await contents(session.engine);
        await session.reopen([lateTable, ...tablesForTests]);
        assert.deepEqual(await scanAll(session.engine, lateTable), []);
        const row = { lateId: 'a', rank: 1 };
        await putAll(session.engine, lateTable, [row]);
        assert.deepEqual(await contents(session.engine), before);
        await session.reopen([...tablesForTests, lateTable]);
        assertRow(await session.engine.get(lateTable, ['a']), row);
        assertRows(await scanAll(session.engine, lateTable, 'byRank'), [row]);
      },
    },
    'an index declared later has the rows of before, and follows them': {
      needs: ['reopen'],
      async run(session) {
        const ids = Array.from({ length: 2300 }, (_, i) => `t${i}`);
        const rowOf = (id: string, i: number): Row => {
          return thread(id, { updatedAt: i % 7, ...(i % 3 > 0 && { ownerId: 'u', rank: i }) });
        };
        await putAll(session.engine, threads, ids.map(rowOf));
        await session.reopen(tablesWith(lateIndex));
        const late = session.engine.tables.find(({ name }) => name === threads.name)!;
        const read = () => scanAll(session.engine, late, lateIndex.name, { prefix: ['u'] });
        const listed = [...ids.entries()]
          .filter(([i]) => i % 3 > 0)
          .toSorted(([i, a], [j, b]) => (i % 7) - (j % 7) || (a < b ? -1 : 1))
          .map(([i, id]) => ({ id, row: rowOf(id, i) }));
        const rows = listed.map(({ row }) => row);
        assertRows(await read(), rows);
        const moved = { ...rows[1], updatedAt: 99 };
        await session.engine.commit({
          puts: [{ table: late, row: moved }],
          deletes: [{ table: late, key: [listed[0]!.id] }],
        });
        assertRows(await read(), [...rows.slice(2), moved]);
      },
    },
    'a crash loses nothing acknowledged': {
      needs: ['crash'],
      async run(session) {
        for (let round = 0; round < 3; round++) {
          await fill(session.engine);
          await commitPair(session.engine, round);
          const before = await contents(session.engine);
          await session.crash();
          assert.deepEqual(await contents(session.engine), before);
        }
      },
    },
    'a crash amid commits leaves each whole or nothing, and the acknowledged ones whole': {
      needs: ['crash', 'atomicAcrossPartitions'],
      async run(session) {
        const certain: number[] = [];
        for (let round = 0; round < 4; round++) {
          certain.push(...(await crashAmidCommits(session, round)));
          const found = await scanAll(session.engine, steps);
          const numbers = found.map(({ number }) => Number(number)).toSorted((a, b) => a - b);
          for (const i of certain) assert(numbers.includes(i), `commit ${i} was acknowledged`);
          const rows = numbers.map((i) => pair(i)[1]!);
          assertRows(await scanAll(session.engine, threads, 'byOwner', { prefix: ['u'] }), rows);
          assert.equal((await scanAll(session.engine, threads)).length, rows.length);
        }
      },
    },
    'a crash amid deletePrefix can be finished by calling it again': {
      needs: ['crash'],
      async run(session) {
        const rows = Array.from({ length: 3000 }, (_, i) => entry('t', `e${i}`, { kind: 'k' }));
        await putAll(session.engine, entries, [entry('s', 'x'), ...rows, entry('u', 'x')]);
        const deletion = session.engine.deletePrefix(entries, ['t']);
        await Promise.race([
          deletion.catch(() => 'cut off by the crash'),
          session.engine.get(entries, ['s', 'x']),
        ]);
        await session.crash();
        const left = await scanAll(session.engine, entries, undefined, { prefix: ['t'] });
        assert.equal((await scanAll(session.engine, entries, 'byKind')).length, left.length);
        await session.engine.deletePrefix(entries, ['t']);
        assert.deepEqual(columnOf(await scanAll(session.engine, entries), 'threadId'), ['s', 'u']);
        assert.deepEqual(await scanAll(session.engine, entries, 'byKind'), []);
      },
    },
  },
};
