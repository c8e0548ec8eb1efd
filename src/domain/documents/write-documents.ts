import { deletion, expectAbsent, expectVersion, put } from '../../records/records.ts';
import {
  documentPaths,
  documents,
  documentVectors,
  type DocumentRow,
  type DocumentVectorRow,
} from '../../records/tables.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import { ConflictError, invalid } from '../../shared/error.ts';
import { toJsonObject, type JsonObject } from '../../shared/json.ts';
import { mustFit, mustInteger } from '../../shared/validate.ts';
import type { DocumentVector, DocumentWrite } from '../../api/document.ts';
import { encodeNamespace, mustDocumentKey, prefixesOf } from './document-namespace.ts';
import { encodeVector } from './document-vector.ts';
import { isLive, type DocumentCore } from './document-core.ts';

/** Puts and deletes documents. See `DocumentsApi.write`. */
export async function writeDocuments(
  core: DocumentCore,
  projectId: string,
  writes: readonly DocumentWrite[],
): Promise<void> {
  if (!Array.isArray(writes)) throw invalid('documents', 'must be an array');
  if (writes.length > core.limits.itemsPerRequestMax) {
    throw invalid('documents', `must have at most ${core.limits.itemsPerRequestMax} entries`);
  }
  const byNamespace = new Map<string, Map<string, Content | null>>();
  for (const [i, write] of writes.entries()) {
    const { namespace, key, content } = prepareWrite(write, `documents.${i}`);
    const inNamespace = byNamespace.get(namespace) ?? new Map<string, Content | null>();
    byNamespace.set(namespace, inNamespace.set(key, content));
  }
  for (const [namespace, contents] of byNamespace) {
    await core.inTurn(JSON.stringify([projectId, namespace]), () =>
      // If another process writes the same documents meanwhile, try again.
      retryConflicts(() => writeNamespace(core, { projectId, namespace }, contents)),
    );
  }
}

type Put = ReturnType<typeof put>;
type Delete = ReturnType<typeof deletion>;

/** The new content of a document. */
interface Content {
  readonly value: JsonObject;
  readonly ttlMs: number | undefined;
  readonly vectors: readonly { readonly field: string; readonly vector: string }[];
}

/** A namespace of a project. */
export interface NamespaceKey {
  readonly projectId: string;
  readonly namespace: string;
}

function prepareWrite(
  write: DocumentWrite,
  path: string,
): { namespace: string; key: string; content: Content | null } {
  const namespace = encodeNamespace(write.namespace, `${path}.namespace`);
  const key = mustDocumentKey(write.key, `${path}.key`);
  if (write.value === null) return { namespace, key, content: null };
  const value = toJsonObject(write.value, `${path}.value`);
  mustFit(value, `${path}.value`, valueBytesMax);
  const ttlMs =
    write.ttlMs === undefined ? undefined : mustInteger(write.ttlMs, `${path}.ttlMs`, 1, ttlMsMax);
  const vectors = prepareVectors(write.vectors ?? [], `${path}.vectors`);
  return { namespace, key, content: { value, ttlMs, vectors } };
}

/** The size of a value in bytes as JSON. */
const valueBytesMax = 16 * 1024 * 1024;
const vectorsMax = 100;
/** A hundred years, in milliseconds. */
const ttlMsMax = 100 * 366 * 24 * 3_600_000;

function prepareVectors(vectors: readonly DocumentVector[], path: string): Content['vectors'] {
  if (!Array.isArray(vectors) || vectors.length > vectorsMax) {
    throw invalid(path, `must be an array of at most ${vectorsMax} vectors`);
  }
  const byField = new Map<string, string>();
  vectors.forEach(({ field, vector }: DocumentVector, i) => {
    byField.set(
      mustDocumentKey(field, `${path}.${i}.field`),
      encodeVector(vector, `${path}.${i}.vector`),
    );
  });
  return [...byField].map(([field, vector]) => ({ field, vector }));
}

