import { columnOf, assertRows, putAll } from './expectations.ts';
import assert from 'node:assert/strict';
import type { Row, Scalar } from '../engine.ts';
import { orderTables, type ScalarType } from './tables-for-tests.ts';
import type { Case, Topic } from './topic.ts';

/** Values of every type, in the order in which an engine must return them. */
const valuesInOrder: Readonly<Record<ScalarType, readonly Scalar[]>> = {
  // By UTF-8 bytes, and thus by code points: beyond the BMP comes after U+FFFF, and no locale
  // matters.
  string: [
    ...['', '\u0000', '\u0000\u0000', '\u0000\u0001', '\u0000a', '\u0001', '\u0001\u0000', '\n'],
    ...[' ', '"', '%', "'", '-', '0', '10', '2', 'A', 'AA', 'B', '\\', '_', 'a', 'a\u0000'],
    ...['a\u0000\u0000', 'a\u0000b', 'a\u0001', 'a ', 'aa', 'aaa', 'ab', `a${'b'.repeat(500)}`],
    ...['b', 'e\u0301', 'z', '\u007f', '\u0080', '\u00e9', '\u00ff', '\u0100', '\u07ff', '\u0800'],
    ...['\u4e2d', '\ud7ff', '\ue000', '\ufeff', '\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}'],
  ],
  int: [
    ...[Number.MIN_SAFE_INTEGER, -(2 ** 40), -(2 ** 32), -(2 ** 31), -65_536, -257, -256, -255],
    ...[-128, -10, -9, -2, -1, 0, 1, 2, 9, 10, 127, 128, 255, 256, 65_535, 65_536],
    ...[
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32,
      2 ** 40,
      Number.MAX_SAFE_INTEGER - 1,
      Number.MAX_SAFE_INTEGER,
    ],
  ],
  number: [
    ...[-Number.MAX_VALUE, -1e21, -(2 ** 53), -256, -1.5, -1, -0.5, -1e-300, -Number.MIN_VALUE, 0],
    ...[Number.MIN_VALUE, 2.3e-308, 1e-300, Number.EPSILON, 0.1, 0.2, 0.30000000000000004, 0.5, 1],
    ...[1.5, 2, 10, 256, 2 ** 53, 1e21, Number.MAX_VALUE],
  ],
  boolean: [false, true],
  // Years 1 to 9999, the range of the SQL standard.
  timestamp: [
    ...[-62_135_596_800_000, -86_400_000, -1000, -999, -1, 0, 1, 999, 1000, 2 ** 31, 2 ** 32],
    ...[1_700_000_000_000, 1_700_000_000_001, 253_402_300_799_999],
  ],
};

/** A fixed shuffle, the same every time. */
function shuffled(values: readonly Scalar[]): Scalar[] {
  // Coprime to the length, so every value appears once.
  const step = values.length % 7 === 0 ? 5 : 7;
  return values.map((_, i) => values[(i * step + 3) % values.length]!);
}

function orderCase(type: ScalarType): Case {
  const table = orderTables[type];
  const values = valuesInOrder[type];
  const row = (value: Scalar): Row => ({ group: 'g', order: value });
  return {
    async run({ engine }) {
      await putAll(engine, table, shuffled(values).map(row));
      const scan = { table, prefix: ['g'], limit: 1000 };
      assert.deepEqual(columnOf(await engine.scan(scan), 'order'), values);
      const down = await engine.scan({ ...scan, reverse: true });
      assert.deepEqual(columnOf(down, 'order'), values.toReversed());
      for (const [i, value] of values.entries()) {
        assertRows([await engine.get(table, ['g', value])], [row(value)]);
        const beyond = await engine.scan({ ...scan, after: [value], limit: 2 });
        assert.deepEqual(columnOf(beyond, 'order'), values.slice(i + 1, i + 3));
        const short = await engine.scan({ ...scan, before: [value], reverse: true, limit: 2 });
        assert.deepEqual(columnOf(short, 'order'), values.slice(0, i).toReversed().slice(0, 2));
        assertRows(await engine.scan({ ...scan, prefix: ['g', value] }), [row(value)]);
      }
    },
  };
}

function indexOrderCase(type: ScalarType): Case {
  const table = orderTables[type];
  const values = valuesInOrder[type];
  const keys = shuffled(values);
  return {
    async run({ engine }) {
      const rows = values.map((value, i) => ({ group: 'g', order: keys[i]!, select: value }));
      await putAll(engine, table, rows.toReversed());
      const scan = { table, index: 'where', prefix: ['g'], limit: 1000 };
      assertRows(await engine.scan(scan), rows);
      assertRows(await engine.scan({ ...scan, reverse: true }), rows.toReversed());
      for (const [i, value] of values.entries()) {
        assertRows(await engine.scan({ ...scan, prefix: ['g', value] }), rows.slice(i, i + 1));
        const beyond = await engine.scan({ ...scan, after: [value], limit: 2 });
        assertRows(beyond, rows.slice(i + 1, i + 3));
      }
    },
  };
}

const types = Object.keys(valuesInOrder) as ScalarType[]; // the record has exactly these keys

export const orderCases: Topic = {
  name: 'order',
  cases: {
    ...Object.fromEntries(types.map((type) => [`keys of type ${type}`, orderCase(type)])),
    ...Object.fromEntries(types.map((type) => [`indexes on a ${type}`, indexOrderCase(type)])),
    'zero and minus zero are one key': {
      async run({ engine }) {
        const table = orderTables.number;
        await engine.commit({ puts: [{ table, row: { group: 'g', order: -0 } }] });
        await engine.commit({ puts: [{ table, row: { group: 'g', order: 0, select: 1 } }] });
        const rows = await engine.scan({ table, prefix: ['g'], limit: 10 });
        assert.deepEqual(columnOf(rows, 'select'), [1]);
        assert.equal((await engine.get(table, ['g', -0]))?.select, 1);
      },
    },
  },
};
