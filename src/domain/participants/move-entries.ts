import { newTask } from '../../records/new-task.ts';
import { put } from '../../records/records.ts';
import { participants, taskQueue, type TaskRow } from '../../records/tables.ts';
import { SkeinError } from '../../shared/error.ts';
import { isAgentId } from '../../shared/validate.ts';
import type { Core, Drafting } from '../base/core.ts';
import { writeIfThere } from '../forks/owe-forks.ts';
import { participantIn, entryOf, writeParticipant } from './participant-rows.ts';

const stepMax = 100;

/**
 * Gives a thread a mode with another bound. Its participants' entries move to the other list by a
 * promised task; until then a page reads them where they are. Throws `conflict` if a group has no
 * room for all who take part in a channel.
 */
export async function changeBound(drafting: Drafting, mode: string): Promise<void> {
  const { core, draft } = drafting;
  const joinedCount =
    mode === 'channel' ? undefined : await countJoined(core, draft.head.id, draft.head.ownerId);
  const most = core.limits.participantsMax;
  if ((joinedCount ?? 0) > most) {
    throw new SkeinError('conflict', `A group has at most ${most} participants.`);
  }
  draft.updateHead({ mode, joinedCount });
  const task = newTask(draft.nowMs, { kind: 'move-entries', threadId: draft.head.id });
  draft.put(put(taskQueue, task, null));
}

/** Counts to one beyond the bound at most. */
async function countJoined(core: Core, threadId: string, ownerId: string): Promise<number> {
  let count = 1; // the owner
  for await (const row of core.records.scanAll(participants, [threadId])) {
    if (row.state === 'joined' && row.userId !== ownerId) count++;
    if (count > core.limits.participantsMax) break;
  }
  return count;
}

/** The promised part, in steps: every participant's entry where its thread's mode wants it. */
export async function moveEntries(core: Core, { threadId }: TaskRow): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const rows = await core.records.scan(participants, {
      prefix: [threadId],
      limit: stepMax,
      ...(after !== undefined && { after: [after] }),
    });
    const userIds = rows.filter(({ state }) => state === 'joined').map(({ userId }) => userId);
    await writeIfThere(core, threadId, async (draft) => {
      for (const userId of userIds) {
        const row = await participantIn({ core, draft }, userId);
        if (row?.state !== 'joined' || isAgentId(userId)) continue;
        const entry = entryOf(draft.head, draft.nowMs);
        const isThere = (row.bigAt === undefined) === (entry.bigAt === undefined);
        if (!isThere) writeParticipant(draft, { ...row, ...entry }, row);
      }
    });
    after = rows.at(-1)?.userId;
    if (rows.length < stepMax) return;
  }
}
