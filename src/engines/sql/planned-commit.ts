import type { Commit, Expect, Key, Row, Scalar, Table, Value } from '../../engine/engine.ts';
import type { SqlTable } from './sql-table.ts';

/** What a commit does to one row in the end. */
export interface RowChange {
  readonly table: SqlTable;
  readonly key: Key;
  /** The new row; `undefined` if it is deleted. */
  readonly row: Row | undefined;
  /** As in `Put`: the row before the commit, `null` for none, `undefined` if unknown. */
  readonly replaces: Row | null | undefined;
}

export interface PlannedExpect {
  readonly table: SqlTable;
  readonly key: Key;
  readonly version: number | 'absent';
}

/**
 * A commit in which every row occurs once: deletes come before puts, and the last of several puts
 * counts.
 */
export interface PlannedCommit {
  readonly changes: ReadonlyMap<string, RowChange>;
  readonly expects: readonly PlannedExpect[];
  /** Every row that it reads or writes, to detect commits that touch the same rows. */
  readonly rowIds: readonly string[];
  /** The approximate number of characters of its rows as texts. */
  readonly weight: number;
}

export function planCommit(commit: Commit, tableOf: (table: Table) => SqlTable): PlannedCommit {
  const changes = new Map<string, RowChange>();
  let weight = 0;
  for (const { table, key, replaces } of commit.deletes ?? []) {
    changes.set(rowIdOf(table, key), { table: tableOf(table), key, row: undefined, replaces });
  }
  for (const { table, row, replaces } of commit.puts ?? []) {
    const sql = tableOf(table);
    const key = sql.keyOf(row);
    changes.set(rowIdOf(table, key), { table: sql, key, row, replaces });
    for (const name of sql.unbounded) {
      const value = row[name];
      if (value !== undefined) weight += weightOf(value);
    }
  }
  const expects = (commit.expects ?? []).map((expect) => toPlanned(expect, tableOf));
  const expected = (commit.expects ?? []).map(({ table, key }) => rowIdOf(table, key));
  const rowIds = [...new Set([...changes.keys(), ...expected])];
  return { changes, expects, rowIds, weight };
}

/** Texts make up most of the weight and know their lengths; making JSON would cost far more. */
function weightOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  let weight = scalarWeight;
  if (typeof value !== 'object' || value === null) return weight;
  for (const part of Object.values(value)) weight += scalarWeight + weightOf(part);
  return weight;
}

/** The weight of a number or another scalar, and of a field's name. */
const scalarWeight = 8;

function toPlanned(
  { table, key, version }: Expect,
  tableOf: (table: Table) => SqlTable,
): PlannedExpect {
  return { table: tableOf(table), key, version };
}

/** Texts carry their lengths, so that no two keys give the same id. */
export function rowIdOf(table: Table, key: Key): string {
  let id = String(table.id);
  for (const value of key) id += partOf(value);
  return id;
}

function partOf(value: Scalar): string {
  return typeof value === 'string' ? `:${value.length}:${value}` : `:${value}`;
}
