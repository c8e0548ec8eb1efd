import { deletion, put } from '../../records/records.ts';
import { edges } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import type { StoredThreadId } from '../../shared/ids.ts';
import { mustStoredAddress } from '../access/authorize.ts';
import type { Core } from '../base/core.ts';
import { mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { edgeTypes, type EdgeUpdate, type NewEdge } from '../../api/edge.ts';

/**
 * Changes the type of a thread's own edges, all in one commit; their creator and time stay. If an
 * edge with the new type exists, the two become one. Edges that do not exist are skipped.
 */
export async function updateEdges(
  core: Core,
  threadId: string,
  updates: readonly EdgeUpdate[],
): Promise<void> {
  const thread = mustStoredAddress(threadId);
  mustBeFew(core, updates);
  for (const [i, update] of updates.entries()) {
    mustKnownKeys(update, updateKeys, `updates.${i}`);
    mustOneOf(edgeTypes, update.type, `updates.${i}.type`);
  }
  if (updates.length === 0) return;
  await core.writer.write(thread, async (draft) => {
    const { id } = draft.head;
    for (const { edge, type } of updates) {
      const row = await core.records.get(edges, keyOf(id, edge));
      if (row === undefined || row.type === type) continue;
      draft.delete(deletion(edges, keyOf(id, edge)));
      const twin = await core.records.get(edges, keyOf(id, { ...edge, type }));
      draft.put(put(edges, twin ?? { ...row, type }));
    }
  });
}

const updateKeys: ReadonlySet<string> = new Set<keyof EdgeUpdate>(['edge', 'type']);

/** Deletes a thread's own edges, all in one commit. Edges that do not exist are skipped. */
export async function deleteEdges(
  core: Core,
  threadId: string,
  keys: readonly NewEdge[],
): Promise<void> {
  const thread = mustStoredAddress(threadId);
  mustBeFew(core, keys);
  if (keys.length === 0) return;
  await core.writer.write(thread, (draft) => {
    for (const key of keys) draft.delete(deletion(edges, keyOf(draft.head.id, key)));
  });
}

function mustBeFew(core: Core, list: readonly unknown[]): void {
  if (!Array.isArray(list)) throw invalid('edges', 'must be an array');
  const { itemsPerRequestMax } = core.limits;
  if (list.length > itemsPerRequestMax) {
    throw invalid('edges', `must have at most ${itemsPerRequestMax} edges`);
  }
}

function keyOf(threadId: StoredThreadId, { fromItemId, toItemId, type }: NewEdge): string[] {
  return [threadId, fromItemId, toItemId, type];
}
