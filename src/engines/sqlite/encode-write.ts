import type { Row, Scalar } from '../../engine/engine.ts';
import type { PlannedCommit, PlannedExpect, RowChange } from '../sql/planned-commit.ts';
import { columnList } from '../sql/sql-definition.ts';
import type { SqlColumn, SqlTable } from '../sql/sql-table.ts';
import type { BoundStatement, Check, Write } from './write-group.ts';

/** Makes statements from commits. Makes each text once per table and shape. */
export class WriteEncoder {
  readonly #texts = new Map<string, string>();

  encode({ expects, changes }: PlannedCommit): Write {
    return {
      checks: expects.map((expect) => this.#check(expect)),
      statements: [...changes.values()].map((change) => this.#change(change)),
    };
  }

  /** Deletes up to `limit` rows whose key begins with `prefix`. */
  deleteSome(table: SqlTable, prefix: readonly Scalar[], limit: number): Write {
    const sql = this.#text(`delete ${table.table.id} ${prefix.length}`, () => {
      const columns = table.key.slice(0, prefix.length);
      const where = columns.length > 0 ? ` WHERE ${equalities(columns)}` : '';
      const key = columnList(table.key);
      const rows = `SELECT ${key} FROM ${table.name}${where} ORDER BY ${key} LIMIT ?`;
      return `DELETE FROM ${table.name} WHERE (${key}) IN (${rows})`;
    });
    return { checks: [], statements: [{ sql, values: [...table.encodeKey(prefix), limit] }] };
  }

  #check({ table, key, version }: PlannedExpect): Check {
    const isAbsent = version === 'absent';
    const sql = this.#text(`check ${table.table.id} ${isAbsent}`, () => {
      return `SELECT ${isAbsent ? '1' : '"version"'} FROM ${table.name} WHERE ${equalities(table.key)}`;
    });
    return { sql, values: table.encodeKey(key), expected: isAbsent ? null : version };
  }

  #change(change: RowChange): BoundStatement {
    const { row, replaces } = change;
    if (row === undefined) return this.#delete(change);
    return replaces ? this.#update(change, row, replaces) : this.#put(change, row);
  }

  #delete({ table, key }: RowChange): BoundStatement {
    const sql = this.#text(`delete ${table.table.id}`, () => {
      return `DELETE FROM ${table.name} WHERE ${equalities(table.key)}`;
    });
    return { sql, values: table.encodeKey(key) };
  }

  /**
   * Never `INSERT OR REPLACE`: it would delete the old row first, with everything that the row
   * owns.
   */
  #put({ table }: RowChange, row: Row): BoundStatement {
    const sql = this.#text(`put ${table.table.id}`, () => {
      const others = table.columns.filter(({ isKey }) => !isKey);
      const updates = others.map(({ quoted }) => `${quoted} = excluded.${quoted}`).join(', ');
      const action = updates === '' ? 'DO NOTHING' : `DO UPDATE SET ${updates}`;
      const placeholders = table.columns.map(() => '?').join(', ');
      return (
        `INSERT INTO ${table.name} (${columnList(table.columns)}) VALUES (${placeholders}) ` +
        `ON CONFLICT (${columnList(table.key)}) ${action}`
      );
    });
    return { sql, values: table.columns.map((column) => table.encode(column, row[column.name])) };
  }

  /**
   * Writes only the columns that differ from the previous row, so that the other indexes stay
   * untouched.
   */
  #update({ table, key }: RowChange, row: Row, replaces: Row): BoundStatement {
    const differing = table.columns.filter(
      ({ name, isKey }) => !isKey && row[name] !== replaces[name],
    );
    const changed = differing.length > 0 ? differing : table.key;
    const sql = this.#text(
      `update ${table.table.id} ${changed.map(({ name }) => name).join()}`,
      () => {
        const updates = changed.map(({ quoted }) => `${quoted} = ?`).join(', ');
        return `UPDATE ${table.name} SET ${updates} WHERE ${equalities(table.key)}`;
      },
    );
    const values = changed.map((column) => table.encode(column, row[column.name]));
    return { sql, values: [...values, ...table.encodeKey(key)] };
  }

  #text(shape: string, make: () => string): string {
    let text = this.#texts.get(shape);
    if (text === undefined) {
      text = make();
      if (this.#texts.size >= textsMax) this.#texts.clear();
      this.#texts.set(shape, text);
    }
    return text;
  }
}

/** There are far fewer shapes; the bound only keeps a mistake from filling the memory. */
const textsMax = 2000;

export function equalities(columns: readonly SqlColumn[]): string {
  return columns.map(({ quoted }) => `${quoted} = ?`).join(' AND ');
}
