import { and, getTableColumns, isNotNull } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  foreignKey,
  index,
  json,
  pgSchema,
  pgTable,
  primaryKey,
  timestamp,
  type PgColumn,
  type PgColumnBuilderBase,
  type PgTable,
  type PgTableExtraConfigValue,
  type PgTableWithColumns,
} from 'drizzle-orm/pg-core';
import type { Column, Table } from '../engine/engine.ts';
import { decodeText, encodeText } from '../engines/sql/sql-text.ts';
import { allTables, type StoredRows, type TableName } from '../records/all-tables.ts';
import type { DrizzleColumn } from './drizzle-column.ts';
import { shapeOf, type TableShape } from './table-shape.ts';

/** Ordered by bytes, like every text of the store, whatever the collation of the database. */
const storedText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text COLLATE "C"',
  toDriver: encodeText,
  fromDriver: decodeText,
});

/** A table of the store on PostgreSQL, as Drizzle sees it. */
export type PostgresTable<Name extends TableName> = PgTableWithColumns<{
  name: Name;
  schema: string | undefined;
  dialect: 'pg';
  columns: {
    [ColumnName in keyof StoredRows[Name] & string]: PgColumn<
      DrizzleColumn<Name, ColumnName, StoredRows[Name][ColumnName]>
    >;
  };
}>;

/** All tables of the store on PostgreSQL. */
export type PostgresTables = { readonly [Name in TableName]: PostgresTable<Name> };

/**
 * The tables of a store whose engine has a `schema` of its own. PostgreSQL finds a table without a
 * schema by the connection's `search_path`, so `public` needs none: `postgresIn('public')` equals
 * `postgres`.
 */
export function postgresIn(schema: string): PostgresTables {
  const made = new Map<string, PgTable>();
  for (const table of allTables) {
    const constraints = (self: Record<string, PgColumn>) => constraintsOf(table, self, made);
    const drizzleTable =
      schema === 'public'
        ? pgTable(table.name, columnsOf(table), constraints)
        : pgSchema(schema).table(table.name, columnsOf(table), constraints);
    made.set(table.name, drizzleTable);
  }
  // Made from the declarations of these rows; the compiler compares the two.
  return Object.fromEntries(made) as unknown as PostgresTables;
}

/** The tables of the store on PostgreSQL, as Drizzle tables. */
export const postgres: PostgresTables = postgresIn('public');

function columnsOf({ columns, key }: Table): Record<string, PgColumnBuilderBase> {
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
      return bigint({ mode: 'number' });
    case 'number':
      return doublePrecision();
    case 'boolean':
      return boolean();
    case 'json':
      return json();
    case 'timestamp':
      return timestamp({ withTimezone: true, mode: 'date' });
  }
}

function constraintsOf(
  table: Table,
  self: Readonly<Record<string, PgColumn>>,
  made: ReadonlyMap<string, PgTable>,
): PgTableExtraConfigValue[] {
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
  self: Readonly<Record<string, PgColumn>>,
  made: ReadonlyMap<string, PgTable>,
): PgTableExtraConfigValue[] {
  const keys: PgTableExtraConfigValue[] = [];
  if (columns.length > 1) keys.push(primaryKey({ name, columns: pick(self, columns) }));
  if (owner) {
    const foreignColumns = pick(getTableColumns(made.get(owner.parent)!), owner.parentColumns);
    const options = { name: owner.name, columns: pick(self, owner.columns), foreignColumns };
    keys.push(foreignKey(options).onDelete('cascade'));
  }
  return keys;
}

function pick(
  columns: Readonly<Record<string, PgColumn>>,
  names: readonly string[],
): [PgColumn, ...PgColumn[]] {
  // A key or an index has at least one column.
  return names.map((name) => columns[name]!) as [PgColumn, ...PgColumn[]];
}
