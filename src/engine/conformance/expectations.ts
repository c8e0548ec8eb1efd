import assert from 'node:assert/strict';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import { scanColumns } from '../checks.ts';
import type { Row, Scalar, Scan, Table } from '../engine.ts';
import type { OpenEngine } from '../open-engine.ts';
import { partitionsOf } from './partition-log.ts';
import { scalarsOf } from './tables-for-tests.ts';

/**
 * Fails unless both rows have the same columns with the same values, with JSON keys in the same
 * order.
 */
export function assertRow(actual: Row | undefined, expected: Row | undefined, note?: string): void {
  assert.equal(rowText(actual), rowText(expected), note);
}

export function assertRows(
  actual: readonly (Row | undefined)[],
  expected: readonly (Row | undefined)[],
  note?: string,
): void {
  assert.deepEqual(actual.map(rowText), expected.map(rowText), note);
}

export async function assertConflict(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof ConflictError, `a ConflictError, not ${String(error)}`);
    assert.equal(error.code, 'conflict');
    return true;
  });
}

export async function assertUnavailable(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert(error instanceof SkeinError, `a SkeinError, not ${String(error)}`);
    assert.equal(error.code, 'unavailable');
    return true;
  });
}

/** Puts rows of one table, many per commit. */
export async function putAll(
  engine: OpenEngine,
  table: Table,
  rows: readonly Row[],
): Promise<void> {
  for (let i = 0; i < rows.length; i += 500) {
    await engine.commit({ puts: rows.slice(i, i + 500).map((row) => ({ table, row })) });
  }
}

/**
 * All rows of a range, page by page. For an index without a partition in the prefix: all partitions
 * in turn.
 */
export async function scanAll(
  engine: OpenEngine,
  table: Table,
  index?: string,
  { prefix = [], pageRows = 1000 }: ScanPages = {},
): Promise<Row[]> {
  if (index === undefined) {
    return await scanPages(engine, { table, prefix, maintenance: true, limit: pageRows });
  }
  if (prefix.length > 0) return await scanPages(engine, { table, index, prefix, limit: pageRows });
  const rows: Row[] = [];
  for (const partition of partitionsOf(engine, table, index, await scanAll(engine, table))) {
    const scan = { table, index, prefix: partition, limit: pageRows };
    rows.push(...(await scanPages(engine, partition.length === 0 ? fromBeginning(scan) : scan)));
  }
  return rows;
}

interface ScanPages {
  /** Default: all rows. */
  readonly prefix?: readonly Scalar[];
  /** Default: 1,000. */
  readonly pageRows?: number;
}

/** From the year 1 on, since databases need not store earlier times. */
function fromBeginning(scan: Scan): Scan {
  return { ...scan, after: [-62_135_596_800_000] };
}

async function scanPages(engine: OpenEngine, scan: Scan): Promise<Row[]> {
  const rest = scanColumns(scan.table, scan.index).slice(scan.prefix.length);
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    const page = await engine.scan(last ? { ...scan, after: scalarsOf(last, rest) } : scan);
    rows.push(...page);
    if (page.length < scan.limit) return rows;
  }
}

/** The values of one column. */
export function columnOf(rows: readonly Row[], column: string): unknown[] {
  return rows.map((row) => row[column]);
}

/**
 * A row as text, with its columns sorted and absent ones left out; the order inside a column is
 * kept.
 */
export function rowText(row: Row | undefined): string {
  if (row === undefined) return 'no row';
  const columns = Object.keys(row)
    .filter((column) => row[column] !== undefined)
    .toSorted();
  return columns.map((column) => `${column}=${JSON.stringify(row[column])}`).join(' ');
}
