import type Sqlite from 'better-sqlite3';
import type { SchemaForTesting } from '../engines/postgres/database-for-testing.ts';

/** The facts about a table, in the same words for a database and for a Drizzle table. */
export interface TableFacts {
  readonly columns: readonly { name: string; type: string; isRequired: boolean }[];
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly {
    columns: readonly string[];
    parent: string;
    parentColumns: readonly string[];
    onDelete: string;
  }[];
  /** By name. `present` lists the columns that its condition requires. */
  readonly indexes: readonly {
    name: string;
    columns: readonly string[];
    present: readonly string[];
  }[];
}

/** The tables of a schema, from PostgreSQL's catalog. */
export async function postgresFacts(database: SchemaForTesting): Promise<Map<string, TableFacts>> {
  const tables = await database.query<{ name: string; facts: TableFacts }>(
    `SELECT t.relname AS name, json_build_object(
       'columns', (
         SELECT json_agg(json_build_object(
           'name', a.attname,
           'type', format_type(a.atttypid, a.atttypmod)
             || CASE WHEN l.collname <> 'default' THEN format(' COLLATE "%s"', l.collname) ELSE '' END,
           'isRequired', a.attnotnull) ORDER BY a.attnum)
         FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
         WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
       'primaryKey', (
         SELECT ${namesOf('c.conkey', 't.oid')} FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'p'),
       'foreignKeys', (
         SELECT coalesce(json_agg(json_build_object(
           'columns', ${namesOf('c.conkey', 't.oid')},
           'parent', p.relname,
           'parentColumns', ${namesOf('c.confkey', 'p.oid')},
           'onDelete', CASE c.confdeltype WHEN 'c' THEN 'cascade' ELSE 'other' END)), '[]')
         FROM pg_constraint c JOIN pg_class p ON p.oid = c.confrelid
         WHERE c.conrelid = t.oid AND c.contype = 'f'),
       'indexes', (
         SELECT coalesce(json_agg(json_build_object(
           'name', n.relname,
           'columns', ${namesOf('i.indkey::int[]', 't.oid')},
           'present', pg_get_expr(i.indpred, i.indrelid)) ORDER BY n.relname), '[]')
         FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid
         WHERE i.indrelid = t.oid AND NOT i.indisprimary)) AS facts
     FROM pg_class t JOIN pg_namespace s ON s.oid = t.relnamespace
     WHERE s.nspname = $1 AND t.relkind = 'r'`,
    [database.schema],
  );
  return new Map(tables.map(({ name, facts }) => [name, withPresence(facts)]));
}

function namesOf(numbers: string, table: string): string {
  return `(SELECT json_agg(a.attname ORDER BY k.place) FROM unnest(${numbers}) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number)`;
}

/** The tables of a file, from SQLite's catalog. */
export function sqliteFacts(database: Sqlite.Database): Map<string, TableFacts> {
  const ask = <T>(text: string, ...values: string[]): T[] =>
    database.prepare(text).all(...values) as T[];
  const tables = ask<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  return new Map(tables.map(({ name }) => [name, factsOf(ask, name)]));
}

type Ask = <T>(text: string, ...values: string[]) => T[];

function factsOf(ask: Ask, table: string): TableFacts {
  const columns = ask<{ name: string; type: string; notnull: number; pk: number }>(
    'SELECT * FROM pragma_table_info(?)',
    table,
  );
  const foreign = ask<{ from: string; to: string; table: string; on_delete: string }>(
    'SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq',
    table,
  );
  const [first] = foreign;
  return withPresence({
    columns: columns.map(({ name, type, notnull }) => {
      return { name, type: type.toLowerCase(), isRequired: notnull === 1 };
    }),
    primaryKey: columns
      .filter(({ pk }) => pk > 0)
      .toSorted((a, b) => a.pk - b.pk)
      .map(({ name }) => name),
    foreignKeys: first
      ? [
          {
            columns: foreign.map(({ from }) => from),
            parent: first.table,
            parentColumns: foreign.map(({ to }) => to),
            onDelete: first.on_delete.toLowerCase(),
          },
        ]
      : [],
    indexes: ask<{ name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL ORDER BY name",
      table,
    ).map(({ name, sql }) => ({
      name,
      columns: ask<{ name: string }>('SELECT * FROM pragma_index_info(?)', name).map(
        (row) => row.name,
      ),
      present: sql.split(' WHERE ')[1],
    })),
  });
}

interface RawFacts extends Omit<TableFacts, 'indexes'> {
  readonly indexes: readonly { name: string; columns: readonly string[]; present: unknown }[];
}

function withPresence(facts: RawFacts): TableFacts {
  return { ...facts, indexes: facts.indexes.map((i) => ({ ...i, present: presentIn(i.present) })) };
}

/** The columns that a condition requires to be present. It may say nothing else. */
export function presentIn(condition: unknown): string[] {
  if (typeof condition !== 'string') return [];
  const term = /(?:"\w+"\.)*"?(\w+)"? IS NOT NULL/gi;
  const rest = condition.replaceAll(term, '').replaceAll(/\band\b|[\s()]/gi, '');
  if (rest !== '') throw new TypeError(`${condition} says more than that columns are present`);
  return [...condition.matchAll(term)].map((match) => match[1]!);
}
