import { backOff, type Backoff } from '../../shared/backoff.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import type { ThreadId } from '../../shared/ids.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { Operation } from '../../records/thread-writer.ts';
import { authorize, mustThreadId, mustUserId } from '../access/authorize.ts';
import type { Core, Reading, Writing } from '../base/core.ts';
import { newThreadDraft } from '../threads/create-thread.ts';
import { prepareThread } from '../threads/prepare-thread.ts';

/**
 * Runs an operation on a thread, which it makes for the caller where there is none, in one commit with what
 * the operation does. A deleted thread is not made again.
 */
export async function writeOrCreate<T>(
  reading: Reading,
  threadId: string,
  operation: Operation<T>,
  weight: number,
): Promise<T> {
  const { core } = reading;
  const id = mustThreadId(threadId);
  let wasThere = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await core.writer.write(id, operation, weight);
    } catch (error) {
      if (!(error instanceof SkeinError) || error.code !== 'not_found') throw error;
      const head = await core.writer.head(id);
      const isAlive = head !== undefined && head.deletedAt === undefined;
      // A thread that was there before the write is not the caller's; another was made just now.
      if (head !== undefined && (wasThere || !isAlive)) throw taken(head, error);
      wasThere = isAlive;
      if (isAlive) continue;
    }
    try {
      return await create(reading, id, operation);
    } catch (error) {
      // Another caller has made it meanwhile: then it is there to be written to, as soon as that
      // caller's commit has reached the disk.
      const mayRetry = error instanceof ConflictError && (await backOff(attempt, untilItIsThere));
      if (!mayRetry) throw error;
    }
  }
}

const untilItIsThere: Backoff = { firstMs: 2, maxMs: 250, attemptsMax: 8 };

export async function mustBeFree(core: Core, id: ThreadId): Promise<void> {
  const head = await core.writer.head(id);
  if (head !== undefined) throw taken(head);
}

/** A thread that the caller may not know of is as absent as one that is not there, but its id is taken. */
function taken({ id, deletedAt }: ThreadRow, cause?: SkeinError): SkeinError {
  const reason =
    deletedAt === undefined
      ? `The thread id ${id} is in use, or was; choose another.`
      : `The thread ${id} was deleted; nothing is written to it any more.`;
  return new SkeinError('conflict', reason, { cause });
}

async function create<T>(
  { core, principal }: Reading,
  id: ThreadId,
  operation: Operation<T>,
): Promise<T> {
  const content = prepareThread(core.limits, {});
  const draft = newThreadDraft(core, principal.projectId, mustUserId(principal), id, content);
  const answer = await operation(draft);
  await core.records.commit(draft.toCommit());
  return answer;
}

/** Those who may read all of a thread and write to it may keep its checkpoints. */
export async function authorizeWrite(writing: Writing): Promise<void> {
  const { draft } = writing;
  await authorize(writing, 'readLog', draft.head);
  await authorize(writing, 'append', draft.head);
}
