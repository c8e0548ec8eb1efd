import type { Column, ColumnType, Key, Row, Scalar, Table, Value } from '../../engine/engine.ts';
import { quote, type SqlDialect, type SqlValue } from './sql-dialect.ts';

export interface SqlColumn {
  readonly name: string;
  readonly quoted: string;
  readonly type: ColumnType;
  readonly isOptional: boolean;
  readonly isKey: boolean;
}

/** A declared table in one dialect: its names, and its rows in the driver's form. */
export class SqlTable {
  readonly table: Table;
  readonly dialect: SqlDialect;
  /** As statements name it. */
  readonly name: string;
  readonly columns: readonly SqlColumn[];
  readonly key: readonly SqlColumn[];
  /** All columns as they are selected, in order. */
  readonly selection: string;
  readonly hasJson: boolean;
  /** The columns with values of unbounded size. */
  readonly unbounded: readonly string[];
  readonly #byName: ReadonlyMap<string, SqlColumn>;

  constructor(dialect: SqlDialect, table: Table) {
    this.table = table;
    this.dialect = dialect;
    this.name = dialect.tableName(table.name);
    this.columns = Object.entries(table.columns).map(([name, column]) => {
      return toSqlColumn(name, column, table.key.includes(name));
    });
    this.#byName = new Map(this.columns.map((column) => [column.name, column]));
    this.key = table.key.map((name) => this.column(name));
    this.hasJson = this.columns.some(({ type }) => type === 'json');
    this.unbounded = this.columns
      .filter(({ type, isKey }) => !isKey && (type === 'json' || type === 'string'))
      .map(({ name }) => name);
    this.selection = this.selectionFrom('');
  }

  column(name: string): SqlColumn {
    const column = this.#byName.get(name);
    if (column === undefined) throw new TypeError(`${this.table.name}.${name} is not declared`);
    return column;
  }

  /** The selection with a qualifier before each column, such as `t.`. */
  selectionFrom(qualifier: string): string {
    const parts = this.columns.map(({ quoted, type }) => {
      return this.dialect.selected(`${qualifier}${quoted}`, type);
    });
    return parts.join(', ');
  }

  encode(column: SqlColumn, value: Value | undefined): SqlValue {
    return value === undefined ? null : this.dialect.encode(column.type, value);
  }

  encodeKey(key: Key): SqlValue[] {
    return key.map((value, i) => this.dialect.encode(this.key[i]!.type, value));
  }

  /** A row from the values of `selection`. */
  decodeRow(values: readonly unknown[]): Row {
    const row: Record<string, Value> = {};
    for (let i = 0; i < this.columns.length; i++) {
      const stored = values[i];
      if (stored === null) continue;
      const { name, type } = this.columns[i]!;
      row[name] = this.dialect.decode(type, stored);
    }
    return row;
  }

  keyOf(row: Row): Scalar[] {
    // Key columns are scalars and never missing.
    return this.key.map(({ name }) => row[name] as Scalar);
  }
}

function toSqlColumn(name: string, { type, optional }: Column, isKey: boolean): SqlColumn {
  return { name, quoted: quote(name), type, isOptional: optional === true, isKey };
}
