import assert from 'node:assert/strict';
import { assertRow, assertRows, columnOf, putAll, scanAll } from './expectations.ts';
import { entries, entry, step, steps, thread, threads } from './tables-for-tests.ts';
import type { Topic } from './topic.ts';

export const deletePrefixCases: Topic = {
  name: 'deletePrefix',
  cases: {
    'deletes the rows with this prefix and their index entries, and no neighbor': {
      async run({ engine }) {
        const names = [
          '',
          's',
          't',
          't\u0000',
          't\u0000\u0000',
          't\u0001',
          'tt',
          't\u{10ffff}',
          'u',
        ];
        const rows = names.map((name) => entry(name, 'e', { kind: 'k', weight: 1 }));
        await putAll(engine, entries, rows);
        await putAll(engine, entries, [entry('t', 'f', { kind: 'k' })]);
        await engine.deletePrefix(entries, ['t']);
        const left = names.filter((name) => name !== 't');
        for (const index of [undefined, 'byKind', 'byEntry', 'byWeight']) {
          const found = columnOf(await scanAll(engine, entries, index), 'threadId');
          assert.deepEqual(found, left, index ?? 'by key');
        }
      },
    },
    'does not touch other tables of the partition': {
      async run({ engine }) {
        await engine.commit({
          puts: [
            { table: threads, row: thread('t') },
            { table: entries, row: entry('t', 'e') },
            { table: steps, row: step('t', 'r', 1) },
          ],
        });
        await engine.deletePrefix(entries, ['t']);
        assert.deepEqual(await scanAll(engine, entries), []);
        assertRow(await engine.get(threads, ['t']), thread('t'));
        assertRow(await engine.get(steps, ['t', 'r', 1]), step('t', 'r', 1));
      },
    },
    'takes a prefix of any length': {
      async run({ engine }) {
        const rows = ['r', 'r\u0000', 's'].flatMap((run) =>
          [-1, 0, 1].map((n) => step('t', run, n)),
        );
        await putAll(engine, steps, rows);
        await engine.deletePrefix(steps, ['t', 'r', 0]);
        assertRows(await scanAll(engine, steps, undefined, { prefix: ['t', 'r'] }), [
          rows[0],
          rows[2],
        ]);
        await engine.deletePrefix(steps, ['t', 'r']);
        assertRows(await scanAll(engine, steps), rows.slice(3));
        await engine.deletePrefix(steps, []);
        assert.deepEqual(await scanAll(engine, steps), []);
      },
    },
    'with nothing to delete does nothing': {
      async run({ engine }) {
        await engine.deletePrefix(entries, ['t']);
        await putAll(engine, entries, [entry('t1', 'e')]);
        await engine.deletePrefix(entries, ['t']);
        await engine.deletePrefix(entries, ['t1', 'x']);
        assertRows(await scanAll(engine, entries), [entry('t1', 'e')]);
      },
    },
    'deletes more rows than a scan may return': {
      async run({ engine }) {
        const rows = Array.from({ length: 2500 }, (_, i) => {
          return entry('t', String(i).padStart(5, '0'), { kind: `k${i % 3}`, weight: i });
        });
        await putAll(engine, entries, [entry('s', 'x', { kind: 'k0' }), ...rows, entry('u', 'x')]);
        await engine.deletePrefix(entries, ['t']);
        assert.deepEqual(columnOf(await scanAll(engine, entries), 'threadId'), ['s', 'u']);
        assert.deepEqual(columnOf(await scanAll(engine, entries, 'byKind'), 'threadId'), ['s']);
        assert.deepEqual(await scanAll(engine, entries, 'byWeight'), []);
      },
    },
    'may run twice at the same time, and again': {
      async run({ engine }) {
        const rows = Array.from({ length: 1200 }, (_, i) => entry('t', `e${i}`, { kind: 'k' }));
        await putAll(engine, entries, rows);
        const deletion = () => engine.deletePrefix(entries, ['t']);
        await Promise.all([deletion(), deletion()]);
        await deletion();
        assert.deepEqual(await scanAll(engine, entries), []);
        assert.deepEqual(await scanAll(engine, entries, 'byKind'), []);
      },
    },
    'rows put afterwards are stored': {
      async run({ engine }) {
        await putAll(engine, entries, [entry('t', 'a', { kind: 'k' }), entry('t', 'b')]);
        await engine.deletePrefix(entries, ['t']);
        const row = entry('t', 'a', { kind: 'l' });
        await putAll(engine, entries, [row]);
        assertRows(await scanAll(engine, entries), [row]);
        assertRows(await scanAll(engine, entries, 'byKind'), [row]);
      },
    },
    'writers of other partitions continue meanwhile': {
      async run({ engine }) {
        const doomed = Array.from({ length: 1500 }, (_, i) => entry('t', `e${i}`));
        await putAll(engine, entries, doomed);
        const kept = Array.from({ length: 100 }, (_, i) => entry(i % 2 ? 's' : 'u', `e${i}`));
        const write = async () => {
          for (const row of kept) await engine.commit({ puts: [{ table: entries, row }] });
        };
        await Promise.all([engine.deletePrefix(entries, ['t']), write()]);
        assert.equal((await scanAll(engine, entries)).length, 100);
        assert.deepEqual(await scanAll(engine, entries, undefined, { prefix: ['t'] }), []);
      },
    },
  },
};
