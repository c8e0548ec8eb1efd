import type { Engine } from '../engine/engine.ts';
import { OpenEngine } from '../engine/open-engine.ts';
import { nouns, tablesOf } from './nouns.ts';

/**
 * Opens a store and closes it again, so that its engine brings the tables up to date as far as its
 * configuration allows (`migrate`, `onMigration`). No work that waits in the store is taken up.
 *
 * Throws what opening the engine throws.
 */
export async function migrateStore(engine: Engine): Promise<void> {
  const open = await OpenEngine.open(engine, tablesOf(nouns));
  await open.close();
}
