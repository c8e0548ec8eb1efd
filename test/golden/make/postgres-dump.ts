import { Client } from 'pg';

/**
 * A schema as plain SQL, for a PostgreSQL without pg_dump. Its names lack the schema, so that it
 * can be loaded into another one.
 */
export async function dumpSchema(url: string, schema: string): Promise<string> {
  return withClient(url, schema, async (client) => {
    const tables = await column(
      client,
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = $1::regnamespace ORDER BY oid",
      [schema],
    );
    const parts: string[] = ["SET TIME ZONE 'UTC';"];
    for (const table of tables) parts.push(await definitionOf(client, table));
    for (const table of tables) parts.push(...(await insertsOf(client, table)));
    for (const table of tables) parts.push(...(await indexesOf(client, table)));
    return `${parts.join('\n')}\n`;
  });
}

/** Creates a schema from such a dump. */
export async function loadDump(url: string, schema: string, dump: string): Promise<void> {
  await withClient(url, undefined, async (client) => {
    await client.query(`CREATE SCHEMA "${schema}"`);
    await client.query(`SET search_path TO "${schema}"`);
    await client.query(dump);
  });
}

async function definitionOf(client: Client, table: string): Promise<string> {
  const columns = await column(
    client,
    `SELECT format('%I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN l.collname = 'C' THEN ' COLLATE "C"' ELSE '' END,
       CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END)
     FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [`"${table}"`],
  );
  const constraints = await column(
    client,
    `SELECT format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid, true))
     FROM pg_constraint WHERE conrelid = $1::regclass AND contype <> 'n' ORDER BY contype DESC`,
    [`"${table}"`],
  );
  return `CREATE TABLE "${table}" (\n  ${[...columns, ...constraints].join(',\n  ')}\n);`;
}

async function insertsOf(client: Client, table: string): Promise<string[]> {
  const names = await column(
    client,
    'SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum',
    [`"${table}"`],
  );
  const texts = names.map((name) => `"${name}"::text`).join(', ');
  const { rows } = await client.query<string[]>({
    text: `SELECT ${texts} FROM "${table}" ORDER BY 1, 2`,
    rowMode: 'array',
  });
  const list = names.map((name) => `"${name}"`).join(', ');
  return rows.map(
    (row) => `INSERT INTO "${table}" (${list}) VALUES (${row.map(literal).join(', ')});`,
  );
}

function literal(value: string | null): string {
  return value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`;
}

/** The indexes that no constraint creates. */
function indexesOf(client: Client, table: string): Promise<string[]> {
  return column(
    client,
    `SELECT pg_get_indexdef(indexrelid, 0, true) || ';' FROM pg_index
     WHERE indrelid = $1::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
     ORDER BY indexrelid`,
    [`"${table}"`],
  );
}

async function column(client: Client, text: string, values: readonly unknown[]): Promise<string[]> {
  const { rows } = await client.query<[string]>({ text, values: [...values], rowMode: 'array' });
  return rows.map(([value]) => value);
}

async function withClient<T>(
  url: string,
  schema: string | undefined,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client(url);
  await client.connect();
  try {
    if (schema !== undefined) await client.query(`SET search_path TO "${schema}"`);
    await client.query("SET TIME ZONE 'UTC'");
    return await use(client);
  } finally {
    await client.end();
  }
}
