import { publicThreadId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { copyJson } from '../../shared/json.ts';
import { shownVersion } from '../../records/change-mark.ts';
import type { ThreadRow } from '../../records/tables.ts';
import type { Role } from '../../api/item.ts';
import type { Thread, ThreadMode, ThreadVisibility, TitleSource } from '../../api/thread.ts';

/** A head as callers see it. */
export function presentThread(head: ThreadRow): Thread {
  const { forkedThreadId, forkedItemId } = head;
  return {
    id: publicThreadId(head.id),
    projectId: head.projectId,
    ownerId: head.ownerId,
    // Validation checked these before they were stored.
    mode: head.mode as ThreadMode,
    ...(head.scopeType !== undefined && { scopeType: head.scopeType }),
    ...(head.scopeId !== undefined && { scopeId: head.scopeId }),
    title: head.title,
    // As the mode.
    titleSource: head.titleSource as TitleSource,
    visibility: head.visibility as ThreadVisibility,
    // Heads may be cached, so a caller gets its own copy.
    metadata: copyJson(head.metadata),
    tags: [...head.tags],
    ...(head.archivedAt !== undefined && { archivedAt: isoTime(head.archivedAt) }),
    createdAt: isoTime(head.createdAt),
    updatedAt: isoTime(head.updatedAt),
    version: shownVersion(head),
    itemCount: head.itemCount,
    ...(head.offeredTo !== undefined && { offeredTo: head.offeredTo }),
    lastItemId: head.lastItemId ?? null,
    lastPreview: head.lastPreview,
    lastRole: (head.lastRole as Role | undefined) ?? null, // as the mode
    ...(forkedThreadId !== undefined &&
      forkedItemId !== undefined && {
        forkedFrom: { threadId: publicThreadId(forkedThreadId), itemId: forkedItemId },
      }),
  };
}
