import { and, getTableColumns, isNotNull } from 'drizzle-orm';
import {
  customType,
  foreignKey,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  type SQLiteColumn,
  type SQLiteColumnBuilderBase,
  type SQLiteTable,
  type SQLiteTableExtraConfigValue,
  type SQLiteTableWithColumns,
} from 'drizzle-orm/sqlite-core';
import type { Column, Table } from '../engine/engine.ts';
import { decodeText, encodeText } from '../engines/sql/sql-text.ts';
import { allTables, type StoredRows, type TableName } from '../records/all-tables.ts';
import type { DrizzleColumn } from './drizzle-column.ts';
import { shapeOf, type TableShape } from './table-shape.ts';

const storedText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: encodeText,
  fromDriver: decodeText,
});

/** A table of the store on SQLite, as Drizzle sees it. */
export type SqliteTable<Name extends TableName> = SQLiteTableWithColumns<{
  name: Name;
  schema: undefined;
  dialect: 'sqlite';
  columns: {
    [ColumnName in keyof StoredRows[Name] & string]: SQLiteColumn<
      DrizzleColumn<Name, ColumnName, StoredRows[Name][ColumnName]>
    >;
  };
}>;

/** All tables of the store on SQLite. */
export type SqliteTables = { readonly [Name in TableName]: SqliteTable<Name> };

/** The tables of the store on SQLite, as Drizzle tables. */
export const sqlite: SqliteTables = createTables();

function createTables(): SqliteTables {
  const made = new Map<string, SQLiteTable>();
  for (const table of allTables) {
    const constraints = (self: Record<string, SQLiteColumn>) => constraintsOf(table, self, made);
    made.set(table.name, sqliteTable(table.name, columnsOf(table), constraints));
  }
  // Made from the declarations of these rows; the compiler compares the two.
  return Object.fromEntries(made) as unknown as SqliteTables;
}

function columnsOf({ columns, key }: Table): Record<string, SQLiteColumnBuilderBase> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const builder = column.optional ? builderOf(column) : builderOf(column).notNull();
      return [name, key.length === 1 && key[0] === name ? builder.primaryKey() : builder];
    }),
  );
}

function builderOf({ type }: Column) {
  switch (type) {
    case 'string':
      return storedText();
    case 'int':
      return integer();
    case 'number':
      return real();
    case 'boolean':
      return integer({ mode: 'boolean' });
    case 'json':
      return text({ mode: 'json' });
    case 'timestamp':
      return integer({ mode: 'timestamp_ms' });
  }
}

function constraintsOf(
  table: Table,
  self: Readonly<Record<string, SQLiteColumn>>,
  made: ReadonlyMap<string, SQLiteTable>,
): SQLiteTableExtraConfigValue[] {
  const parent = allTables.find(({ name }) => name === table.parent);
  const shape = shapeOf(table, parent);
  return [
    ...keysOf(shape, self, made),
    ...shape.indexes.map(({ name, columns, present }) => {
      const builder = index(name).on(...pick(self, columns));
      const condition = and(...present.map((column) => isNotNull(self[column]!)));
      return condition ? builder.where(condition) : builder;
    }),
  ];
}

function keysOf(
  { primaryKey: { name, columns }, foreignKey: owner }: TableShape,
  self: Readonly<Record<string, SQLiteColumn>>,
  made: ReadonlyMap<string, SQLiteTable>,
): SQLiteTableExtraConfigValue[] {
  const keys: SQLiteTableExtraConfigValue[] = [];
  if (columns.length > 1) keys.push(primaryKey({ name, columns: pick(self, columns) }));
  if (owner) {
    const foreignColumns = pick(getTableColumns(made.get(owner.parent)!), owner.parentColumns);
    const options = { name: owner.name, columns: pick(self, owner.columns), foreignColumns };
    keys.push(foreignKey(options).onDelete('cascade'));
  }
  return keys;
}

function pick(
  columns: Readonly<Record<string, SQLiteColumn>>,
  names: readonly string[],
): [SQLiteColumn, ...SQLiteColumn[]] {
  // A key or an index has at least one column.
  return names.map((name) => columns[name]!) as [SQLiteColumn, ...SQLiteColumn[]];
}
