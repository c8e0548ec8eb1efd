import type { Column, Engine, Row, Scalar, Table, Value } from '../../../src/engine/engine.ts';
import { seededRandom, type SeededRandom } from '../../../src/engine/fault/seeded-random.ts';
import { OpenEngine } from '../../../src/engine/open-engine.ts';
import { Records } from '../../../src/records/records.ts';
import { allTables } from '../../../src/records/all-tables.ts';
import { copies, stores } from '../../../src/records/tables.ts';

/** Every table except those about one store alone. */
const copiedTables: readonly Table[] = allTables.filter(
  (table) => table !== copies && table !== stores,
);

/** All rows of a store, by table. */
export async function readAllRows(engine: Engine): Promise<Record<string, Row[]>> {
  const open = await OpenEngine.open(engine, allTables);
  try {
    const all: Record<string, Row[]> = {};
    for (const table of copiedTables) {
      all[table.name] = [];
      // Page by page, as every engine returns them.
      for await (const row of new Records(open).scanTable(table)) {
        all[table.name]!.push(row as Row); // read from the engine
      }
    }
    return all;
  } finally {
    await open.close();
  }
}

/**
 * Puts rows into every declared table of a store, with values that are hard to store. It covers
 * tables that are added later, too. `rowsOf` gives the number per table.
 */
export async function fillWithRows(
  engine: Engine,
  seed: number,
  rowsOf: (table: Table) => number,
): Promise<void> {
  const random = seededRandom(seed);
  const open = await OpenEngine.open(engine, allTables);
  const stored = new Map<string, Row[]>();
  try {
    const waiting = [...copiedTables];
    while (waiting.length > 0) {
      const table = waiting.shift()!; // it is not empty
      const isDeclared = copiedTables.some(({ name }) => name === table.parent);
      if (table.parent !== undefined && isDeclared && !stored.has(table.parent)) {
        waiting.push(table);
        continue;
      }
      const owners = table.parent === undefined ? undefined : stored.get(table.parent);
      const rows = Array.from({ length: rowsOf(table) }, () => randomRow(table, owners, random));
      for (let i = 0; i < rows.length; i += 100) {
        await open.commit({ puts: rows.slice(i, i + 100).map((row) => ({ table, row })) });
      }
      stored.set(table.name, rows);
    }
  } finally {
    await open.close();
  }
}

function randomRow(table: Table, owners: readonly Row[] | undefined, random: SeededRandom): Row {
  const row: Record<string, Value> = {};
  for (const [name, column] of Object.entries(table.columns)) {
    if (column.optional && random.chance(0.5)) continue;
    row[name] = randomValue(column, random);
  }
  if (owners) {
    const owner = random.pick(owners);
    // `owners` are rows of the parent.
    const { key } = copiedTables.find(({ name }) => name === table.parent)!;
    // Key columns hold scalars.
    for (const [i, column] of key.entries()) row[table.key[i]!] = owner[column] as Scalar;
  }
  return row;
}

function randomValue({ type }: Column, random: SeededRandom): Value {
  switch (type) {
    case 'string':
      return random.pick(strings) + String(random.below(1e6));
    case 'int':
      return random.chance(0.1) ? random.pick(ints) : random.below(1e6);
    case 'number':
      return random.fraction() * 10 ** (random.below(40) - 20);
    case 'boolean':
      return random.chance(0.5);
    case 'timestamp':
      return random.pick([0, 1, -1, 253_402_300_800_001, 1_763_683_200_123 + random.below(1e9)]);
    case 'json':
      return random.pick<Value>([
        null,
        [],
        {},
        { z: 1, a: { b: [null, -0.5, 1e300] }, 'ü\u0000': '\ud800 \u0000 🧵', 10: 'x', 9: 'y' },
        [{ type: 'text', text: `text ${random.below(1e6)}` }],
        'text',
        random.below(1e6),
      ]);
  }
}

/** The last two sort differently in UTF-8 and in UTF-16. */
const strings = ['a', 'A', '', ' ', 'é', 'a\u0000b', '"\\\'', '\uffee', '🧵'];
const ints = [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
