import { expectAbsent, put, type Records } from '../records/records.ts';
import { stores } from '../records/tables.ts';
import { ConflictError, SkeinError } from '../shared/error.ts';

/** The id of the only row in `stores`. */
export const ownId = 'store';

/**
 * The id of this store, by which it tells its live cursors from those of the store that it is a
 * copy of. Made when a store is opened for the first time; `undefined` if it cannot be written.
 */
export async function readIncarnation(records: Records): Promise<string | undefined> {
  for (;;) {
    const row = await records.get(stores, [ownId]);
    if (row !== undefined) return row.incarnation;
    const made = { id: ownId, incarnation: crypto.randomUUID() };
    try {
      await records.commit({
        puts: [put(stores, made, null)],
        expects: [expectAbsent(stores, [ownId])],
      });
      return made.incarnation;
    } catch (error) {
      if (error instanceof ConflictError) continue; // another process has opened it, too
      if (error instanceof SkeinError && error.code === 'unavailable') return undefined;
      throw error;
    }
  }
}
