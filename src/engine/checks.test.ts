import { describe, expect, test } from 'vitest';
import {
  checkCommit,
  checkKey,
  checkScan,
  checkTable,
  checkTables,
  rowChecksOf,
  scanColumns,
} from './checks.ts';
import {
  entries,
  entry,
  orderTables,
  step,
  steps,
  tablesForTests,
  thread,
  threads,
} from './conformance/tables-for-tests.ts';
import type { Commit, Key, Row, Scan, Table } from './engine.ts';

const known = rowChecksOf(tablesForTests);

describe('tables', () => {
  test('that are declared correctly pass', () => {
    expect(() => checkTables(tablesForTests)).not.toThrow();
  });

  const index = entries.indexes[0]!;
  const columns = entries.columns;
  test.for<[string, Table]>([
    ['no partition', { ...entries, partition: 0 }],
    ['a partition beyond the key', { ...entries, partition: 3 }],
    ['an undeclared key column', { ...entries, key: ['threadId', 'missing'] }],
    ['an undeclared index column', { ...entries, indexes: [{ ...index, columns: ['missing'] }] }],
    ['a JSON key column', { ...entries, key: ['threadId', 'body'] }],
    ['a JSON index column', { ...entries, indexes: [{ ...index, columns: ['body'] }] }],
    ['an optional key column', { ...entries, key: ['threadId', 'kind'] }],
    ['the id 0', { ...entries, id: 0 }],
    ['the id 255', { ...entries, id: 255 }],
    ['a fractional id', { ...entries, id: 1.5 }],
    ['the index id 0', { ...entries, indexes: [{ ...index, id: 0 }] }],
    ['a fractional entry partition', { ...entries, indexes: [{ ...index, partition: 0.5 }] }],
    ['an entry partition beyond the index', { ...entries, indexes: [{ ...index, partition: 3 }] }],
    ['a queue without a timestamp', { ...entries, indexes: [{ ...index, partition: 0 }] }],
    [
      'an index shorter than the partition of the table',
      {
        ...steps,
        columns,
        key: ['threadId', 'entryId'],
        indexes: [{ ...index, columns: ['kind'] }],
      },
    ],
    ['one index id twice', { ...entries, indexes: [index, { ...index, name: 'other' }] }],
    ['one index name twice', { ...entries, indexes: [index, { ...index, id: 9 }] }],
  ])('with %s are refused', ([, table]) => {
    expect(() => checkTable({ ...table, columns })).toThrow(TypeError);
  });

  test('with one name or one id twice are refused', () => {
    expect(() => checkTables([threads, { ...entries, id: threads.id }])).toThrow(TypeError);
    expect(() => checkTables([threads, { ...entries, name: threads.name }])).toThrow(TypeError);
  });
});

describe('keys', () => {
  test.for<[Table, Key]>([
    [threads, ['']],
    [threads, ['\u0000\u{10ffff}']],
    [steps, ['t', 'r', -0]],
    [steps, ['t', 'r', Number.MIN_SAFE_INTEGER]],
    [orderTables.boolean, ['g', false]],
    [orderTables.number, ['g', 5e-324]],
  ])('that fit pass: %#', ([table, key]) => {
    expect(() => checkKey(table, key)).not.toThrow();
  });

  test.for<[Table, Key]>([
    [threads, []],
    [threads, ['t', 'u']],
    [threads, [1]],
    [threads, ['\ud800']],
    [steps, ['t', 'r', 0.5]],
    [steps, ['t', 'r', 2 ** 53]],
    [steps, ['t', 'r', Number.NaN]],
    [steps, ['t', 'r', '1']],
    [orderTables.boolean, ['g', 0]],
    [orderTables.number, ['g', Number.POSITIVE_INFINITY]],
    [orderTables.timestamp, ['g', 0.1]],
  ])('that do not fit are refused: %#', ([table, key]) => {
    expect(() => checkKey(table, key)).toThrow(TypeError);
  });
});

