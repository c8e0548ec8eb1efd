import type { Engine } from '../engine/engine.ts';
import { OpenEngine } from '../engine/open-engine.ts';
import { allNouns, tablesOf } from './nouns.ts';

/**
 * Opens and closes a store, so that its engine migrates the tables as far as its configuration
 * allows (`migrate`, `onMigration`). Tasks waiting in the store are not started.
 *
 * Throws what opening the engine throws.
 */
export async function migrateStore(engine: Engine): Promise<void> {
  const open = await OpenEngine.open(engine, tablesOf(allNouns));
  await open.close();
}
