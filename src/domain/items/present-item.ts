import type { ChangeRow, ItemRow } from '../../records/tables.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import type { Change, ChangeType, Item, ItemVisibility, Role } from '../../api/item.ts';

/** A row as callers see it through thread `threadId`. */
export function presentItem(row: ItemRow, threadId: ThreadId): Item {
  return {
    id: row.id,
    threadId,
    ...(row.authorId !== undefined && { authorId: row.authorId }),
    // Validation checked these before they were stored.
    role: row.role as Role,
    parts: row.parts,
    ...(row.runId !== undefined && { runId: row.runId }),
    ...(row.spanId !== undefined && { spanId: row.spanId }),
    ...(row.parentId !== undefined && { parentId: row.parentId }),
    visibility: row.visibility as ItemVisibility, // as the role
    private: row.private,
    ...(row.sawPrivate && { sawPrivate: true }),
    attempt: row.attempt,
    requestId: row.requestId,
    ...(row.key !== undefined && { key: row.key }),
    ...(row.replacesId !== undefined && { replacesId: row.replacesId }),
    ...(row.replacedById !== undefined && { replacedById: row.replacedById }),
    ...(row.redactedAt !== undefined && { redactedAt: isoTime(row.redactedAt) }),
    metadata: row.metadata,
    createdAt: isoTime(row.createdAt),
  };
}

export function presentChange(row: ChangeRow): Change {
  return {
    version: row.version,
    type: row.type as ChangeType, // as above
    itemId: row.itemId,
    ...(row.revisionId !== undefined && { revisionId: row.revisionId }),
    ...(row.authorId !== undefined && { authorId: row.authorId }),
    createdAt: isoTime(row.createdAt),
  };
}
