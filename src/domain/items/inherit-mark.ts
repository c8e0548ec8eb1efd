import { runs, type ItemRow, type RunRow } from '../../records/tables.ts';
import type { ItemContent } from '../../records/thread-draft.ts';
import type { ItemId } from '../../shared/ids.ts';
import { isAgentId } from '../../shared/validate.ts';
import { isConfidential } from '../access/may-derive.ts';
import type { Drafting } from '../base/core.ts';
import { decideMark } from '../log/decide-marks.ts';
import { findInDraft } from '../log/draft-items.ts';

/** Whether a mark may come from elsewhere: from what an item answers, or from its run. */
export function mayInheritMark({ role, runId, parentId }: ItemContent): boolean {
  return role !== 'user' && (runId ?? parentId) !== undefined;
}

/**
 * What answers something private, or is a step on the way to such an answer, has seen it: it is
 * marked, and read by the user that it answers, no matter who appends it.
 */
export async function inheritMark(drafting: Drafting, content: ItemContent): Promise<ItemContent> {
  if (content.private || !mayInheritMark(content)) return content;
  const source = await findConfidential(drafting, content);
  return source === undefined ? content : withMark(content, source);
}

/**
 * A revision is as private as its original, and marked where what it revises is: `replaced`. An
 * answer to something private that stands in the place of one for everybody is marked instead.
 */
export async function markRevision(
  drafting: Drafting,
  content: ItemContent,
  replaced: readonly ItemRow[],
): Promise<ItemContent> {
  if (content.private && content.role !== 'user') return { ...content, sawPrivate: true };
  for (const row of replaced) {
    const decided = await decideMark(drafting.core, drafting.draft.head, row);
    if (decided.sawPrivate) return withMark(content, decided);
  }
  return inheritMark(drafting, content);
}

/** An agent reads nothing that is marked: what it says so is for whom it answers. */
function withMark(content: ItemContent, { authorId }: ItemRow): ItemContent {
  const own = content.authorId;
  const isKept = own !== undefined && !isAgentId(own);
  return { ...content, sawPrivate: true, authorId: isKept ? own : authorId };
}

async function findConfidential(
  drafting: Drafting,
  { parentId, runId }: ItemContent,
): Promise<ItemRow | undefined> {
  const run = runId === undefined ? undefined : await findRun(drafting, runId);
  for (const id of new Set([parentId, run?.inputItemId, run?.replacesId])) {
    const row = id === undefined ? undefined : await findDecided(drafting, id);
    if (row && isConfidential(row)) return row;
  }
  return undefined;
}

async function findDecided(drafting: Drafting, id: ItemId): Promise<ItemRow | undefined> {
  const row = await findInDraft(drafting, id);
  return row && decideMark(drafting.core, drafting.draft.head, row);
}

/** A run of this thread; hosts name runs of their own as they like. */
async function findRun({ core, draft }: Drafting, id: string): Promise<RunRow | undefined> {
  const key = [draft.head.id, id];
  const written = draft.findVersioned(runs, key);
  return written ? written.row : core.records.get(runs, key);
}