describe('scans', () => {
  const scan: Scan = { table: steps, prefix: ['t'], maintenance: true, limit: 10 };
  test.for<Partial<Scan>>([
    {},
    { limit: 1 },
    { limit: 1000 },
    { prefix: [] },
    { prefix: ['t', 'r', 1] },
    { prefix: ['t', 'r'], maintenance: false },
    { table: threads, index: 'byTime', prefix: [], after: [0] },
    { table: threads, index: 'byTime', prefix: [0] },
    { after: ['r'], before: ['r', 1], reverse: true },
    { table: entries, index: 'byEntry', prefix: ['e'], after: ['t'] },
  ])('that fit pass: %o', (change) => {
    expect(() => checkScan({ ...scan, ...change })).not.toThrow();
  });

  test.for<Partial<Scan>>([
    { limit: 0 },
    { limit: -1 },
    { limit: 1001 },
    { limit: 1.5 },
    { limit: Number.NaN },
    { index: 'missing' },
    { prefix: [1] },
    { prefix: ['t', 'r', 1, 1] },
    { after: [1] },
    { before: ['r', 'x'] },
    { after: ['r', 1, 1] },
    { table: entries, index: 'byEntry', prefix: ['e', 't', 'x'] },
  ])('that do not fit are refused: %o', (change) => {
    expect(() => checkScan({ ...scan, ...change })).toThrow(TypeError);
  });

  test.for<[Partial<Scan>, string]>([
    [
      { prefix: [], maintenance: false },
      'partition (threadId, runId), or be declared as maintenance',
    ],
    [{ maintenance: false }, 'partition (threadId, runId), or be declared as maintenance'],
    [{ table: threads, index: 'byOwner', prefix: [] }, 'byOwner: the prefix of a scan must name'],
    [
      { table: threads, index: 'byOwner', prefix: [], after: ['u'] },
      'name the partition (ownerId)',
    ],
    [{ table: threads, index: 'byTime', prefix: [] }, 'must say where it begins'],
    [{ table: threads, index: 'byTime', prefix: [], before: [9] }, 'must say where it begins'],
  ])('that leave the partition are refused: %o', ([change, message]) => {
    expect(() => checkScan({ ...scan, ...change })).toThrow(message);
  });

  test('are ordered by the index, then by the key columns that it lacks', () => {
    expect(scanColumns(entries)).toEqual(['threadId', 'entryId']);
    expect(scanColumns(entries, 'byKind')).toEqual(['threadId', 'kind', 'entryId']);
    expect(scanColumns(entries, 'byEntry')).toEqual(['entryId', 'threadId']);
    expect(scanColumns(entries, 'byWeight')).toEqual(['kind', 'weight', 'threadId', 'entryId']);
  });
});

describe('rows', () => {
  const put = (table: Table, row: Row): Commit => ({ puts: [{ table, row }] });
  test.for<Commit>([
    put(threads, thread('t')),
    put(threads, thread('t', { ownerId: undefined, body: null })),
    put(threads, thread('t', { ownerId: '', rank: 0, pinned: false, body: false })),
    put(orderTables.string, { group: 'g', order: '' }),
  ])('that fit pass: %#', (commit) => {
    expect(() => checkCommit(commit, known)).not.toThrow();
  });

  test.for<Commit>([
    put(threads, { threadId: 't', updatedAt: 0 }),
    put(threads, thread('t', { version: undefined })),
    put(threads, thread('t', { version: 1.5 })),
    put(threads, thread('t', { version: null })),
    put(threads, thread('t', { ownerId: null })),
    put(threads, thread('t', { ownerId: '\udc00' })),
    put(threads, thread('t', { pinned: 'true' })),
    put(threads, thread('t', { rank: Number.NaN })),
    put(threads, thread('t', { unknown: 1 })),
    put(threads, thread('t', { toString: 'x' })),
    put({ ...threads }, thread('t')),
  ])('that do not fit are refused: %#', (commit) => {
    expect(() => checkCommit(commit, known)).toThrow(TypeError);
  });
});

describe('conditions', () => {
  const head = { table: threads, key: ['t'], version: 1 } as const;
  test('of one partition pass, over several tables', () => {
    const free = { table: entries, key: ['t', 'e'], version: 'absent' } as const;
    expect(() => checkCommit({ expects: [head, free] }, known)).not.toThrow();
  });

  test.for<Commit>([
    { expects: [head, { ...head, key: ['u'] }] },
    { expects: [{ ...head, key: [] }] },
    { expects: [head, { table: steps, key: ['t', 'r', 1], version: 1 }] },
    { expects: [{ table: entries, key: ['t', 'e'], version: 1 }] },
    { expects: [{ ...head, table: { ...threads } }] },
  ])('that do not fit are refused: %#', (commit) => {
    expect(() => checkCommit(commit, known)).toThrow(TypeError);
  });

  test('stand beside rows of other partitions', () => {
    const puts = [
      { table: entries, row: entry('other', 'e') },
      { table: steps, row: step('x', 'r', 1) },
    ];
    expect(() => checkCommit({ puts, expects: [head] }, known)).not.toThrow();
  });
});
