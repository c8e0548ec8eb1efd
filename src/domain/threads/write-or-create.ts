import { backOff, type Backoff } from '../../shared/backoff.ts';
import { ConflictError, SkeinError } from '../../shared/error.ts';
import {
  idOfAddress,
  publicThreadId,
  type ThreadAddress,
  type ThreadIdText,
} from '../../shared/ids.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { DraftOperation } from '../../records/thread-writer.ts';
import { mustTarget, mustUserId } from '../access/authorize.ts';
import type { Core, Reading } from '../base/core.ts';
import { newThreadDraft } from './create-thread.ts';
import { prepareThread } from './prepare-thread.ts';

/**
 * Runs an operation on a thread, creating the thread for the caller if necessary, in one commit. A
 * deleted thread is not created again.
 */
export async function writeOrCreate<T>(
  reading: Reading,
  threadId: ThreadIdText,
  operation: DraftOperation<T>,
  weight: number,
): Promise<T> {
  const thread = mustTarget(reading, threadId);
  for (let attempt = 1; ; attempt++) {
    const written = await writeIfThere(reading.core, thread, operation, weight);
    if (written) return written.answer;
    try {
      return await create(reading, thread, operation);
    } catch (error) {
      // Another caller created it: it can be written to once that caller's commit is durable.
      const mayRetry = error instanceof ConflictError && (await backOff(attempt, untilItIsThere));
      if (!mayRetry) throw error;
    }
  }
}

const untilItIsThere: Backoff = { firstMs: 2, maxMs: 250, attemptsMax: 8 };

/**
 * `undefined` if there is no thread. A thread that is hidden from the caller exists all the same.
 */
async function writeIfThere<T>(
  { writer }: Core,
  thread: ThreadAddress,
  operation: DraftOperation<T>,
  weight: number,
): Promise<{ readonly answer: T } | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { answer: await writer.write(thread, operation, weight) };
    } catch (error) {
      if (!(error instanceof SkeinError) || error.code !== 'not_found') throw error;
      const head = await writer.head(thread);
      if (head === undefined) return undefined;
      // A living thread may just have been created: only on the second attempt it belongs to
      // another user.
      if (head.deletedAt !== undefined || attempt === 2) throw taken(head, error);
    }
  }
}

async function create<T>(
  { core, principal }: Reading,
  thread: ThreadAddress,
  operation: DraftOperation<T>,
): Promise<T> {
  const owner = { projectId: principal.projectId, ownerId: mustUserId(principal) };
  const draft = newThreadDraft(core, owner, idOfAddress(thread), prepareThread(core.limits, {}));
  const answer = await operation(draft);
  await core.writer.create(draft);
  return answer;
}

export async function mustBeUnusedId(core: Core, thread: ThreadAddress): Promise<void> {
  const head = await core.writer.head(thread);
  if (head !== undefined) throw taken(head);
}

/** A thread that the caller may not know of looks absent, but its id is taken. */
function taken({ id, deletedAt }: ThreadRow, cause?: SkeinError): SkeinError {
  const name = publicThreadId(id);
  const reason =
    deletedAt === undefined
      ? `The thread id ${name} is or was in use; choose another.`
      : `The thread ${name} was deleted; nothing is written to it any more.`;
  return new SkeinError('conflict', reason, { cause });
}
