import { deletion } from '../../records/records.ts';
import { asks } from '../../records/tables.ts';
import { isAgentId } from '../../shared/validate.ts';
import type { Drafting } from '../base/core.ts';
import { finishInDraft } from '../runs/finish-run.ts';
import { findRunsBy } from '../runs/run-rows.ts';

/**
 * Called when a participant may write no more. An agent stops in mid-word, with what people have
 * seen, and is not asked any more.
 */
export async function silenceAgent(drafting: Drafting, userId: string): Promise<void> {
  if (!isAgentId(userId)) return;
  const { core, draft } = drafting;
  for (const run of await findRunsBy(drafting, ['queued', 'running', 'interrupted'])) {
    if (run.authorId === userId) await finishInDraft(drafting, run, { status: 'cancelled' });
  }
  // What is beyond this step is dropped when its turn comes.
  const prefix = [draft.head.id, userId];
  for (const row of await core.records.scan(asks, { prefix, limit: 100 })) {
    draft.delete(deletion(asks, [row.threadId, row.agentId, row.itemId], row));
  }
}
