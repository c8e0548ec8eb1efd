import type { ColumnType, Value } from '../../engine/engine.ts';

/** A value as a driver takes it. */
export type SqlValue = string | number | null;

/** What differs between the databases, as far as statements are made from declarations. */
export interface SqlDialect {
  /** The type of a column, with its collation where strings would else follow a language. */
  readonly columnTypes: Readonly<Record<ColumnType, string>>;
  /** What stands behind the closing bracket of `CREATE TABLE`, for tables with and without JSON columns. */
  tableOptions(hasJson: boolean): string;
  /** What stands behind the action of a foreign key. */
  readonly foreignKeyOptions: string;
  /** A table as statements name it, quoted and with its schema. */
  tableName(name: string): string;
  /** The parameter at this place, from 1. */
  placeholder(position: number): string;
  /**
   * What stands behind the table of a scan to tell its index, where the database can be told; without a
   * name, the key of a table.
   */
  indexHint(table: string, index: string | undefined, hasJson: boolean): string;
  /** The expression that reads a column as `decode` takes it. */
  selected(column: string, type: ColumnType): string;
  encode(type: ColumnType, value: Value): SqlValue;
  /** The inverse of `encode`, for what the driver gives; never called with null. */
  decode(type: ColumnType, stored: unknown): Value;
}

/** A name in quotes, whatever it is made of. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
