import type { Column, ColumnType } from '../../engine/engine.ts';

/** A column whose declaration the compiler can compare with the type of the rows. */
type Exact<Type extends ColumnType> = Column & { readonly type: Type; readonly optional?: false };

/** Short names of the column types, for the declarations of tables. */
export const string: Exact<'string'> = { type: 'string' };
export const int: Exact<'int'> = { type: 'int' };
export const boolean: Exact<'boolean'> = { type: 'boolean' };
export const anyJson: Exact<'json'> = { type: 'json' };
export const timestamp: Exact<'timestamp'> = { type: 'timestamp' };

/** A column that a row may lack. */
export function optional<C extends Column>(column: C): Omit<C, 'optional'> & { optional: true } {
  return { ...column, optional: true };
}
