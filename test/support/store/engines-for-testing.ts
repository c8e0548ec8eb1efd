import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryLevel } from 'memory-level';
import type { Engine } from '../../../src/engine/engine.ts';
import { faultEngine, type FaultEngine } from '../../../src/engine/fault/fault-engine.ts';
import { isEngineChosen } from '../engine/chosen-engines-for-testing.ts';
import type { EnginePlace } from '../engine/engine-in-place-for-testing.ts';
import { lsm } from '../../../src/engines/lsm/index.ts';
import { memory } from '../../../src/engines/memory/index.ts';
import { postgres } from '../../../src/engines/postgres/index.ts';
import { schemaForTesting } from '../engines/postgres/database-for-testing.ts';
import { sqlite } from '../../../src/engines/sqlite/index.ts';

const places: readonly (readonly [
  engine: string,
  name: string,
  create: () => Promise<EnginePlace>,
])[] = [
  ['memory', 'memory', () => Promise.resolve(placeOf(memory()))],
  ['apart', 'partitions apart', () => Promise.resolve(placeOf(apartForTesting()))],
  ['lsm', 'lsm in memory', () => Promise.resolve(inMemoryLevel())],
  ['lsm', 'lsm on disk', () => inFolder((path) => lsm({ path }))],
  ['sqlite', 'sqlite', inSqliteFile],
  ['postgres', 'postgres', inPostgresSchema],
];

/** Places for every engine that this test run has chosen. */
export const enginePlaces: readonly (readonly [
  name: string,
  create: () => Promise<EnginePlace>,
])[] = places
  .filter(([engine]) => isEngineChosen(engine))
  .map(([, name, create]) => [name, create]);

/** The rows live as long as the engine. */
function placeOf(engine: Engine): EnginePlace {
  return { open: () => engine, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** In memory, and no more atomic than an engine whose partitions are on several machines. */
export function apartForTesting(): FaultEngine {
  return faultEngine(memory(), {}, { partitionsApart: true });
}

function inMemoryLevel(): EnginePlace {
  const store = new MemoryLevel<string, string>({ storeEncoding: 'view' });
  return { open: () => lsm({ store }), [Symbol.asyncDispose]: () => store.close() };
}

export function inSqliteFile(): Promise<EnginePlace> {
  return inFolder((folder) => sqlite({ path: join(folder, 'skein.db') }));
}

/** Few connections, since many tests share one server. */
export async function inPostgresSchema(): Promise<EnginePlace> {
  const { url, schema, [Symbol.asyncDispose]: drop } = await schemaForTesting();
  return {
    open: () => postgres({ url, schema, connectionsMax: 4 }),
    [Symbol.asyncDispose]: drop,
  };
}

async function inFolder(open: (folder: string) => Engine): Promise<EnginePlace> {
  const folder = await mkdtemp(join(tmpdir(), 'skein-'));
  return {
    open: () => open(folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
