import type { JsonObject } from '../../shared/json.ts';
import { declareTable, type TypedTable } from '../table.ts';
import { int, anyJson, optional, string, timestamp } from './columns.ts';

/**
 * A document of a project, under a namespace (encoded as one string: `document-namespace.ts`) and a
 * key.
 */
export type DocumentRow = {
  readonly projectId: string;
  readonly namespace: string;
  readonly key: string;
  readonly value: JsonObject;
  /** Rises with the time of the first put: the order within the namespace. */
  readonly sequence: string;
  /** The fields that have a vector. */
  readonly vectorFields?: readonly string[] | undefined;
  readonly ttlMs?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Never reused, even after the document was deleted. */
  readonly version: number;
};

export const documents: TypedTable<DocumentRow, 'documents'> = declareTable({
  name: 'documents',
  id: 25,
  columns: {
    projectId: string,
    namespace: string,
    key: string,
    value: anyJson,
    sequence: string,
    vectorFields: optional(anyJson),
    ttlMs: optional(int),
    expiresAt: optional(timestamp),
    createdAt: timestamp,
    updatedAt: timestamp,
    version: int,
  },
  key: ['projectId', 'namespace', 'key'],
  partition: 2,
  indexes: [
    { name: 'byOrder', id: 1, columns: ['projectId', 'namespace', 'sequence'], partition: 2 },
    { name: 'byExpiry', id: 2, columns: ['expiresAt'], partition: 0 },
  ],
});

/** A namespace in the list of one of its prefixes, which include the empty one and itself. */
export type DocumentPathRow = {
  readonly projectId: string;
  readonly prefix: string;
  readonly namespace: string;
  /** Rises with the time of the first write to the namespace. */
  readonly sequence: string;
};

export const documentPaths: TypedTable<DocumentPathRow, 'document_paths'> = declareTable({
  name: 'document_paths',
  id: 26,
  columns: { projectId: string, prefix: string, namespace: string, sequence: string },
  key: ['projectId', 'prefix', 'namespace'],
  partition: 2,
  indexes: [{ name: 'byOrder', id: 1, columns: ['projectId', 'prefix', 'sequence'], partition: 2 }],
});

/** The embedding of one text of a document. */
export type DocumentVectorRow = {
  readonly projectId: string;
  readonly namespace: string;
  readonly key: string;
  readonly field: string;
  /** See `document-vector.ts`. */
  readonly vector: string;
};

export const documentVectors: TypedTable<DocumentVectorRow, 'document_vectors'> = declareTable({
  name: 'document_vectors',
  id: 27,
  columns: { projectId: string, namespace: string, key: string, field: string, vector: string },
  key: ['projectId', 'namespace', 'key', 'field'],
  partition: 2,
  indexes: [],
});
