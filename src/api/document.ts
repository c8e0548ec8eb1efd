import type { JsonObject, JsonValue } from '../shared/json.ts';

/** A JSON document of a project, under a namespace (a path of labels) and a key. */
export interface Document {
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: JsonObject;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When the document expires unless it is read or put before; absent: never. */
  readonly expiresAtMs?: number;
}

/** A document that a search found. */
export interface FoundDocument extends Document {
  /**
   * The greatest cosine similarity among its vectors, -1 to 1. Absent if the search has no vector
   * or the document has none.
   */
  readonly score?: number;
}

export interface DocumentKey {
  readonly namespace: readonly string[];
  /** Any string of at most 512 bytes in UTF-8. */
  readonly key: string;
}

export interface NewDocument extends DocumentKey {
  readonly value: JsonObject;
  /**
   * The document expires this long after its last put (or read, see `DocumentReadOptions`), in
   * milliseconds. Default: it never expires.
   */
  readonly ttlMs?: number;
  /** The vectors by which a search finds it. They replace all that it had. */
  readonly vectors?: readonly DocumentVector[];
}

export interface DocumentVector {
  /** The field or text that the vector stands for; unique in the document. */
  readonly field: string;
  readonly vector: readonly number[];
}

/** `value: null` deletes the document, if it exists. */
export type DocumentWrite = NewDocument | (DocumentKey & { readonly value: null });

export interface DocumentReadOptions {
  /** Whether a read restarts the time to live of the documents it returns. Default false. */
  readonly refreshTtl?: boolean;
}

/** Compares one field of a document's value. All operators must hold; an empty set always holds. */
export interface FilterOperators {
  readonly $eq?: JsonValue;
  readonly $ne?: JsonValue;
  /** The four below compare as numbers. */
  readonly $gt?: JsonValue;
  readonly $gte?: JsonValue;
  readonly $lt?: JsonValue;
  readonly $lte?: JsonValue;
  readonly $in?: readonly JsonValue[];
  readonly $nin?: readonly JsonValue[];
}

export interface DocumentSearch extends DocumentReadOptions {
  /** Only namespaces that begin with these labels. */
  readonly prefix: readonly string[];
  /**
   * By field of the value: the value that it must equal, or operators. Objects and arrays never
   * compare equal.
   */
  readonly filter?: Readonly<Record<string, unknown>>;
  /**
   * Ranks by similarity, followed by documents without a vector. Without it, documents come in
   * order of first put.
   */
  readonly vector?: readonly number[];
  /** Default 10. */
  readonly limit?: number;
  /** Default 0. The skipped documents are read too, so a large offset is slow. */
  readonly offset?: number;
}

export interface NamespaceCondition {
  readonly matchType: 'prefix' | 'suffix';
  /** Labels; `*` stands for any one label. */
  readonly path: readonly string[];
}

export interface NamespaceListing {
  /** All must hold. */
  readonly conditions?: readonly NamespaceCondition[];
  /** Truncates namespaces to this many labels; each result appears once. */
  readonly maxDepth?: number;
  /** Default 100. */
  readonly limit?: number;
  readonly offset?: number;
}

/**
 * The documents of one project: what agents remember across threads. They belong to the project and
 * not to a user, so no access rule can tell who may read one. Use them only from trusted code in
 * the server, which keeps users apart by namespace; they are never offered over HTTP.
 *
 * Namespaces are compared label by label. A namespace is listed from its first write on, even after
 * its documents are deleted; it disappears when its last documents expire.
 */
export interface DocumentsApi {
  /** In the order of the keys; `undefined` for a document that does not exist. */
  get(
    keys: readonly DocumentKey[],
    options?: DocumentReadOptions,
  ): Promise<(Document | undefined)[]>;
  /**
   * One commit per namespace. If several writes name one document, the last wins. At most 1,000
   * writes.
   */
  write(writes: readonly DocumentWrite[]): Promise<void>;
  put(documents: readonly NewDocument[]): Promise<void>;
  delete(keys: readonly DocumentKey[]): Promise<void>;
  /**
   * Reads a bounded number of rows at a time and holds at most `offset + limit` documents in
   * memory. Namespaces come in order of their first write, and their documents likewise.
   */
  search(search: DocumentSearch): Promise<FoundDocument[]>;
  /** In alphabetical order, as by `localeCompare`. */
  listNamespaces(listing?: NamespaceListing): Promise<string[][]>;
}
