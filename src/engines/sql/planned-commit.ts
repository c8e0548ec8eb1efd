import type { Commit, Expect, Key, Row, Scalar, Table, Value } from '../../engine/engine.ts';
import type { SqlTable } from './sql-table.ts';

/** What a commit does to one row in the end. */
export interface RowChange {
  readonly table: SqlTable;
  readonly key: Key;
  /** What the row becomes; `undefined` when it is deleted. */
  readonly row: Row | undefined;
  /** As in `Put`: what was there before the commit, `null` for nothing, `undefined` if that is not known. */
  readonly replaces: Row | null | undefined;
}

export interface PlannedExpect {
  readonly table: SqlTable;
  readonly key: Key;
  readonly version: number | 'absent';
}

/** A commit in which every row occurs once: deletes come before puts, and of two puts the last stands. */
export interface PlannedCommit {
  readonly changes: ReadonlyMap<string, RowChange>;
  readonly expects: readonly PlannedExpect[];
  /** Every row that it reads or writes, so that commits which meet can be told. */
  readonly rowIds: readonly string[];
  /** About how many characters its rows are as texts. */
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

/** Texts are most of what is heavy, and have their lengths at hand; making JSON would cost far more. */
function weightOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  let weight = scalarWeight;
  if (typeof value !== 'object' || value === null) return weight;
  for (const part of Object.values(value)) weight += scalarWeight + weightOf(part);
  return weight;
}

/** Of a number or the like, and of the name that a part stands under. */
const scalarWeight = 8;

function toPlanned(
  { table, key, version }: Expect,
  tableOf: (table: Table) => SqlTable,
): PlannedExpect {
  return { table: tableOf(table), key, version };
}

/** Texts carry their lengths, so that no two keys give one id. */
export function rowIdOf(table: Table, key: Key): string {
  let id = String(table.id);
  for (const value of key) id += partOf(value);
  return id;
}

function partOf(value: Scalar): string {
  return typeof value === 'string' ? `:${value.length}:${value}` : `:${value}`;
}
