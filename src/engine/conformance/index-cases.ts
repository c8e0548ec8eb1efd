import assert from 'node:assert/strict';
import type { Put, Row, Scalar, Scan, Table } from '../engine.ts';
import { referenceEngine } from '../reference/reference-engine.ts';
import { OpenEngine } from '../open-engine.ts';
import { assertRows, columnOf, putAll, scanAll } from './expectations.ts';
import { entries, entry, tablesForTests, thread, threads } from './tables-for-tests.ts';
import type { Session } from './session.ts';
import type { Topic } from './topic.ts';

/** The ids of an owner's threads, in the order of the index. */
async function ownedBy({ engine }: Session, ownerId: string): Promise<unknown[]> {
  const scan = { table: threads, index: 'byOwner', prefix: [ownerId], limit: 100 };
  return columnOf(await engine.scan(scan), 'threadId');
}

function owned(threadId: string, ownerId: string, updatedAt: number): Row {
  return thread(threadId, { ownerId, updatedAt });
}

function* indexScans(): Generator<Scan> {
  const base = { table: entries, limit: 1000 };
  for (const after of [['a'], ['a', 'e1'], ['aa'], ['']]) {
    yield { ...base, index: 'byKind', prefix: ['t1'], after };
    yield { ...base, index: 'byKind', prefix: ['t1'], before: after };
  }
  const bounds: Scalar[][] = [[-1], [0], [0, 't1'], [0, 't1', 'e1'], [0, 't2', 'e0'], [5]];
  for (const bound of bounds) {
    yield { ...base, index: 'byWeight', prefix: ['a'], after: bound };
    yield { ...base, index: 'byWeight', prefix: ['a'], before: bound };
  }
  yield { ...base, index: 'byWeight', prefix: ['a', 0, 't1', 'e1'] };
  yield { ...base, index: 'byEntry', prefix: ['e1'], after: ['t1'] };
  yield { ...base, index: 'byEntry', prefix: ['e1'], before: ['t2'] };
}

/** Scans of a queue by time, whose entries are all in one partition. */
function* queueScans(): Generator<Scan> {
  const base = { table: threads, index: 'byTime', prefix: [], limit: 1000 };
  for (const after of [[-9], [0], [3], [3, 'u2'], [3, 'u2', 't3'], [99]]) {
    yield { ...base, after };
    for (const before of [[0], [4], [3, 'u9'], [99]]) yield { ...base, after, before };
  }
  yield { ...base, prefix: [3] };
  yield { ...base, prefix: [3], after: ['u1'] };
}

async function assertScansAsModel(
  { engine }: Session,
  table: Table,
  rows: readonly Row[],
  scans: readonly Scan[],
): Promise<void> {
  const reference = await OpenEngine.open(referenceEngine(), tablesForTests);
  await Promise.all([putAll(engine, table, rows), putAll(reference, table, rows)]);
  for (const scan of scans) {
    for (const more of [{}, { reverse: true }, { limit: 2 }, { reverse: true, limit: 1 }]) {
      const full = { ...scan, ...more };
      const note = JSON.stringify({ ...full, table: undefined });
      assertRows(await engine.scan(full), await reference.scan(full), note);
    }
  }
}

