import { deletion, put } from '../../records/records.ts';
import {
  documentPaths,
  documents,
  documentVectors,
  type DocumentPathRow,
  type DocumentRow,
  type DocumentVectorRow,
} from '../../records/tables.ts';
import type { StoreExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';
import { prefixesOf } from './document-namespace.ts';

/** Examines the documents of all projects, the lists of their namespaces, and their vectors. */
export async function examineDocuments(exam: StoreExamination): Promise<void> {
  let namespace: string | undefined;
  for await (const row of exam.rows(documents)) {
    const next = JSON.stringify([row.projectId, row.namespace]);
    if (next !== namespace) await examineNamespace(exam, row);
    namespace = next;
    await examineDocument(exam, row);
  }
  for await (const row of exam.rows(documentPaths)) await examinePath(exam, row);
  for await (const row of exam.rows(documentVectors)) await examineVector(exam, row);
}

/** A namespace with documents must be in the lists of all its prefixes. */
async function examineNamespace(
  exam: StoreExamination,
  { projectId, namespace, sequence }: DocumentRow,
): Promise<void> {
  const prefixes = prefixesOf(namespace);
  const keys = prefixes.map((prefix) => [projectId, prefix, namespace]);
  const listed = await exam.records.getExisting(documentPaths, keys);
  if (listed.length === keys.length) return;
  const known = new Map(listed.map((row) => [row.prefix, row]));
  const first = listed[0]?.sequence ?? sequence;
  const missing = prefixes.filter((prefix) => !known.has(prefix));
  await exam.found(
    'list',
    `${projectId}: ${namespace} is missing under ${missing.join(', ')}`,
    () =>
      exam.records.commit({
        puts: missing.map((prefix) =>
          put(documentPaths, { projectId, prefix, namespace, sequence: first }),
        ),
      }),
  );
}

async function examineDocument(exam: StoreExamination, row: DocumentRow): Promise<void> {
  const { projectId, namespace, key, vectorFields = [], ttlMs, expiresAt } = row;
  const what = `${projectId}: the document ${namespace} ${key}`;
  const keys = vectorFields.map((field) => [projectId, namespace, key, field]);
  const vectors = await exam.records.getExisting(documentVectors, keys);
  if (vectors.length < keys.length) {
    await exam.found('reference', `${what} lacks the vector of a field`);
  }
  if (ttlMs !== undefined && expiresAt === undefined) {
    const whole = { ...row, expiresAt: row.updatedAt + ttlMs };
    await exam.found('derived', `${what} lacks the time at which it expires`, () =>
      exam.records.commit({ puts: [put(documents, whole, row)] }),
    );
  }
  await examineEntries(exam, documents, row, what);
}

/** A namespace stays listed after its documents are deleted. */
async function examinePath(exam: StoreExamination, row: DocumentPathRow): Promise<void> {
  const { projectId, prefix, namespace } = row;
  if (prefixesOf(namespace).includes(prefix)) return;
  const detail = `${projectId}: ${namespace} is listed under ${prefix}, with which it does not begin`;
  await exam.found('list', detail, () =>
    exam.records.commit({
      deletes: [deletion(documentPaths, [projectId, prefix, namespace], row)],
    }),
  );
}

async function examineVector(exam: StoreExamination, row: DocumentVectorRow): Promise<void> {
  const { projectId, namespace, key, field } = row;
  const owner = await exam.records.get(documents, [projectId, namespace, key]);
  if (owner?.vectorFields?.includes(field)) return;
  const detail = `${projectId}: a vector is of ${namespace} ${key}, which has none of ${field}`;
  await exam.found('leftover', detail, () =>
    exam.records.commit({
      deletes: [deletion(documentVectors, [projectId, namespace, key, field], row)],
    }),
  );
}
