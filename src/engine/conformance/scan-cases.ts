import assert from 'node:assert/strict';
import type { Row, Scalar, Scan } from '../engine.ts';
import { referenceEngine } from '../reference/reference-engine.ts';
import { OpenEngine } from '../open-engine.ts';
import { assertRow, assertRows, columnOf, putAll, scanAll } from './expectations.ts';
import { entries, entry, step, steps, tablesForTests } from './tables-for-tests.ts';
import type { Topic } from './topic.ts';

const runs = ['r', 'r\u0000', 'r1', 's'];
const numbers = [-1, 0, 1, 300];

/** A small table in which every bound has neighbors on both sides. */
function grid(): Row[] {
  return ['t', 't2'].flatMap((thread) =>
    runs.flatMap((run) => numbers.map((number) => step(thread, run, number))),
  );
}

/** A partition of `steps` is a thread's run: scans with a shorter prefix are maintenance. */
const maintenance = true;

/** Every scan of the grid with bounds of every length, before, at, between and after its values. */
function* gridScans(): Generator<Scan> {
  const bounds: (Scalar[] | undefined)[] = [
    undefined,
    ...['', 'r', 'r\u0000', 'r0', 's', 'z'].map((run) => [run]),
    ...[-2, -1, 1, 5, 300].flatMap((number) => [
      ['r1', number],
      ['r0', number],
    ]),
  ];
  for (const after of bounds) {
    for (const before of bounds) {
      yield {
        table: steps,
        prefix: ['t'],
        maintenance,
        limit: 1000,
        ...defined({ after, before }),
      };
    }
  }
  for (const prefix of [[], ['t', 'r'], ['t2', 's'], ['t', 'r1', 0], ['t', 'x'], ['']]) {
    yield { table: steps, prefix, maintenance: prefix.length < 2, limit: 1000 };
  }
  for (const number of [-2, -1, 0, 7, 300, 301]) {
    yield { table: steps, prefix: ['t', 'r1'], after: [number], limit: 1000 };
    yield { table: steps, prefix: ['t', 'r1'], before: [number], limit: 1000 };
  }
  yield { table: steps, prefix: [], maintenance, after: ['t'], limit: 1000 };
  yield { table: steps, prefix: [], maintenance, before: ['t2', 'r'], limit: 1000 };
}

function defined(bounds: Record<'after' | 'before', Scalar[] | undefined>): Partial<Scan> {
  return Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== undefined));
}

