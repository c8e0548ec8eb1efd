import assert from 'node:assert/strict';
import { assertRow, assertRows, putAll } from './expectations.ts';
import { entries, entry, step, steps, thread, threads } from './tables-for-tests.ts';
import type { Topic } from './topic.ts';

export const pointReadCases: Topic = {
  name: 'point reads',
  cases: {
    'a missing row is undefined, in an empty table and in a full one': {
      async run({ engine }) {
        assert.equal(await engine.get(threads, ['t1']), undefined);
        await engine.commit({ puts: [{ table: threads, row: thread('t1') }] });
        assert.equal(await engine.get(threads, ['t2']), undefined);
        assert.equal(await engine.get(entries, ['t1', 'e1']), undefined);
      },
    },
    'a row is returned with every column': {
      async run({ engine }) {
        const row = thread('t1', {
          version: Number.MAX_SAFE_INTEGER,
          updatedAt: 1_700_000_000_123,
          ownerId: '',
          rank: -0.5,
          pinned: false,
          body: { a: [1, null, 'x'] },
        });
        await engine.commit({ puts: [{ table: threads, row }] });
        assertRow(await engine.get(threads, ['t1']), row);
      },
    },
    'an optional column left out or undefined is absent': {
      async run({ engine }) {
        const puts = [
          { table: threads, row: thread('t1') },
          { table: threads, row: thread('t2', { ownerId: undefined, body: undefined }) },
        ];
        await engine.commit({ puts });
        for (const id of ['t1', 't2']) {
          const row = await engine.get(threads, [id]);
          assertRow(row, thread(id));
          assert.equal(row?.ownerId, undefined);
          assert.equal(row?.body, undefined);
        }
      },
    },
    'a put replaces the whole row': {
      async run({ engine }) {
        const before = thread('t1', { ownerId: 'u1', body: [1] });
        await engine.commit({ puts: [{ table: threads, row: before }] });
        await engine.commit({ puts: [{ table: threads, row: thread('t1', { version: 2 }) }] });
        assertRow(await engine.get(threads, ['t1']), thread('t1', { version: 2 }));
      },
    },
    'getMany keeps the order of its keys, gaps and repetitions included': {
      async run({ engine }) {
        await putAll(engine, entries, [entry('t1', 'a'), entry('t1', 'b'), entry('t2', 'a')]);
        const keys = [
          ['t2', 'a'],
          ['t1', 'x'],
          ['t1', 'b'],
          ['t2', 'a'],
          ['t1', 'a'],
        ];
        assertRows(await engine.getMany(entries, keys), [
          entry('t2', 'a'),
          undefined,
          entry('t1', 'b'),
          entry('t2', 'a'),
          entry('t1', 'a'),
        ]);
      },
    },
    'getMany takes no keys, and 1,000': {
      async run({ engine }) {
        const rows = Array.from({ length: 1000 }, (_, i) => step('t1', 'r1', 999 - i));
        await putAll(engine, steps, rows);
        assert.deepEqual(await engine.getMany(steps, []), []);
        const keys = rows.map(({ number }) => ['t1', 'r1', Number(number)]);
        assertRows(await engine.getMany(steps, keys), rows);
      },
    },
    'keys whose parts could run together stay apart': {
      async run({ engine }) {
        const pairs = [
          ['a', 'bc'],
          ['ab', 'c'],
          ['', 'abc'],
          ['abc', ''],
          ['a\u0000b', 'c'],
          ['a', '\u0000bc'],
          ['a\u0000', 'bc'],
          ['a\u0001', 'bc'],
        ] as const;
        const rows = pairs.map(([a, b], i) => entry(a, b, { weight: i }));
        await putAll(engine, entries, rows);
        assertRows(await engine.getMany(entries, pairs), rows);
      },
    },
    'rows of different tables with the same key stay apart': {
      async run({ engine }) {
        await engine.commit({
          puts: [
            { table: entries, row: entry('t1', 'x', { kind: 'entry' }) },
            { table: steps, row: step('t1', 'x', 0, { text: 'step' }) },
            { table: threads, row: thread('t1', { ownerId: 'thread' }) },
          ],
        });
        await engine.commit({ deletes: [{ table: steps, key: ['t1', 'x', 0] }] });
        assertRow(await engine.get(entries, ['t1', 'x']), entry('t1', 'x', { kind: 'entry' }));
        assertRow(await engine.get(threads, ['t1']), thread('t1', { ownerId: 'thread' }));
      },
    },
  },
};
