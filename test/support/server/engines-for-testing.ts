import { MemoryLevel } from 'memory-level';
import type { Engine } from '../../../src/engine/engine.ts';
import { isEngineChosen } from '../engine/chosen-engines-for-testing.ts';
import { engineInPlaceForTesting } from '../engine/engine-in-place-for-testing.ts';
import { lsm } from '../../../src/engines/lsm/index.ts';
import { memory } from '../../../src/engines/memory/index.ts';
import { inPostgresSchema, inSqliteFile } from '../store/engines-for-testing.ts';

const sqlCapabilities = { durable: true, atomicAcrossPartitions: true, shared: true };

const engines: readonly (readonly [engine: string, name: string, create: () => Engine])[] = [
  ['memory', 'memory', () => memory()],
  ['lsm', 'lsm over memory-level', () => lsm({ store: new MemoryLevel() })],
  ['sqlite', 'sqlite', () => engineInPlaceForTesting('sqlite', sqlCapabilities, inSqliteFile)],
  [
    'postgres',
    'postgres',
    () => engineInPlaceForTesting('postgres', sqlCapabilities, inPostgresSchema),
  ],
];

/** The engines that the HTTP suite runs on in this test run: a new, empty one each time. */
export const enginesForTesting: readonly (readonly [name: string, create: () => Engine])[] = engines
  .filter(([engine]) => isEngineChosen(engine))
  .map(([, name, create]) => [name, create]);