export const scanCases: Topic = {
  name: 'scans',
  cases: {
    'an empty table and a prefix with no rows give no rows': {
      async run({ engine }) {
        const scan = { table: entries, prefix: ['t1'], limit: 10 };
        assert.deepEqual(await engine.scan(scan), []);
        await putAll(engine, entries, [entry('t0', 'a'), entry('t11', 'a'), entry('t', 'a')]);
        assert.deepEqual(await engine.scan(scan), []);
        assert.deepEqual(await engine.scan({ ...scan, reverse: true }), []);
        assert.deepEqual(await engine.scan({ ...scan, index: 'byKind' }), []);
      },
    },
    'every combination of bounds, directions and limits gives what the reference gives': {
      async run({ engine }) {
        const reference = await OpenEngine.open(referenceEngine(), tablesForTests);
        await Promise.all([putAll(engine, steps, grid()), putAll(reference, steps, grid())]);
        for (const scan of gridScans()) {
          for (const more of [{}, { reverse: true }, { limit: 3 }, { reverse: true, limit: 1 }]) {
            const full = { ...scan, ...more };
            const note = JSON.stringify({ ...full, table: undefined });
            assertRows(await engine.scan(full), await reference.scan(full), note);
          }
        }
      },
    },
    'a whole key as prefix gives its one row': {
      async run({ engine }) {
        await putAll(engine, steps, grid());
        const rows = await engine.scan({ table: steps, prefix: ['t', 'r1', 0], limit: 10 });
        assertRows(rows, [step('t', 'r1', 0)]);
      },
    },
    'after and before exclude the rows that begin with them': {
      async run({ engine }) {
        await putAll(engine, steps, grid());
        const bounds = { after: ['r'], before: ['r1', 0] };
        const scan = { table: steps, prefix: ['t'], maintenance, ...bounds, limit: 9 };
        const expected = [
          ...numbers.map((number) => step('t', 'r\u0000', number)),
          step('t', 'r1', -1),
        ];
        assertRows(await engine.scan(scan), expected);
        assertRows(await engine.scan({ ...scan, reverse: true }), expected.toReversed());
      },
    },
    'bounds that cross or meet give no rows': {
      async run({ engine }) {
        await putAll(engine, steps, grid());
        const scan = { table: steps, prefix: ['t', 'r1'], limit: 9 };
        for (const reverse of [false, true]) {
          const crossed = { ...scan, reverse, after: [300], before: [0] };
          assert.deepEqual(await engine.scan(crossed), []);
          assert.deepEqual(await engine.scan({ ...scan, reverse, after: [0], before: [0] }), []);
          assert.deepEqual(await engine.scan({ ...scan, reverse, after: [0], before: [1] }), []);
        }
      },
    },
    'a limit cuts at either end, and 1,000 rows fit into one scan': {
      async run({ engine }) {
        const rows = Array.from({ length: 1500 }, (_, i) => step('t', 'r', i));
        await putAll(engine, steps, rows);
        const scan = { table: steps, prefix: ['t', 'r'], limit: 1000 };
        assertRows(await engine.scan(scan), rows.slice(0, 1000));
        const down = await engine.scan({ ...scan, reverse: true });
        assertRows(down, rows.toReversed().slice(0, 1000));
        assertRows(await engine.scan({ ...scan, limit: 1 }), rows.slice(0, 1));
        const last = await engine.scan({ ...scan, limit: 1, reverse: true });
        assertRows(last, rows.slice(-1));
      },
    },
    'paging visits every row once, in order, for any page size': {
      async run({ engine }) {
        const rows = Array.from({ length: 250 }, (_, i) => step('t', `r${i % 3}`, i));
        await putAll(engine, steps, rows);
        const all = columnOf(await scanAll(engine, steps), 'number');
        assert.equal(all.length, 250);
        for (const pageRows of [7, 50, 249, 250, 251]) {
          const paged = await scanAll(engine, steps, undefined, { prefix: ['t'], pageRows });
          assert.deepEqual(columnOf(paged, 'number'), all, `pages of ${pageRows}`);
        }
      },
    },
    'paging backwards visits every row once': {
      async run({ engine }) {
        await putAll(
          engine,
          steps,
          Array.from({ length: 95 }, (_, i) => step('t', 'r', i)),
        );
        const seen: number[] = [];
        for (let before: number | undefined; seen.length < 95; before = seen.at(-1)) {
          const scan = { table: steps, prefix: ['t', 'r'], reverse: true, limit: 10 };
          const page = await engine.scan(
            before === undefined ? scan : { ...scan, before: [before] },
          );
          assert(page.length > 0, 'a page before the end has rows');
          seen.push(...page.map(({ number }) => Number(number)));
        }
        assert.deepEqual(
          seen,
          Array.from({ length: 95 }, (_, i) => 94 - i),
        );
      },
    },
    'neighboring tables and partitions do not show': {
      async run({ engine }) {
        const names = ['', 'a', 'a\u0000', 'a\u0000\u0000', 'a\uffff', 'a\u{10ffff}', 'b'];
        await putAll(
          engine,
          entries,
          names.map((name) => entry(name, 'x')),
        );
        for (const name of names) {
          const rows = await engine.scan({ table: entries, prefix: [name], limit: 10 });
          assertRows(rows, [entry(name, 'x')], JSON.stringify(name));
          const [down] = await engine.scan({
            table: entries,
            prefix: [name],
            limit: 1,
            reverse: true,
          });
          assertRow(down, entry(name, 'x'), JSON.stringify(name));
        }
      },
    },
  },
};
