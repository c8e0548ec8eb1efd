import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from 'skein/engine';
import { memory } from 'skein/engines/memory';
import { schemaForTesting } from '../support/engines/postgres/database-for-testing.ts';
import type { SavedReading } from './golden-store.ts';
import { openGolden } from './open-golden.ts';
import { declaredTables } from './read-rows.ts';

const folder = fileURLToPath(new URL('stores', import.meta.url));

/** A copy of a golden store that a test may change. */
interface GoldenCopy extends AsyncDisposable {
  /** A new engine on the copy, not yet opened. */
  engine(): Engine;
}

/** What was read from a golden store. The memory engine uses the rows of `lsm`. */
export async function readSaved(engine: string): Promise<SavedReading> {
  const name = engine === 'memory' ? 'lsm' : engine;
  // `make-stores.ts` has written it in this form.
  return JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as SavedReading;
}

export function copyGolden(name: string): Promise<GoldenCopy> {
  if (name === 'memory') return loadIntoMemory();
  return name === 'postgres' ? loadIntoSchema() : copyFolder(name);
}

/** A memory engine keeps its rows when it is closed and reopened. */
async function loadIntoMemory(): Promise<GoldenCopy> {
  const engine = memory();
  const tables = await declaredTables();
  const { rows } = await readSaved('memory');
  await engine.open(tables);
  for (const table of tables) {
    for (const row of rows[table.name] ?? []) await engine.commit({ puts: [{ table, row }] });
  }
  await engine.close();
  return { engine: () => engine, [Symbol.asyncDispose]: () => Promise.resolve() };
}

async function copyFolder(name: string): Promise<GoldenCopy> {
  const place = await mkdtemp(join(tmpdir(), 'skein-'));
  await cp(join(folder, name), place, { recursive: true });
  return {
    engine: () => openGolden(name, place),
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

/** The names in the dump are without a schema. */
async function loadIntoSchema(): Promise<GoldenCopy> {
  const { url, schema, query, [Symbol.asyncDispose]: drop } = await schemaForTesting();
  await query(`CREATE SCHEMA "${schema}"`);
  await query(`SET search_path TO "${schema}"`);
  await query(await readFile(join(folder, 'postgres', 'dump.sql'), 'utf8'));
  return { engine: () => openGolden('postgres', `${url} ${schema}`), [Symbol.asyncDispose]: drop };
}