export const indexCases: Topic = {
  name: 'indexes',
  cases: {
    'an index orders by its columns, and equal values by the key': {
      async run(session) {
        await putAll(session.engine, threads, [
          owned('c', 'u1', 5),
          owned('b', 'u1', 5),
          owned('d', 'u1', -5),
          owned('a', 'u1', 7),
          owned('e', 'u2', 0),
          owned('f', 'u', 9),
        ]);
        assert.deepEqual(await ownedBy(session, 'u1'), ['d', 'b', 'c', 'a']);
        assert.deepEqual(await ownedBy(session, 'u2'), ['e']);
        assert.deepEqual(await ownedBy(session, 'u3'), []);
      },
    },
    'every combination of bounds over indexes gives what the reference gives': {
      async run(session) {
        const rows = ['t1', 't2'].flatMap((threadId) =>
          ['e0', 'e1', 'e2'].flatMap((entryId, i) => [
            entry(threadId, entryId, { kind: 'a', weight: i - 1 }),
            entry(threadId, `${entryId}x`, { kind: i === 1 ? 'aa' : 'a', weight: 0 }),
          ]),
        );
        await assertScansAsModel(session, entries, rows, [...indexScans()]);
      },
    },
    'a queue by time is one list of the whole store': {
      async run(session) {
        const rows = Array.from({ length: 12 }, (_, i) => owned(`t${i}`, `u${i % 3}`, (i % 6) - 1));
        await assertScansAsModel(
          session,
          threads,
          [...rows, thread('no owner')],
          [...queueScans()],
        );
      },
    },
    'a row that lacks a column of an index has no entry in it': {
      async run({ engine }) {
        await putAll(engine, threads, [
          thread('none'),
          thread('pinned', { pinned: true }),
          thread('ranked', { rank: 1 }),
          thread('both', { pinned: true, rank: 1 }),
          thread('falsy', { pinned: false, rank: 0 }),
          thread('owned', { ownerId: '' }),
        ]);
        const pinned = await scanAll(engine, threads, 'byPinned');
        assert.deepEqual(columnOf(pinned, 'threadId'), ['falsy', 'both']);
        const byOwner = await scanAll(engine, threads, 'byOwner');
        assert.deepEqual(columnOf(byOwner, 'threadId'), ['owned']);
        assert.equal((await scanAll(engine, threads)).length, 6);
      },
    },
    'a row has an entry while it has the columns that the index requires besides its own': {
      async run({ engine }) {
        const listed = async (): Promise<unknown[]> => {
          return columnOf(await scanAll(engine, threads, 'byOwnerPinned'), 'threadId');
        };
        const both = { pinned: false, rank: 0 };
        const row = (threadId: string, updatedAt: number, more: Row = {}): Row => {
          return thread(threadId, { ownerId: 'u', updatedAt, ...more });
        };
        await putAll(engine, threads, [
          row('c', 1, both),
          row('a', 2, both),
          row('none', 0),
          row('one', 0, { pinned: true }),
          thread('no owner', both),
        ]);
        assert.deepEqual(await listed(), ['c', 'a']);
        await putAll(engine, threads, [row('none', 0, { pinned: true, rank: -1 })]);
        assert.deepEqual(await listed(), ['none', 'c', 'a']);
        // Other values of the columns move nothing, and their absence takes the entry away.
        await putAll(engine, threads, [row('c', 1, { pinned: true, rank: 9 })]);
        const page = { table: threads, index: 'byOwnerPinned', prefix: ['u'], limit: 9 };
        assertRows(await engine.scan({ ...page, after: [0], before: [2] }), [
          row('c', 1, { pinned: true, rank: 9 }),
        ]);
        await putAll(engine, threads, [row('c', 1, { pinned: true })]);
        assert.deepEqual(await listed(), ['none', 'a']);
        await engine.commit({ deletes: [{ table: threads, key: ['a'] }] });
        assert.deepEqual(await listed(), ['none']);
      },
    },
    'an update moves the entry and never leaves the old one behind': {
      async run(session) {
        const { engine } = session;
        const states = [
          owned('t', 'u1', 1),
          owned('t', 'u1', 2),
          owned('t', 'u2', 2),
          thread('t'),
          owned('t', 'u1', 0),
        ];
        for (const row of states) {
          await engine.commit({ puts: [{ table: threads, row }] });
          const isOwned = row.ownerId !== undefined;
          assertRows(await scanAll(engine, threads, 'byOwner'), isOwned ? [row] : []);
        }
        await engine.commit({ deletes: [{ table: threads, key: ['t'] }] });
        assert.deepEqual(await scanAll(engine, threads, 'byOwner'), []);
      },
    },
    'an update of other columns is visible through the index': {
      async run({ engine }) {
        await putAll(engine, threads, [thread('t', { ownerId: 'u', body: { n: 1 } })]);
        const after = thread('t', { ownerId: 'u', version: 2, body: { n: 2 } });
        await putAll(engine, threads, [after]);
        assertRows(await scanAll(engine, threads, 'byOwner'), [after]);
      },
    },
    'columns that the index shares with the key are not repeated': {
      async run({ engine }) {
        const rows = [
          entry('t2', 'e1', { kind: 'k' }),
          entry('t1', 'e2', { kind: 'k' }),
          entry('t1', 'e1', { kind: 'l' }),
          entry('t1', 'e3', { kind: 'k' }),
        ];
        await putAll(engine, entries, rows);
        const byKind = { table: entries, index: 'byKind', prefix: ['t1', 'k'], limit: 10 };
        assertRows(await engine.scan(byKind), [rows[1], rows[3]]);
        assertRows(await engine.scan({ ...byKind, after: ['e2'] }), [rows[3]]);
        const byEntry = { table: entries, index: 'byEntry', prefix: ['e1'], limit: 10 };
        assertRows(await engine.scan(byEntry), [rows[2], rows[0]]);
        assertRows(await engine.scan({ ...byEntry, after: ['t1'] }), [rows[0]]);
      },
    },
    'entries follow their rows whether replaces is given, null or absent': {
      async run(session) {
        const { engine } = session;
        const first = owned('t', 'u1', 1);
        const second = thread('t', { ownerId: 'u2', updatedAt: 2, version: 2 });
        const third = thread('t', { ownerId: 'u3', updatedAt: 3, version: 3 });
        const guarded = (put: Omit<Put, 'table'>, version: number | 'absent') =>
          engine.commit({
            puts: [{ table: threads, ...put }],
            expects: [{ table: threads, key: ['t'], version }],
          });
        await guarded({ row: first, replaces: null }, 'absent');
        assertRows(await scanAll(engine, threads, 'byOwner'), [first]);
        await guarded({ row: second, replaces: first }, 1);
        assertRows(await scanAll(engine, threads, 'byOwner'), [second]);
        await guarded({ row: third }, 2);
        assertRows(await scanAll(engine, threads, 'byOwner'), [third]);
        await engine.commit({
          deletes: [{ table: threads, key: ['t'], replaces: third }],
          expects: [{ table: threads, key: ['t'], version: 3 }],
        });
        assert.deepEqual(await scanAll(engine, threads, 'byOwner'), []);
        assert.equal(await engine.get(threads, ['t']), undefined);
      },
    },
    'strings with zero characters stay apart in an index': {
      async run(session) {
        const owners = ['', '\u0000', 'u', 'u\u0000', 'u\u0000\u0000', 'u\u0001', 'v'];
        const rows = owners.map((ownerId, i) => owned(`t${i}`, ownerId, i - 3));
        await putAll(session.engine, threads, rows);
        for (const [i, ownerId] of owners.entries()) {
          assert.deepEqual(await ownedBy(session, ownerId), [`t${i}`], JSON.stringify(ownerId));
        }
      },
    },
  },
};
