import assert from 'node:assert/strict';
import {
  assertConflict,
  assertRow,
  assertRows,
  columnOf,
  putAll,
  scanAll,
} from './expectations.ts';
import {
  entries,
  entry,
  listing,
  listings,
  step,
  steps,
  tablesForTests,
  thread,
  threads,
} from './tables-for-tests.ts';
import type { Session } from './session.ts';
import type { Topic } from './topic.ts';

async function assertEmpty({ engine }: Session): Promise<void> {
  for (const table of tablesForTests) {
    for (const index of [undefined, ...table.indexes.map(({ name }) => name)]) {
      assert.deepEqual(await scanAll(engine, table, index), [], `${table.name} ${index}`);
    }
  }
}

export const commitCases: Topic = {
  name: 'commits',
  cases: {
    'an empty commit does nothing': {
      async run(session) {
        await session.engine.commit({});
        await session.engine.commit({ puts: [], deletes: [], expects: [] });
        await assertEmpty(session);
      },
    },
    'rows of several tables of a partition go in and out together': {
      async run(session) {
        const { engine } = session;
        await engine.commit({
          puts: [
            { table: threads, row: thread('t1') },
            { table: entries, row: entry('t1', 'e1') },
            { table: entries, row: entry('t1', 'e2') },
          ],
        });
        assert.equal((await scanAll(engine, entries, undefined, { prefix: ['t1'] })).length, 2);
        await engine.commit({
          deletes: [
            { table: threads, key: ['t1'] },
            { table: entries, key: ['t1', 'e1'] },
            { table: entries, key: ['t1', 'e2'] },
          ],
        });
        await assertEmpty(session);
      },
    },
    'rows of other partitions are there when the commit resolves': {
      async run({ engine }) {
        for (let i = 0; i < 20; i++) {
          await engine.commit({
            puts: [
              { table: threads, row: thread('t1', { version: i + 1 }) },
              { table: listings, row: listing('u1', i, 't1') },
              { table: listings, row: listing('u2', i, 't1') },
            ],
            deletes: [
              { table: listings, key: ['u1', i - 1, 't1'] },
              { table: listings, key: ['u2', i - 1, 't1'] },
            ],
          });
          for (const ownerId of ['u1', 'u2']) {
            const rows = await scanAll(engine, listings, undefined, { prefix: [ownerId] });
            assertRows(rows, [listing(ownerId, i, 't1')]);
          }
        }
      },
    },
    'deleting a missing row does nothing': {
      async run(session) {
        const { engine } = session;
        await engine.commit({ deletes: [{ table: entries, key: ['t1', 'e1'] }] });
        await engine.commit({ deletes: [{ table: entries, key: ['t1', 'e1'], replaces: null }] });
        await assertEmpty(session);
      },
    },
    'a deleted row is gone from every read, and its neighbours are not': {
      async run({ engine }) {
        const rows = ['a', 'b', 'c'].map((id) => entry('t1', id, { kind: 'k', weight: 1 }));
        await putAll(engine, entries, rows);
        await engine.commit({ deletes: [{ table: entries, key: ['t1', 'b'] }] });
        assert.equal(await engine.get(entries, ['t1', 'b']), undefined);
        assert.equal((await engine.getMany(entries, [['t1', 'b']]))[0], undefined);
        for (const index of [undefined, 'byKind', 'byEntry', 'byWeight']) {
          const left = await scanAll(engine, entries, index);
          assert.deepEqual(columnOf(left, 'entryId'), ['a', 'c'], index ?? 'by key');
        }
        await engine.commit({ puts: [{ table: entries, row: entry('t1', 'b') }] });
        assertRow(await engine.get(entries, ['t1', 'b']), entry('t1', 'b'));
        assert.deepEqual(columnOf(await scanAll(engine, entries, 'byWeight'), 'entryId'), [
          'a',
          'c',
        ]);
      },
    },
    'the last of two puts of one key in a commit wins': {
      async run({ engine }) {
        await putAll(engine, threads, [thread('t', { ownerId: 'u0' })]);
        const last = thread('t', { ownerId: 'u2', updatedAt: 2 });
        await engine.commit({
          puts: [
            { table: threads, row: thread('t', { ownerId: 'u1', updatedAt: 1 }) },
            { table: threads, row: thread('x', { ownerId: 'u1' }) },
            { table: threads, row: last },
          ],
        });
        assertRow(await engine.get(threads, ['t']), last);
        const byOwner = await scanAll(engine, threads, 'byOwner');
        assertRows(byOwner, [thread('x', { ownerId: 'u1' }), last]);
      },
    },
    'a put wins over a delete of the same key in a commit': {
      async run({ engine }) {
        await putAll(engine, threads, [thread('t', { ownerId: 'u0' })]);
        const row = thread('t', { ownerId: 'u1' });
        await engine.commit({
          puts: [{ table: threads, row }],
          deletes: [{ table: threads, key: ['t'] }],
        });
        assertRow(await engine.get(threads, ['t']), row);
        assertRows(await scanAll(engine, threads, 'byOwner'), [row]);
      },
    },
    'deleting one key twice in a commit deletes it': {
      async run(session) {
        const { engine } = session;
        await putAll(engine, entries, [entry('t', 'e', { kind: 'k' })]);
        const deletion = { table: entries, key: ['t', 'e'] };
        await engine.commit({ deletes: [deletion, deletion] });
        await assertEmpty(session);
      },
    },
    'a commit that conflicts changes nothing anywhere': {
      async run({ engine }) {
        const row = thread('t1', { ownerId: 'u1', version: 3 });
        await engine.commit({
          puts: [
            { table: threads, row },
            { table: entries, row: entry('t1', 'e1', { kind: 'k' }) },
            { table: listings, row: listing('u1', 1, 't1') },
          ],
        });
        const conflicting = {
          puts: [
            { table: threads, row: thread('t1', { ownerId: 'u2', version: 4 }) },
            { table: entries, row: entry('t1', 'e2', { kind: 'k' }) },
            { table: listings, row: listing('u2', 2, 't1') },
            { table: threads, row: thread('t9', { ownerId: 'u1' }) },
          ],
          deletes: [
            { table: entries, key: ['t1', 'e1'] },
            { table: listings, key: ['u1', 1, 't1'] },
          ],
        };
        const key = ['t1'];
        const wrong = [{ table: threads, key, version: 2 }];
        const half = [
          { table: threads, key, version: 3 },
          { table: entries, key: ['t1', 'e1'], version: 'absent' as const },
        ];
        for (const expects of [wrong, half, half.toReversed()]) {
          await assertConflict(engine.commit({ ...conflicting, expects }));
          assertRows(await scanAll(engine, threads), [row]);
          assertRows(await scanAll(engine, threads, 'byOwner'), [row]);
          assert.deepEqual(columnOf(await scanAll(engine, entries, 'byKind'), 'entryId'), ['e1']);
          assertRows(await scanAll(engine, listings), [listing('u1', 1, 't1')]);
        }
      },
    },
    'a commit of 2,000 rows over many partitions is applied as a whole': {
      async run({ engine }) {
        const rows = Array.from({ length: 2000 }, (_, i) => step(`t${i % 40}`, 'r', i));
        await engine.commit({ puts: rows.map((row) => ({ table: steps, row })) });
        assert.equal((await scanAll(engine, steps)).length, 2000);
        assert.equal((await scanAll(engine, steps, undefined, { prefix: ['t7'] })).length, 50);
      },
    },
  },
};
