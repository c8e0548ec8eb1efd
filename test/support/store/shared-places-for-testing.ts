import { memory } from '../../../src/engines/memory/index.ts';
import { isEngineChosen } from '../engine/chosen-engines-for-testing.ts';
import type { EnginePlace } from '../engine/engine-in-place-for-testing.ts';
import { inPostgresSchema, inSqliteFile } from './engines-for-testing.ts';
import { shareEngineForTesting } from './shared-engine-for-testing.ts';

const places: readonly (readonly [
  name: string,
  engine: string,
  create: () => Promise<EnginePlace>,
])[] = [
  ['memory, without hints', 'memory', sharedMemory],
  ['sqlite', 'sqlite', inSqliteFile],
  ['postgres', 'postgres', inPostgresSchema],
];

/** Places that several processes may have open at once, for the engines chosen for this run. */
export const sharedPlaces: readonly (readonly [
  name: string,
  create: () => Promise<EnginePlace>,
])[] = places
  .filter(([, engine]) => isEngineChosen(engine))
  .map(([name, , create]) => [name, create]);

function sharedMemory(): Promise<EnginePlace> {
  const open = shareEngineForTesting(memory());
  return Promise.resolve({ open, [Symbol.asyncDispose]: () => Promise.resolve() });
}
