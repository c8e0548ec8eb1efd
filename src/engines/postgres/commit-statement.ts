import type { Row } from '../../engine/engine.ts';
import { columnList } from '../sql/sql-definition.ts';
import type { SqlValue } from '../sql/sql-dialect.ts';
import {
  type PlannedCommit,
  type PlannedExpect,
  type RowChange,
  rowIdOf,
} from '../sql/planned-commit.ts';
import type { SqlColumn, SqlTable } from '../sql/sql-table.ts';
import { arrayLiteral } from './array-literal.ts';
import { parameterTypes } from './postgres-schema.ts';

export interface Statement {
  readonly text: string;
  readonly values: readonly string[];
}

/**
 * A group of commits without common rows, as one statement and so one transaction:
 *
 *   held_n    locks the rows that are expected at a version, those that are at it; `absent_n` finds
 *             the rows that are expected to be absent and are
 *   ok        the numbers of the commits whose expectations all hold
 *   lane      moves the writer's lane and notes these numbers (`PostgresLane`)
 *   won       the same numbers, if the lane was where the writer left it
 *   write_n   deletes, inserts, updates and puts the rows of these commits, a table at a time
 *
 * The rows are parameters, one array per row, so that groups of different sizes share a text. The
 * answer is one row with the numbers of the commits that went through, or no row if the lane is
 * missing.
 *
 * Under read committed, the statement waits for a row that another transaction is changing and then
 * checks it again, so a version holds once it is locked. A row that is expected to be absent but
 * appears meanwhile is a duplicate key, which undoes everything; the next attempt sees it. An
 * absent row that the commit does not put itself is checked only when the statement begins, and may
 * appear before its end.
 */
export function commitStatement(
  group: readonly PlannedCommit[],
  lane: { readonly table: string; readonly values: readonly [string, string] },
  isCareful: boolean,
): Statement {
  return new CommitStatement(group, isCareful).build(lane);
}

/** The rows that one clause writes. */
interface Batch {
  readonly kind: Kind;
  readonly table: SqlTable;
  readonly changes: NumberedChange[];
}

class CommitStatement {
  readonly #group: readonly PlannedCommit[];
  readonly #isCareful: boolean;
  readonly #values: string[] = [];
  readonly #parts: string[] = [];

  constructor(group: readonly PlannedCommit[], isCareful: boolean) {
    this.#group = group;
    this.#isCareful = isCareful;
  }

