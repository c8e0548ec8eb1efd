import { notFound } from '../../shared/error.ts';
import { mustThreadId } from '../access/authorize.ts';
import type { Core } from '../base/core.ts';
import { presentThread } from '../base/present-thread.ts';
import type { Thread } from '../../api/thread.ts';

/** A thread for the operator: access rules do not apply. Throws `not_found`. */
export async function getAnyThread(core: Core, threadId: string): Promise<Thread> {
  const head = await core.writer.head(mustThreadId(threadId));
  if (head === undefined || head.deletedAt !== undefined) throw notFound('The thread');
  return presentThread(head);
}
