import type { ColumnType, Value } from '../../engine/engine.ts';

/** A value as a driver takes it. */
export type SqlValue = string | number | null;

/** The differences between the databases, as far as statements follow from declarations. */
export interface SqlDialect {
  /** The type of a column, with a collation where strings would otherwise follow a language. */
  readonly columnTypes: Readonly<Record<ColumnType, string>>;
  /**
   * The text after the closing bracket of `CREATE TABLE`, for tables with and without JSON columns.
   */
  tableOptions(hasJson: boolean): string;
  /** The text after the action of a foreign key. */
  readonly foreignKeyOptions: string;
  /** A table as statements name it, quoted and with its schema. */
  tableName(name: string): string;
  /** The parameter at this position, from 1. */
  placeholder(position: number): string;
  /**
   * The text after the table of a scan that names its index, if the database supports hints.
   * Without an index, the key of the table.
   */
  indexHint(table: string, index: string | undefined, hasJson: boolean): string;
  /** The expression that selects a column in the form that `decode` takes. */
  selected(column: string, type: ColumnType): string;
  encode(type: ColumnType, value: Value): SqlValue;
  /** The inverse of `encode`, for a value from the driver; never called with null. */
  decode(type: ColumnType, stored: unknown): Value;
}

/** A name in quotes, whatever it contains. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
