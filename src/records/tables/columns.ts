import type { Column } from '../../engine/engine.ts';

/** The column types, short, for the declarations beside. */
export const string: Column = { type: 'string' };
export const int: Column = { type: 'int' };
export const boolean: Column = { type: 'boolean' };
export const json: Column = { type: 'json' };
export const timestamp: Column = { type: 'timestamp' };

/** A column that a row may lack. */
export function optional(column: Column): Column {
  return { ...column, optional: true };
}
