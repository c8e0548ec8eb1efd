import { SkeinError } from '../../shared/error.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Connection } from './postgres-connections.ts';

/** A table by its own name and as statements name it. */
interface NamedTable {
  readonly name: string;
  readonly quoted: string;
}

/**
 * Throws `unavailable` if the user lacks a right on one of the tables. Otherwise a server would
 * start and fail only at the first operation that needs the right.
 */
export async function checkRights(
  { run }: Connection,
  where: string,
  tables: readonly NamedTable[],
): Promise<void> {
  const names = tables.map(({ quoted }) => quoted);
  const [missing] = await run(statement, [arrayLiteral(names)]);
  if (missing === undefined) return;
  const [ordinal, right] = missing;
  const table = tables[Number(ordinal) - 1]?.name;
  throw new SkeinError(
    'unavailable',
    `The PostgreSQL database ${where} does not give this user the right ${String(right)} ` +
      `on the table ${table}: grant it.`,
  );
}

const statement =
  'SELECT t.ordinal, r."right" FROM unnest($1::text[]) WITH ORDINALITY AS t(name, ordinal), ' +
  `unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY AS r("right", ordinal) ` +
  'WHERE NOT has_table_privilege(t.name, r."right") ORDER BY t.ordinal, r.ordinal LIMIT 1';
