import { SkeinError } from '../../shared/error.ts';
import type { LevelDatabase } from './level-database.ts';
import type { LsmConfig } from './lsm-config.ts';

export type OpenDatabase = (location: LsmConfig['location']) => Promise<OpenedDatabase>;

export interface OpenedDatabase {
  readonly database: LevelDatabase;
  /** Throws while the disk takes no writes. */
  readonly probe?: () => Promise<void>;
}

/** Opens what the options name. Throws `unavailable`; then nothing is held. */
export const openDatabase: OpenDatabase = async (location) => {
  if ('path' in location) {
    const { openDirectory, probeDirectory } = await import('./level-directory.ts');
    return { database: await openDirectory(location), probe: () => probeDirectory(location.path) };
  }
  const { store } = location;
  try {
    await store.open(); // does nothing if it is open, and waits if it is about to be
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkeinError('unavailable', `The database cannot be opened: ${reason}`, { cause: error });
  }
  // Any abstract-level database has these methods; their types differ only in its own encodings, and the
  // engine names its encodings in every call.
  return { database: store as LevelDatabase };
};
