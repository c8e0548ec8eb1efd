import type { JsonObject, JsonValue } from '../shared/json.ts';

/** A JSON document of a project, under a namespace (a path of labels) and a key. */
export interface Document {
  readonly namespace: readonly string[];
  readonly key: string;
  readonly value: JsonObject;
  /** Milliseconds since 1970. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** When it is gone unless somebody reads or puts it; absent: never. */
  readonly expiresAtMs?: number;
}

/** A document that a search found. */
export interface FoundDocument extends Document {
  /**
   * The cosine of the nearest of its vectors, -1 to 1; absent when it was not searched by vector,
   * or has none.
   */
  readonly score?: number;
}

export interface DocumentKey {
  readonly namespace: readonly string[];
  /** Any text of at most 512 bytes as UTF-8. */
  readonly key: string;
}

export interface NewDocument extends DocumentKey {
  readonly value: JsonObject;
  /**
   * It is gone so long after it was last put (or read, see `DocumentReadOptions`). Default: it
   * stays.
   */
  readonly ttlMs?: number;
  /** What it is found by in a search by vector. All that it had before are replaced. */
  readonly vectors?: readonly DocumentVector[];
}

export interface DocumentVector {
  /** Which field or text it is of; unique in the document. */
  readonly field: string;
  readonly vector: readonly number[];
}

/** `value: null` deletes the document; there need not be one. */
export type DocumentWrite = NewDocument | (DocumentKey & { readonly value: null });

export interface DocumentReadOptions {
  /** Whether documents with a time to live begin it anew when they are read. Default false. */
  readonly refreshTtl?: boolean;
}

/**
 * Compares one field of a document's value. All the operators must hold; without any, everything
 * does.
 */
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
  /** By field of the value: what it must equal, or operators. Objects and arrays equal nothing. */
  readonly filter?: Readonly<Record<string, unknown>>;
  /**
   * Nearest first, then those without a vector. Left out: in the order in which they were first
   * put.
   */
  readonly vector?: readonly number[];
  /** Default 10. */
  readonly limit?: number;
  /** Default 0. It is walked over: reading far into a long list costs. */
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
  /** Cuts namespaces to so many labels, each result once. */
  readonly maxDepth?: number;
  /** Default 100. */
  readonly limit?: number;
  readonly offset?: number;
}

/**
 * The documents of one project: what agents remember across threads. They belong to the project and
 * to no user, so no rule of access can tell who may read one: this is for trusted code in the
 * server, which keeps users apart by their namespaces, and it is never offered over HTTP.
 *
 * Namespaces are compared label by label. One is listed from the first write to it on, also when
 * nothing is left in it; only when its last documents expire does it go with them.
 */
export interface DocumentsApi {
  /** In the order of the keys, `undefined` where there is none. */
  get(
    keys: readonly DocumentKey[],
    options?: DocumentReadOptions,
  ): Promise<(Document | undefined)[]>;
  /** One commit a namespace. Of several writes to one document the last stands. At most 1,000. */
  write(writes: readonly DocumentWrite[]): Promise<void>;
  put(documents: readonly NewDocument[]): Promise<void>;
  delete(keys: readonly DocumentKey[]): Promise<void>;
  /**
   * Reads a bounded number of rows at a time, and holds no more than `offset + limit` documents.
   * Namespaces come in the order in which they were first written to, their documents likewise.
   */
  search(search: DocumentSearch): Promise<FoundDocument[]>;
  /** In alphabetical order, as `localeCompare` has it. */
  listNamespaces(listing?: NamespaceListing): Promise<string[][]>;
}
