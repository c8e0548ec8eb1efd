import { afterLostRace, backOff } from './backoff.ts';
import { ConflictError } from './error.ts';

/**
 * Does a step again, after a short wait, for as long as another process wins. Throws the last
 * `ConflictError` when that goes on for about 0.8 s.
 *
 * @example
 * await retryConflicts(async () => {
 *   const row = await records.get(table, key);
 *   const expects = [expectVersion(table, key, row.version)];
 *   await records.commit({ puts: [put(table, change(row), row)], expects });
 * });
 */
export async function retryConflicts<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      const isLost = error instanceof ConflictError;
      if (!isLost || !(await backOff(attempt, afterLostRace))) throw error;
    }
  }
}
