import type { Table } from '../engine/engine.ts';

/** A declaration that knows the type of its rows, so that reads and writes are checked by the compiler. */
export type TypedTable<R> = Table & { readonly rowType?: R };

/** Declares a table whose rows are `R`. */
export function declareTable<R>(table: Table): TypedTable<R> {
  return table;
}
