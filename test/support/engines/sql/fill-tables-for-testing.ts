import type { Row, Table, Value } from '../../../../src/engine/engine.ts';
import type { OpenEngine } from '../../../../src/engine/open-engine.ts';
import { allTables } from '../../../../src/records/all-tables.ts';
import { threads } from '../../../../src/records/tables.ts';

const rowsPerTable = 2000;
const distinctPartitions = 8;

/**
 * Puts a few thousand rows into every table of the store, spread over some partitions, with every
 * optional column present in most rows. Owners come first.
 */
export async function fillTablesForTesting(engine: OpenEngine): Promise<void> {
  const others = allTables.filter((table) => table !== threads);
  for (const table of [threads, ...others]) {
    const rows = Array.from({ length: rowsPerTable }, (_, i) => rowFor(table, i));
    for (let i = 0; i < rows.length; i += 500) {
      await engine.commit({ puts: rows.slice(i, i + 500).map((row) => ({ table, row })) });
    }
  }
}

function rowFor(table: Table, i: number): Row {
  const row: Record<string, Value> = {};
  for (const [name, { type, optional }] of Object.entries(table.columns)) {
    const isOwner = table.parent !== undefined && name === table.key[0];
    if (optional && i % 5 === 0) continue;
    // Owners and list positions repeat; the last column of a key never does. Every value occurs
    // within an owner.
    const turn = isOwner ? i : Math.floor(i / distinctPartitions);
    const number = name === table.key.at(-1) ? i : turn % distinctPartitions;
    if (isOwner) row[name] = `id ${i % distinctPartitions}`;
    else if (type === 'string') row[name] = `${name} ${number}`;
    else if (type === 'boolean') row[name] = number % 2 === 0;
    else if (type === 'json') row[name] = { number };
    else row[name] = number;
  }
  return row;
}
