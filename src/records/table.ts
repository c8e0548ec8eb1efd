import type { Column, Index, Table } from '../engine/engine.ts';

/**
 * A declaration that knows the type of its rows, so that reads and writes are checked by the
 * compiler.
 */
export type TypedTable<R, Name extends string = string> = Table & {
  readonly name: Name;
  readonly rowType?: R;
};

/**
 * Declares a table whose rows are `R`. The compiler sees to it that columns and rows agree, and
 * that every index says which partition its entries are in.
 */
export function declareTable<R, Name extends string>(
  table: Omit<Table, 'name' | 'columns' | 'indexes'> & {
    readonly name: Name;
    readonly columns: ColumnsOf<NoInfer<R>>;
    readonly indexes: readonly Required<Index>[];
  },
): TypedTable<R, Name> {
  return table;
}

/**
 * The columns that rows `R` need: those that a row may lack are optional, and times are named
 * `…At`.
 */
export type ColumnsOf<R> = {
  readonly [Name in keyof R]-?: Column & {
    readonly type: ColumnTypeOf<Name, Exclude<R[Name], undefined>>;
  } & (undefined extends R[Name] ? { readonly optional: true } : { readonly optional?: false });
};

/** Times are rows' only numbers with another type in SQL, so the name has to tell them apart. */
type ColumnTypeOf<Name, Value> = [Value] extends [string]
  ? 'string'
  : [Value] extends [boolean]
    ? 'boolean'
    : [Value] extends [number]
      ? Name extends TimeName
        ? 'timestamp'
        : 'int' | 'number'
      : 'json';

/** How columns that hold a point in time are named. */
export type TimeName = `${string}At`;
