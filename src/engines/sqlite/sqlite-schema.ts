import type { ColumnType, Value } from '../../engine/engine.ts';
import { quote, type SqlDialect, type SqlValue } from '../sql/sql-dialect.ts';
import { decodeText, encodeText } from '../sql/sql-text.ts';

/**
 * How declared tables look in SQLite: strict tables, text sorted by bytes (the default), booleans
 * as 0 and 1, timestamps as integer milliseconds since 1970, JSON as text.
 *
 * Small rows are stored in the tree of their key (`WITHOUT ROWID`), so that a range of them is on
 * adjacent pages. Rows with JSON are too large for that, according to SQLite's documentation.
 */
export const sqliteDialect: SqlDialect = {
  columnTypes: {
    string: 'TEXT',
    int: 'INTEGER',
    number: 'REAL',
    boolean: 'INTEGER',
    json: 'TEXT',
    timestamp: 'INTEGER',
  },
  tableOptions: (hasJson) => (hasJson ? ' STRICT' : ' STRICT, WITHOUT ROWID'),
  // The rows of a commit are inserted one after the other, not always the owner first.
  foreignKeyOptions: ' DEFERRABLE INITIALLY DEFERRED',
  tableName: quote,
  placeholder: () => '?',
  indexHint,
  selected: (column) => column,
  encode,
  decode,
};

/** Without a hint SQLite sometimes prefers to sort. A table without row ids is its key. */
function indexHint(table: string, index: string | undefined, hasJson: boolean): string {
  if (index !== undefined) return ` INDEXED BY ${quote(index)}`;
  return hasJson ? ` INDEXED BY ${quote(`sqlite_autoindex_${table}_1`)}` : ' NOT INDEXED';
}

function encode(type: ColumnType, value: Value): SqlValue {
  if (type === 'json') return JSON.stringify(value);
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value as number; // the wrapper checked it
}

function decode(type: ColumnType, stored: unknown): Value {
  if (type === 'string') return decodeText(stored as string); // a strict column holds its type
  if (type === 'json') return JSON.parse(stored as string) as Value; // encode wrote it
  if (type === 'boolean') return stored === 1;
  return stored as number;
}
