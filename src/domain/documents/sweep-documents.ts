import { deletion, expectVersion } from '../../records/records.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import { documentPaths, documents, type DocumentRow } from '../../records/tables.ts';
import { ConflictError } from '../../shared/error.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { prefixesOf } from './document-namespace.ts';
import { listNamespace, vectorDeletions, type NamespaceKey } from './write-documents.ts';

const expiryOf = perStore((core) => new TimeQueue(core, documents, 'byExpiry'));

/**
 * Deletes expired documents, at most 1,000 per call, and the namespaces that this empties. Returns
 * the number of documents.
 */
export async function sweepDocuments(core: Core): Promise<number> {
  const expired = await expiryOf(core).first(1000);
  const found = new Map<string, NamespaceKey>();
  for (const row of expired) {
    const { projectId, namespace } = row;
    if (await deleteExpired(core, row)) {
      found.set(JSON.stringify([projectId, namespace]), { projectId, namespace });
    }
  }
  for (const namespaceKey of found.values()) await forgetIfEmpty(core, namespaceKey);
  return expired.length;
}

/** Returns whether the document was unchanged: another caller may have put or read it meanwhile. */
async function deleteExpired(
  { records }: Pick<Core, 'records'>,
  row: DocumentRow,
): Promise<boolean> {
  const key = [row.projectId, row.namespace, row.key];
  try {
    await records.commit({
      deletes: [deletion(documents, key, row), ...vectorDeletions(row)],
      expects: [expectVersion(documents, key, row.version)],
    });
    return true;
  } catch (error) {
    if (error instanceof ConflictError) return false;
    throw error;
  }
}

/**
 * Removes an empty namespace from the lists. A put that still saw it listed may run concurrently,
 * so both check again after their writes, and the later one restores the entry.
 */
async function forgetIfEmpty(core: Core, namespaceKey: NamespaceKey): Promise<void> {
  if (!(await isEmpty(core, namespaceKey))) return;
  const { projectId, namespace } = namespaceKey;
  // Its own list first: a namespace missing there counts as unlisted, even if a crash leaves it in
  // others.
  for (const prefix of prefixesOf(namespace).toReversed()) {
    const key = [projectId, prefix, namespace];
    await core.records.commit({ deletes: [deletion(documentPaths, key)] });
  }
  if (await isEmpty(core, namespaceKey)) return;
  await listNamespace({ ...core, nextSequence: () => newUuidV7(core.clock()) }, namespaceKey);
}

async function isEmpty(
  { records }: Pick<Core, 'records'>,
  { projectId, namespace }: NamespaceKey,
): Promise<boolean> {
  const rows = await records.scan(documents, { prefix: [projectId, namespace], limit: 1 });
  return rows.length === 0;
}