  build(lane: { readonly table: string; readonly values: readonly [string, string] }): Statement {
    this.#values.push(...lane.values);
    this.#addExpects();
    this.#parts.push(
      `lane AS (UPDATE ${lane.table} SET "sequence" = $2::bigint + 1, "usedAt" = now(), ` +
        `"outcome" = (SELECT coalesce(string_agg(c::text, ','), '') FROM ok) ` +
        'WHERE "id" = $1 AND "sequence" = $2::bigint RETURNING "outcome")',
      'won AS (SELECT c FROM ok WHERE EXISTS (SELECT FROM lane))',
    );
    this.#addWrites();
    return {
      text: `WITH ${this.#parts.join(',\n')}\nSELECT "outcome" FROM lane`,
      values: this.#values,
    };
  }

  #addExpects(): void {
    const held = new Map<SqlTable, NumberedExpect[]>();
    const absent = new Map<SqlTable, NumberedExpect[]>();
    const free: number[] = [];
    for (const [commit, { expects }] of this.#group.entries()) {
      if (expects.length === 0) free.push(commit);
      for (const expect of expects) {
        const of = expect.version === 'absent' ? absent : held;
        push(of, expect.table, { ...expect, commit, count: expects.length });
      }
    }
    const sources: string[] = [];
    for (const [table, expects] of held) sources.push(this.#addHeld(table, expects));
    for (const [table, expects] of absent) sources.push(this.#addAbsent(table, expects));
    this.#addOk(sources, free);
  }

  /** All writers lock in the same order, so that deadlocks are rare. */
  #addHeld(table: SqlTable, unsorted: readonly NumberedExpect[]): string {
    const expects = unsorted.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    const versions = this.#parameter(
      'bigint',
      expects.map(({ version }) => Number(version)),
    );
    const source = this.#keySource(table, expects, versions);
    return this.#addPart(
      'held',
      `SELECT x.c, x.n FROM ${source} JOIN ${table.name} t ON ${keysEqual(table)} ` +
        `WHERE t."version" = x.v FOR NO KEY UPDATE OF t`,
    );
  }

  #addAbsent(table: SqlTable, expects: readonly NumberedExpect[]): string {
    const source = this.#keySource(table, expects, undefined);
    return this.#addPart(
      'absent',
      `SELECT x.c, x.n FROM ${source} WHERE NOT EXISTS (SELECT FROM ${table.name} t WHERE ${keysEqual(table)})`,
    );
  }

  #keySource(
    table: SqlTable,
    expects: readonly NumberedExpect[],
    versions: string | undefined,
  ): string {
    const keys = expects.map(({ key }) => table.encodeKey(key));
    const arrays = [
      this.#parameter(
        'int',
        expects.map(({ commit }) => commit),
      ),
      this.#parameter(
        'int',
        expects.map(({ count }) => count),
      ),
      ...(versions === undefined ? [] : [versions]),
      ...table.key.map((column, i) =>
        this.#columnParameter(
          column,
          keys.map((key) => key[i]!),
        ),
      ),
    ];
    const names = [
      'c',
      'n',
      ...(versions === undefined ? [] : ['v']),
      ...table.key.map((_, i) => `k${i}`),
    ];
    return `unnest(${arrays.join(', ')}) AS x(${names.join(', ')})`;
  }

  #addOk(sources: readonly string[], free: readonly number[]): void {
    const parts: string[] = [];
    if (sources.length > 0) {
      const all = sources.map((name) => `SELECT c, n FROM ${name}`).join(' UNION ALL ');
      parts.push(`SELECT c FROM (${all}) s GROUP BY c, n HAVING count(*) = n`);
    }
    if (free.length > 0 || parts.length === 0)
      parts.push(`SELECT unnest(${this.#parameter('int', free)})`);
    this.#parts.push(`ok(c) AS (${parts.join(' UNION ALL ')})`);
  }

  #addWrites(): void {
    const batches = new Map<string, Batch>();
    for (const [commit, planned] of this.#group.entries()) {
      const absent = absentRows(planned);
      for (const [id, change] of planned.changes) {
        const kind = this.#kindOf(change, absent.has(id));
        const name = `${kind} ${change.table.table.id}`;
        let batch = batches.get(name);
        if (!batch) batches.set(name, (batch = { kind, table: change.table, changes: [] }));
        batch.changes.push({ ...change, commit });
      }
    }
    for (const { kind, table, changes } of batches.values()) this.#addWrite(kind, table, changes);
  }

  /**
   * A row that a condition proves absent is inserted; if it has appeared since, that is a
   * duplicate. What only `replaces` claims is trusted until it turns out to be wrong.
   */
  #kindOf({ row, replaces }: RowChange, isAbsent: boolean): Kind {
    if (row === undefined) return 'delete';
    if (isAbsent) return 'insert';
    if (this.#isCareful || replaces === undefined) return 'put';
    return replaces === null ? 'insert' : 'update';
  }

  #addWrite(kind: Kind, table: SqlTable, changes: readonly NumberedChange[]): void {
    switch (kind) {
      case 'delete':
        return this.#addDelete(table, changes);
      case 'insert':
        return this.#addInsert(table, changes, columnsOfAny(table, changes), '');
      case 'put':
        return this.#addInsert(table, changes, othersOf(table), conflictClause(table));
      case 'update':
        return this.#addUpdate(table, changes);
    }
  }

  #addDelete(table: SqlTable, changes: readonly NumberedChange[]): void {
    const source = this.#rowSource(table, changes, []);
    this.#addPart(
      'write',
      `DELETE FROM ${table.name} t USING ${source} WHERE ${keysEqual(table)} AND ${isWon}`,
    );
  }

  #addInsert(
    table: SqlTable,
    changes: readonly NumberedChange[],
    others: readonly SqlColumn[],
    conflict: string,
  ): void {
    const source = this.#rowSource(table, changes, others);
    const columns = columnList([...table.key, ...others]);
    const values = [...table.key.map((_, i) => `x.k${i}`), ...others.map((_, i) => `x.v${i}`)].join(
      ', ',
    );
    this.#addPart(
      'write',
      `INSERT INTO ${table.name} (${columns}) SELECT ${values} FROM ${source} WHERE ${isWon}${conflict}`,
    );
  }

  /** Sends only the columns in which some row differs from what it replaces. */
  #addUpdate(table: SqlTable, changes: readonly NumberedChange[]): void {
    const columns = table.columns.filter(({ name, isKey }) => {
      return !isKey && changes.some(({ row, replaces }) => row?.[name] !== replaces?.[name]);
    });
    if (columns.length === 0) return;
    const source = this.#rowSource(table, changes, columns);
    const updates = columns.map(({ quoted }, i) => `${quoted} = x.v${i}`).join(', ');
    this.#addPart(
      'write',
      `UPDATE ${table.name} t SET ${updates} FROM ${source} WHERE ${keysEqual(table)} AND ${isWon}`,
    );
  }

  /** The rows as a table `x` of their commit's number, their keys and some of their columns. */
  #rowSource(
    table: SqlTable,
    changes: readonly NumberedChange[],
    columns: readonly SqlColumn[],
  ): string {
    const keys = changes.map(({ key }) => table.encodeKey(key));
    const arrays = [
      this.#parameter(
        'int',
        changes.map(({ commit }) => commit),
      ),
      ...table.key.map((column, i) =>
        this.#columnParameter(
          column,
          keys.map((key) => key[i]!),
        ),
      ),
      ...columns.map((column) => {
        return this.#columnParameter(
          column,
          changes.map(({ row }) => encoded(table, column, row)),
        );
      }),
    ];
    const names = ['c', ...table.key.map((_, i) => `k${i}`), ...columns.map((_, i) => `v${i}`)];
    return `unnest(${arrays.join(', ')}) AS x(${names.join(', ')})`;
  }

  #columnParameter({ type }: SqlColumn, values: readonly SqlValue[]): string {
    return this.#parameter(parameterTypes[type], values);
  }

  #parameter(type: string, values: readonly SqlValue[]): string {
    this.#values.push(arrayLiteral(values));
    return `$${this.#values.length}::${type}[]`;
  }

  #addPart(kind: string, text: string): string {
    const name = `${kind}_${this.#parts.length}`;
    this.#parts.push(`${name} AS (${text})`);
    return name;
  }
}

