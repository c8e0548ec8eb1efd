import { expectVersion, put } from '../../records/records.ts';
import { documents, type DocumentRow } from '../../records/tables.ts';
import { ConflictError } from '../../shared/error.ts';
import type { DocumentCore } from './document-core.ts';
import { nextVersion } from './write-documents.ts';

/**
 * Restarts the time to live of documents. A document that was written since it was read is skipped,
 * since that write has restarted it; so is one whose time has hardly begun, to save writes.
 */
export async function refreshTtl(core: DocumentCore, rows: readonly DocumentRow[]): Promise<void> {
  const nowMs = core.clock();
  const worn = rows.filter(
    ({ ttlMs, expiresAt }) =>
      ttlMs !== undefined && expiresAt !== undefined && expiresAt - nowMs < ttlMs * 0.99,
  );
  await Promise.all(worn.map((row) => refreshOne(core, row, nowMs)));
}

async function refreshOne(core: DocumentCore, row: DocumentRow, nowMs: number): Promise<void> {
  const next = {
    ...row,
    expiresAt: nowMs + (row.ttlMs ?? 0),
    version: nextVersion(row.version, nowMs),
  };
  const key = [row.projectId, row.namespace, row.key];
  try {
    await core.records.commit({
      puts: [put(documents, next, row)],
      expects: [expectVersion(documents, key, row.version)],
    });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
