import type { TimeName } from '../records/table.ts';

/** A column's values in TypeScript: a time is a `Date`, JSON is what the store keeps in it. */
export type ColumnData<Name, Value> = [Value] extends [string]
  ? string
  : [Value] extends [boolean]
    ? boolean
    : [Value] extends [number]
      ? Name extends TimeName
        ? Date
        : number
      : Value;

/** The type that Drizzle gives a column, made from the type of the stored row. */
export interface DrizzleColumn<Table extends string, Name extends string, Value> {
  name: Name;
  tableName: Table;
  dataType: DrizzleDataType<ColumnData<Name, Exclude<Value, undefined>>>;
  columnType: string;
  data: ColumnData<Name, Exclude<Value, undefined>>;
  driverParam: unknown;
  notNull: undefined extends Value ? false : true;
  hasDefault: false;
  isPrimaryKey: false;
  isAutoincrement: false;
  hasRuntimeDefault: false;
  enumValues: undefined;
  baseColumn: never;
  identity: undefined;
  generated: undefined;
}

type DrizzleDataType<Data> = [Data] extends [string]
  ? 'custom'
  : [Data] extends [boolean]
    ? 'boolean'
    : [Data] extends [number]
      ? 'number'
      : [Data] extends [Date]
        ? 'date'
        : 'json';