async function writeNamespace(
  core: DocumentCore,
  namespaceKey: NamespaceKey,
  contents: ReadonlyMap<string, Content | null>,
): Promise<void> {
  const { projectId, namespace } = namespaceKey;
  const keys = [...contents.keys()].map((key) => [projectId, namespace, key]);
  const rows = await core.records.getExisting(documents, keys);
  const stored = new Map(rows.map((row) => [row.key, row]));
  const isKnown = await isListed(core, namespaceKey);
  const puts: Put[] = isKnown ? [] : listingOf(core, namespaceKey);
  const deletes: Delete[] = [];
  for (const [key, content] of contents) {
    const old = stored.get(key);
    if (old) deletes.push(...vectorDeletions(old));
    if (content) {
      const row = rowOf(core, { ...namespaceKey, key }, content, old);
      puts.push(put(documents, row, old ?? null));
      for (const vector of content.vectors)
        puts.push(put(documentVectors, { ...namespaceKey, key, ...vector }));
    } else if (old) deletes.push(deletion(documents, [projectId, namespace, key], old));
  }
  if (puts.length + deletes.length === 0) return;
  const expects = keys.map((key) => {
    const old = stored.get(key[2]!);
    return old ? expectVersion(documents, key, old.version) : expectAbsent(documents, key);
  });
  await core.records.commit({ puts, deletes, expects });
  if ([...contents.values()].some((content) => content?.ttlMs !== undefined))
    core.tasks.sweepSoon();
  // A sweep that found the namespace empty may have removed it from the lists before this commit.
  if (isKnown && !(await isListed(core, namespaceKey))) await listNamespace(core, namespaceKey);
}

function rowOf(
  core: DocumentCore,
  key: NamespaceKey & { readonly key: string },
  { value, ttlMs, vectors }: Content,
  old: DocumentRow | undefined,
): DocumentRow {
  const nowMs = core.clock();
  const kept = old && isLive(old, nowMs) ? old : undefined;
  return {
    ...key,
    value,
    sequence: kept?.sequence ?? core.nextSequence(),
    ...(vectors.length > 0 && { vectorFields: vectors.map(({ field }) => field) }),
    ...(ttlMs !== undefined && { ttlMs, expiresAt: nowMs + ttlMs }),
    createdAt: kept?.createdAt ?? nowMs,
    updatedAt: nowMs,
    version: nextVersion(old?.version, nowMs),
  };
}

/** A version that the document never had, even if it was deleted and put again. */
function nextVersion(version: number | undefined, nowMs: number): number {
  return Math.max((version ?? 0) + 1, nowMs * 1000 + Math.floor(Math.random() * 1000));
}

export function vectorDeletions(row: DocumentRow): Delete[] {
  const { projectId, namespace, key, vectorFields = [] } = row;
  return vectorFields.map((field) =>
    deletion<DocumentVectorRow>(documentVectors, [projectId, namespace, key, field]),
  );
}

export async function isListed(
  { records }: Pick<DocumentCore, 'records'>,
  { projectId, namespace }: NamespaceKey,
): Promise<boolean> {
  return (await records.get(documentPaths, [projectId, namespace, namespace])) !== undefined;
}

/**
 * Puts a namespace into the lists of all its prefixes, its own list last: a namespace missing there
 * counts as unlisted. Repeating it only moves the entry.
 */
export async function listNamespace(
  core: Pick<DocumentCore, 'records' | 'nextSequence'>,
  namespaceKey: NamespaceKey,
): Promise<void> {
  // From the shortest prefix to the whole namespace, whose own list comes last.
  for (const one of listingOf(core, namespaceKey)) await core.records.commit({ puts: [one] });
}

function listingOf(core: Pick<DocumentCore, 'nextSequence'>, namespaceKey: NamespaceKey): Put[] {
  const sequence = core.nextSequence();
  return prefixesOf(namespaceKey.namespace).map((prefix) =>
    put(documentPaths, { ...namespaceKey, prefix, sequence }),
  );
}

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
