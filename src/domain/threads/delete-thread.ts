/**
 * Deletes a thread. One commit turns the head into a tombstone, removes the thread from every list
 * and promises a task: from then on it cannot be read, and no late write can revive it. The task
 * copies what forks and copies inherit into them, then deletes the rows in bounded steps; after a
 * crash it is resumed.
 */
import type { ThreadIdText } from '../../shared/ids.ts';
import { authorize, mustTarget, mustUserId } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { eraseThread } from '../head/erase-thread.ts';
import { takeOut } from '../participants/join-and-leave.ts';
import { mustMatchVersion } from '../requests/must-match-version.ts';

/**
 * See `ThreadsApi.delete`. Resolves when no caller sees the thread any more; its rows follow. A
 * direct thread is deleted when both people have deleted it: until then it is hidden for one.
 */
export async function deleteThread(
  reading: Reading,
  threadId: ThreadIdText,
  ifVersion?: number,
): Promise<void> {
  const { core } = reading;
  await core.writer.write(mustTarget(reading, threadId), async (draft) => {
    const writing = await authorize({ ...reading, draft }, 'delete');
    mustMatchVersion(draft.head, ifVersion);
    if (draft.head.otherId === undefined) await eraseThread(writing);
    else await takeOut(writing, mustUserId(writing.principal));
  });
}
