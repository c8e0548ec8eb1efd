import type { DocumentRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import type { Document } from '../../api/document.ts';
import { copyJson } from '../../shared/json.ts';
import { decodeNamespace } from './document-namespace.ts';

/** What the document operations of one process share. */
export interface DocumentCore extends Pick<Core, 'records' | 'clock' | 'tasks' | 'limits'> {
  /** Ids in order of time, each greater than the previous ones of this process. */
  nextSequence(): string;
  /** Runs a task after all earlier tasks of the same name. */
  inTurn<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/** An expired document does not exist, whether or not it has been swept. */
export function isLive(row: DocumentRow, nowMs: number): boolean {
  return row.expiresAt === undefined || row.expiresAt > nowMs;
}

export function presentDocument(row: DocumentRow): Document {
  return {
    namespace: decodeNamespace(row.namespace),
    key: row.key,
    value: copyJson(row.value), // rows may be cached, so a caller gets its own copy
    createdAtMs: row.createdAt,
    updatedAtMs: row.updatedAt,
    ...(row.expiresAt !== undefined && { expiresAtMs: row.expiresAt }),
  };
}
