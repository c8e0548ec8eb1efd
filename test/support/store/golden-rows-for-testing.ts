import { MemoryLevel } from 'memory-level';
import { OpenEngine } from '../../../src/engine/open-engine.ts';
import { lsm } from '../../../src/engines/lsm/lsm-engine.ts';
import type { Engine, Row } from '../../../src/engine/engine.ts';
import { allTables } from '../../../src/records/all-tables.ts';
import { Records } from '../../../src/records/records.ts';
import { readSaved } from '../../golden/load-golden.ts';

/**
 * A memory store with rows in every table: those of a golden store, with its waiting tasks. Each
 * call of the result returns a new engine on the same data.
 */
export async function goldenInMemory(): Promise<() => Engine> {
  const { rows } = await readSaved('lsm');
  const store = new MemoryLevel();
  const reopen = (): Engine => lsm({ store });
  await withRecords(reopen(), async (records) => {
    for (const table of allTables) {
      await records.commit({ puts: (rows[table.name] ?? []).map((row) => ({ table, row })) });
    }
  });
  return reopen;
}

export async function withRecords<T>(
  engine: Engine,
  run: (records: Records) => Promise<T>,
): Promise<T> {
  const open = await OpenEngine.open(engine, allTables);
  try {
    return await run(new Records(open));
  } finally {
    await open.close();
  }
}

/** Every row of every table, by the table's name. */
export function snapshotOf(engine: Engine): Promise<Record<string, readonly Row[]>> {
  return withRecords(engine, async (records) => {
    const rows: Record<string, Row[]> = {};
    for (const table of allTables) {
      const ofTable: Row[] = (rows[table.name] = []);
      for await (const row of records.scanTable(table)) ofTable.push(row as Row); // of an engine
    }
    return rows;
  });
}
