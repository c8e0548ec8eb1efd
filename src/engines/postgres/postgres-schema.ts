import type { ColumnType, Value } from '../../engine/engine.ts';
import { quote, type SqlDialect, type SqlValue } from '../sql/sql-dialect.ts';
import { LruMap } from '../../shared/lru-map.ts';
import { decodeText, encodeText } from '../sql/sql-text.ts';

/**
 * How declared tables look in PostgreSQL. Text sorts by bytes, whatever the collation of the
 * database; timestamps are `timestamptz`; JSON is `json`, which keeps the text: `jsonb` reorders
 * keys and refuses U+0000 and lone surrogates, which parts and metadata may hold.
 */
export function postgresDialect(schema: string): SqlDialect {
  return {
    columnTypes: {
      string: 'text COLLATE "C"',
      int: 'bigint',
      number: 'double precision',
      boolean: 'boolean',
      json: 'json',
      timestamp: 'timestamptz',
    },
    tableOptions: () => '',
    foreignKeyOptions: '',
    tableName: (name) => `${quote(schema)}.${quote(name)}`,
    placeholder: (position) => `$${position}`,
    indexHint: () => '',
    selected,
    encode,
    decode,
  };
}

/** The type of one value, for arrays of parameters. */
export const parameterTypes: Readonly<Record<ColumnType, string>> = {
  string: 'text',
  int: 'bigint',
  number: 'double precision',
  boolean: 'boolean',
  json: 'json',
  timestamp: 'timestamptz',
};

/**
 * Exact, and independent of the session's time zone and date style: `extract` gives a `numeric`.
 */
function selected(column: string, type: ColumnType): string {
  return type === 'timestamp' ? `(extract(epoch FROM ${column}) * 1000)::bigint` : column;
}

function encode(type: ColumnType, value: Value): SqlValue {
  switch (type) {
    case 'timestamp':
      return timestampText(value as number); // the wrapper checked it
    case 'string':
      return encodeText(value as string); // the wrapper checked it
    case 'json':
    case 'int':
    case 'number':
    case 'boolean':
      return JSON.stringify(value);
  }
}

function decode(type: ColumnType, stored: unknown): Value {
  const text = stored as string; // the driver's types return every value as text
  switch (type) {
    case 'string':
      return decodeText(text);
    case 'json':
      return JSON.parse(text) as Value; // encode wrote it
    case 'boolean':
      return text === 't';
    case 'int':
    case 'number':
    case 'timestamp':
      return Number(text);
  }
}

/** The rows of a group mostly have one of two times: now, and now cut to the second. */
const recentTimes = new LruMap<number, string>(16);

function timestampText(timeMs: number): string {
  let text = recentTimes.get(timeMs);
  if (text === undefined) recentTimes.set(timeMs, (text = makeTimestampText(timeMs)));
  return text;
}

/** PostgreSQL writes years before 1 as BC, and years after 9999 without a sign. */
function makeTimestampText(timeMs: number): string {
  const date = new Date(timeMs);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < yearMin) {
    throw new TypeError(`PostgreSQL cannot store the time ${timeMs}`);
  }
  const iso = date.toISOString();
  if (year > 9999) return iso.slice(1);
  if (year > 0) return iso;
  const rest = iso.slice(year === 0 ? '0000'.length : '-000000'.length);
  return `${String(1 - year).padStart(4, '0')}${rest} BC`;
}

/** 4713 BC, where its calendar begins; whole years only. */
const yearMin = -4711;
