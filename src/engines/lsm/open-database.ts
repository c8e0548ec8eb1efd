import { SkeinError } from '../../shared/error.ts';
import type { LevelDatabase, OpenedDatabase } from './level-database.ts';
import type { LsmConfig } from './lsm-config.ts';

export type OpenDatabase = (location: LsmConfig['location']) => Promise<OpenedDatabase>;

/** Opens the database that the options name. Holds nothing if it throws `unavailable`. */
export const openDatabase: OpenDatabase = async (location) => {
  if ('path' in location) {
    const { openDirectory } = await import('./level-directory.ts');
    return openDirectory(location);
  }
  const { store } = location;
  if (storesInUse.has(store)) {
    throw new SkeinError('unavailable', 'The database is in use by another store of this process.');
  }
  storesInUse.add(store);
  try {
    await store.open(); // does nothing if it is open, and waits if it is opening
  } catch (error) {
    storesInUse.delete(store);
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkeinError('unavailable', `The database cannot be opened: ${reason}`, {
      cause: error,
    });
  }
  // Any abstract-level database has these methods. Its types differ only in the encodings, and the
  // engine states its encodings in every call.
  return { database: store as LevelDatabase, release: () => storesInUse.delete(store) };
};

/** Two engines on one database would each assume that no other one changes it. */
const storesInUse = new WeakSet<object>();
