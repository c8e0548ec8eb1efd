import type { Records } from '../../records/records.ts';
import { copies } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';

/** The id of the only row in `copies`: a store receives one copy at a time. */
export const copyId = 'incoming';

/**
 * Throws `unavailable` for an unfinished copy of another store, in which anything may be missing.
 */
export async function mustBeWhole(records: Records): Promise<void> {
  const copy = await records.get(copies, [copyId]);
  if (copy === undefined || copy.finishedAt !== undefined) return;
  throw new SkeinError(
    'unavailable',
    `The store is an unfinished copy of ${copy.source}: finish it with \`skein copy\` before you use it.`,
  );
}
