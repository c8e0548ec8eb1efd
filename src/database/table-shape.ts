import { requiredColumns, scanColumns } from '../engine/checks.ts';
import type { Table } from '../engine/engine.ts';

/** The constraints and indexes that the SQL engines make from a table's declaration. */
export interface TableShape {
  readonly primaryKey: { readonly name: string; readonly columns: readonly string[] };
  readonly foreignKey: ForeignKeyShape | undefined;
  readonly indexes: readonly IndexShape[];
}

interface ForeignKeyShape {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentColumns: readonly string[];
}

interface IndexShape {
  readonly name: string;
  readonly columns: readonly string[];
  /** Optional columns. The index holds only rows that have all of them. */
  readonly present: readonly string[];
}

export function shapeOf(table: Table, parent: Table | undefined): TableShape {
  const { name, key } = table;
  return {
    primaryKey: { name: `${name}_pkey`, columns: key },
    foreignKey: parent && foreignKeyOf(table, parent),
    indexes: table.indexes.map((index) => ({
      name: `${name}_${index.name}`,
      columns: scanColumns(table, index.name),
      present: requiredColumns(index).filter((column) => table.columns[column]?.optional),
    })),
  };
}

function foreignKeyOf({ name, key }: Table, parent: Table): ForeignKeyShape {
  const columns = key.slice(0, parent.key.length);
  return {
    name: `${name}_${columns.join('_')}_fkey`,
    columns,
    parent: parent.name,
    parentColumns: parent.key,
  };
}
