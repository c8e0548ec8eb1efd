import type { Stretch } from '../base/hooks.ts';
import { publicThreadId, type StoredThreadId } from '../../shared/ids.ts';
import { edges, type EdgeRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import type { Edge } from '../../api/edge.ts';
import { isoTime } from '../../shared/iso-time.ts';

export type EdgeEnds = Pick<EdgeRow, 'fromItemId' | 'toItemId' | 'type'>;

/** Finds the edge in the stretches that contained both of its ends at the fork. */
export async function findEdgeIn(
  core: Core,
  stretches: readonly Stretch[],
  { fromItemId, toItemId, type }: EdgeEnds,
): Promise<EdgeRow | undefined> {
  for (const stretch of stretches) {
    if (!isInStretch(stretch, { fromItemId, toItemId })) continue;
    const found = await core.records.get(edges, [stretch.threadId, fromItemId, toItemId, type]);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function isInStretch(
  { through }: Stretch,
  { fromItemId, toItemId }: Pick<EdgeEnds, 'fromItemId' | 'toItemId'>,
): boolean {
  return through === undefined || (fromItemId <= through && toItemId <= through);
}

export function presentEdge(row: EdgeRow, threadId: StoredThreadId): Edge {
  return {
    threadId: publicThreadId(threadId),
    fromItemId: row.fromItemId,
    toItemId: row.toItemId,
    type: row.type as Edge['type'], // createEdges validated it before it was stored
    requestId: row.requestId,
    createdAt: isoTime(row.createdAt),
  };
}
