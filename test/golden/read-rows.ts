import { createStore } from 'skein';
import type { Engine, Key, Row, Table } from 'skein/engine';
import { memory } from 'skein/engines/memory';

/** The rows of a store by table, as the engine returns them. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** The tables that this version declares, which only its engine gets to see. */
export async function declaredTables(): Promise<readonly Table[]> {
  const engine = memory();
  const open = engine.open.bind(engine);
  let declared: readonly Table[] = [];
  engine.open = (tables) => {
    declared = tables;
    return open(tables);
  };
  const store = await createStore({ engine });
  await store.close();
  return declared;
}

/** Reads a store directly, without `createStore`. */
export async function readRows(engine: Engine, tables: readonly Table[]): Promise<Rows> {
  await engine.open(tables);
  try {
    const rows: Record<string, Row[]> = {};
    for (const table of tables) rows[table.name] = await scanAll(engine, table);
    return rows;
  } finally {
    await engine.close();
  }
}

/** All rows of a table in an open engine. */
export async function scanAll(engine: Engine, table: Table): Promise<Row[]> {
  const rows: Row[] = [];
  let after: Key | undefined;
  for (;;) {
    const page = await engine.scan({ table, prefix: [], limit: 1000, ...(after && { after }) });
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < 1000) return rows;
    after = table.key.map((column) => last[column] as string); // of a key
  }
}
