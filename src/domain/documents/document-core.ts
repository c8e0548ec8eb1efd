import type { DocumentRow } from '../../records/tables.ts';
import type { Core } from '../base/core.ts';
import type { Document } from '../../api/document.ts';
import { decodeNamespace } from './document-namespace.ts';

/** What the operations on documents share in one process. */
export interface DocumentCore extends Pick<Core, 'records' | 'clock' | 'tasks' | 'limits'> {
  /** Ids in the order of time, each greater than the ones before it in this process. */
  nextSequence(): string;
  /** Runs a task when those of the same name that came before it are done. */
  inTurn<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/** What has expired is not there, whether or not it has been swept. */
export function isLive(row: DocumentRow, nowMs: number): boolean {
  return row.expiresAt === undefined || row.expiresAt > nowMs;
}

export function presentDocument(row: DocumentRow): Document {
  return {
    namespace: decodeNamespace(row.namespace),
    key: row.key,
    value: structuredClone(row.value), // rows may be cached: a caller's change stays its own
    createdAtMs: row.createdAt,
    updatedAtMs: row.updatedAt,
    ...(row.expiresAt !== undefined && { expiresAtMs: row.expiresAt }),
  };
}
