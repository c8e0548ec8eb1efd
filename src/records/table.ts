import type { Column, Index, Table } from '../engine/engine.ts';

/** A declaration that knows the type of its rows, so that the compiler checks reads and writes. */
export type TypedTable<R, Name extends string = string> = Table & {
  readonly name: Name;
  readonly rowType?: R;
};

/**
 * Declares a table whose rows are `R`. The compiler checks that columns and rows agree, and that
 * every index names the partition of its entries.
 */
export function declareTable<R, Name extends string>(
  table: Omit<Table, 'name' | 'columns' | 'indexes'> & {
    readonly name: Name;
    readonly columns: ColumnsOf<NoInfer<R>>;
    readonly indexes: readonly (Index & { readonly partition: number })[];
  },
): TypedTable<R, Name> {
  return table;
}

/**
 * The columns that rows `R` need. Optional fields need optional columns, and times have names that
 * end in `At` or `Until`.
 */
type ColumnsOf<R> = {
  readonly [Name in keyof R]-?: Column & {
    readonly type: ColumnTypeOf<Name, Exclude<R[Name], undefined>>;
  } & (undefined extends R[Name] ? { readonly optional: true } : { readonly optional?: false });
};

/** In SQL, times are the only numbers of a row with another type, so the name tells them apart. */
type ColumnTypeOf<Name, Value> = [Value] extends [string]
  ? 'string'
  : [Value] extends [boolean]
    ? 'boolean'
    : [Value] extends [number]
      ? Name extends TimeName
        ? 'timestamp'
        : 'int' | 'number'
      : 'json';

/** The names of columns that hold a point in time. */
export type TimeName = `${string}At` | `${string}Until`;