type Kind = 'delete' | 'insert' | 'put' | 'update';

interface NumberedExpect extends PlannedExpect {
  readonly commit: number;
  /** The number of conditions of the commit. */
  readonly count: number;
}

interface NumberedChange extends RowChange {
  readonly commit: number;
}

const isWon = 'x.c = ANY (ARRAY(SELECT c FROM won))';

function keysEqual(table: SqlTable): string {
  return table.key.map(({ quoted }, i) => `t.${quoted} = x.k${i}`).join(' AND ');
}

function othersOf(table: SqlTable): SqlColumn[] {
  return table.columns.filter(({ isKey }) => !isKey);
}

/** The columns that some of the rows have; a column left out of an insert is null anyway. */
function columnsOfAny(table: SqlTable, changes: readonly NumberedChange[]): SqlColumn[] {
  return othersOf(table).filter(({ name, isOptional }) => {
    return !isOptional || changes.some(({ row }) => row?.[name] !== undefined);
  });
}

function conflictClause(table: SqlTable): string {
  const updates = othersOf(table).map(({ quoted }) => `${quoted} = excluded.${quoted}`);
  const action = updates.length > 0 ? `DO UPDATE SET ${updates.join(', ')}` : 'DO NOTHING';
  return ` ON CONFLICT (${columnList(table.key)}) ${action}`;
}

function absentRows({ expects }: PlannedCommit): ReadonlySet<string> {
  const absent = expects.filter(({ version }) => version === 'absent');
  return new Set(absent.map(({ table, key }) => rowIdOf(table.table, key)));
}

function orderOf({ key }: PlannedExpect): string {
  return key.join('\u0000');
}

function encoded(table: SqlTable, column: SqlColumn, row: Row | undefined): SqlValue {
  return table.encode(column, row?.[column.name]);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
