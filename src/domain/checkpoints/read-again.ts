import type { Records } from '../../records/records.ts';
import type { CheckpointLogRow } from '../../records/tables.ts';
import { readLog } from './checkpoint-log.ts';
import { MissingElementError } from './read-elements.ts';

const attemptsMax = 5;

/** Retries a read that hit a deleted element: the next read no longer refers to it. */
export async function readAgain<T>(read: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read(attempt);
    } catch (error) {
      if (!(error instanceof MissingElementError) || attempt === attemptsMax) throw error;
    }
  }
}

/**
 * Reads what a thread has and what it shares; `undefined` if it has no log. If the other thread is
 * deleted, what is shared becomes the thread's own, and a read at that moment may find it in
 * neither place.
 */
export async function readShared<T>(
  records: Records,
  open: () => Promise<CheckpointLogRow | undefined>,
  read: (log: CheckpointLogRow, attempt: number) => Promise<T>,
): Promise<T | undefined> {
  return readAgain(async (attempt) => {
    const log = await open();
    if (log === undefined) return undefined;
    const answer = await read(log, attempt);
    if (log.lineage === undefined) return answer;
    const now = await readLog(records, log.threadId);
    if (namesOf(now) === namesOf(log)) return answer;
    throw new MissingElementError(`the lineage of ${log.threadId}`);
  });
}

function namesOf(log: CheckpointLogRow | undefined): string {
  return JSON.stringify(log?.lineage?.map(({ threadId }) => threadId) ?? []);
}
