import type { Row } from '../engine/engine.ts';
import { deletion, type Key, type Records, type Scalar } from './records.ts';
import type { TypedTable } from './table.ts';

const commitsAtOnceMax = 100;

/**
 * Deletes rows that need not disappear together, in one commit per partition: without conditions,
 * no engine promises more than that. Engines that group commits merge those that run concurrently.
 */
export async function deleteByPartition<R extends Row>(
  records: Records,
  table: TypedTable<R>,
  rows: readonly R[],
): Promise<void> {
  const parts = [...groupByPartition(table, rows).values()];
  for (let i = 0; i < parts.length; i += commitsAtOnceMax) {
    const commits = parts.slice(i, i + commitsAtOnceMax).map((part) => {
      return records.commit({
        deletes: part.map((row) => deletion(table, keyOf(table, row), row)),
      });
    });
    await Promise.all(commits);
  }
}

function groupByPartition<R extends Row>(
  table: TypedTable<R>,
  rows: readonly R[],
): Map<string, R[]> {
  return Map.groupBy(rows, (row) => JSON.stringify(keyOf(table, row).slice(0, table.partition)));
}

function keyOf<R extends Row>(table: TypedTable<R>, row: R): Key {
  // Key columns are scalars and never missing.
  return table.key.map((column) => row[column] as Scalar);
}
