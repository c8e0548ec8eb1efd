import {
  BaseStore,
  type GetOperation,
  type IndexConfig,
  type Item,
  type ListNamespacesOperation,
  type Operation,
  type OperationResults,
  type PutOperation,
  type SearchItem,
  type SearchOperation,
} from '@langchain/langgraph-checkpoint';
import type {
  Document,
  DocumentsApi,
  DocumentVector,
  DocumentWrite,
  FoundDocument,
  Store,
} from '../../../store/index.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { textsAtPath } from './text-at-path.ts';
import {
  type TtlOptions,
  type RefreshOptions,
  type Result,
  placed,
  isPut,
  isGet,
  isSearch,
  isList,
  mustNamespace,
  mustTtl,
  mustValue,
} from './store-operations.ts';

export interface SkeinStoreOptions {
  readonly store: Store;
  /** Default `default`. */
  readonly projectId?: string;
  /**
   * Enables semantic search. `fields` are paths into the value, by default the whole of it (`$`).
   */
  readonly index?: IndexConfig;
  readonly ttl?: TtlConfig;
}

/** In minutes, as in LangGraph's own stores; fractions are allowed. */
export interface TtlConfig {
  /** The lifetime of documents that are put without a `ttl`. Default: unlimited. */
  readonly defaultTtl?: number;
  /** Whether reading a document restarts its lifetime. Default true. */
  readonly refreshOnRead?: boolean;
}

type SearchOptions = NonNullable<Parameters<BaseStore['search']>[1]>;

/**
 * LangGraph's long-term memory on a Skein store. It answers like `InMemoryStore`, except that
 * namespaces are compared label by label (there, `['user', '1']` finds what is under `['user',
 * '10']`) and that a put replaces all the texts by which the document was found. Values are kept as
 * JSON.
 *
 * It is for trusted code: it reads every document of the project.
 *
 * ```ts
 * const memory = new SkeinStore({ store });
 * await memory.put(['users', 'u1'], 'preferences', { theme: 'dark' });
 * const found = await memory.search(['users', 'u1'], { filter: { theme: { $ne: 'light' } } });
 * ```
 */
export class SkeinStore extends BaseStore {
  readonly #documents: DocumentsApi;
  readonly #index: IndexConfig | undefined;
  readonly #ttl: TtlConfig;

  constructor({ store, projectId = 'default', index, ttl = {} }: SkeinStoreOptions) {
    super();
    mustTtl(ttl.defaultTtl);
    this.#documents = store.operator.documents(projectId);
    this.#index = index;
    this.#ttl = ttl;
  }

  get indexConfig(): IndexConfig | undefined {
    return this.#index;
  }

  /** Reads see the state before the batch; the last of several puts of one document counts. */
  override async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const [gotten, listed, searched] = await Promise.all([
      this.#getAll(operations),
      this.#listAll(operations),
      this.#searchAll(operations),
    ]);
    await this.#putAll(operations);
    // A put has no result: `null`, as in InMemoryStore.
    const results: unknown[] = operations.map(() => null);
    for (const [at, result] of [...gotten, ...listed, ...searched]) results[at] = result;
    // Each result is of its operation's kind: the same tests distinguished them.
    return results as OperationResults<Op>;
  }

  override async get(
    namespace: string[],
    key: string,
    options?: RefreshOptions,
  ): Promise<Item | null> {
    const [item] = await this.batch<[GetOperation]>([{ namespace, key, ...options }]);
    return item;
  }

  override async put(
    namespace: string[],
    key: string,
    value: Record<string, unknown>,
    ...[index, options]: [index?: false | string[], options?: TtlOptions]
  ): Promise<void> {
    mustNamespace(namespace);
    const operation = { namespace, key, value, ...(index !== undefined && { index }), ...options };
    await this.batch([operation]);
  }

  override async search(
    namespacePrefix: string[],
    options: SearchOptions & RefreshOptions = {},
  ): Promise<SearchItem[]> {
    const [items] = await this.batch<[SearchOperation]>([{ namespacePrefix, ...options }]);
    return items;
  }

  async #getAll(operations: readonly Operation[]): Promise<Result[]> {
    const wanted = placed(operations, isGet);
    const byRefresh = Map.groupBy(wanted, ([, operation]) => this.#refreshes(operation));
    const results: Result[] = [];
    for (const [refreshTtl, group] of byRefresh) {
      const keys = group.map(([, { namespace, key }]) => ({ namespace, key }));
      const found = await this.#documents.get(keys, { refreshTtl });
      for (const [i, [at]] of group.entries()) {
        const document = found[i];
        results.push([at, document ? itemOf(document) : null]);
      }
    }
    return results;
  }

  #listAll(operations: readonly Operation[]): Promise<Result[]> {
    return Promise.all(
      placed(operations, isList).map(async ([at, operation]): Promise<Result> => {
        // Hand-written batches may omit fields that the type requires.
        const {
          matchConditions = [],
          maxDepth,
          limit,
          offset,
        }: Partial<ListNamespacesOperation> = operation;
        const conditions = matchConditions.map(({ matchType, path }) => ({ matchType, path }));
        const listing = {
          conditions,
          limit: limit ?? listedMax,
          offset: offset ?? 0,
          ...(maxDepth !== undefined && { maxDepth }),
        };
        return [at, await this.#documents.listNamespaces(listing)];
      }),
    );
  }

  async #searchAll(operations: readonly Operation[]): Promise<Result[]> {
    const searches = placed(operations, isSearch);
    const vectors = await this.#embedQueries(searches.map(([, { query }]) => query));
    return Promise.all(
      searches.map(async ([at, operation]): Promise<Result> => {
        const { namespacePrefix: prefix, filter, limit = 10, offset = 0, query } = operation;
        const vector = query === undefined ? undefined : vectors.get(query);
        const found = await this.#documents.search({
          prefix,
          limit,
          offset,
          refreshTtl: this.#refreshes(operation),
          ...(filter !== undefined && { filter }),
          ...(vector !== undefined && { vector }),
        });
        return [at, found.map(searchItemOf)];
      }),
    );
  }

  async #embedQueries(
    queries: readonly (string | undefined)[],
  ): Promise<ReadonlyMap<string, readonly number[]>> {
    const { embeddings } = this.#index ?? {};
    if (embeddings === undefined) return new Map();
    const texts = new Set(queries.filter((query): query is string => Boolean(query)));
    const embed = async (text: string): Promise<[string, number[]]> => [
      text,
      this.#mustFit(await embeddings.embedQuery(text)),
    ];
    return new Map(await Promise.all([...texts].map(embed)));
  }

  async #putAll(operations: readonly Operation[]): Promise<void> {
    const puts = new Map<string, PutOperation & TtlOptions>();
    for (const [, put] of placed(operations, isPut)) {
      mustTtl(put.ttl);
      mustValue(put.value);
      puts.set(JSON.stringify([put.namespace, put.key]), put);
    }
    const wanted = [...puts.values()];
    const vectors = await this.#embedPuts(wanted);
    const writes = wanted.map((put, i) => this.#writeOf(put, vectors[i] ?? []));
    for (let i = 0; i < writes.length; i += writesMax) {
      await this.#documents.write(writes.slice(i, i + writesMax));
    }
  }

  #writeOf(put: PutOperation & TtlOptions, vectors: readonly DocumentVector[]): DocumentWrite {
    const { namespace, key, value, ttl = this.#ttl.defaultTtl } = put;
    if (value === null) return { namespace, key, value };
    const ttlMs = ttl === undefined || ttl === null ? undefined : Math.ceil(ttl * 60_000);
    return {
      namespace,
      key,
      value: jsonOf(value),
      ...(ttlMs !== undefined && { ttlMs }),
      ...(vectors.length > 0 && { vectors }),
    };
  }

  /** The vectors of each put; every text is embedded once. */
  async #embedPuts(puts: readonly PutOperation[]): Promise<DocumentVector[][]> {
    if (this.#index === undefined) return [];
    const { embeddings, fields = ['$'] } = this.#index;
    const textsOfPuts = puts.map((put) => fieldTextsOf(put, fields));
    const texts = [...new Set(textsOfPuts.flatMap((found) => [...found.values()]))];
    if (texts.length === 0) return [];
    const vectors = await embeddings.embedDocuments(texts);
    const byText = new Map(texts.map((text, i) => [text, vectors[i]]));
    return textsOfPuts.map((found) =>
      [...found].map(([field, text]) => ({ field, vector: this.#mustFit(byText.get(text)) })),
    );
  }

  #mustFit(vector: number[] | undefined): number[] {
    const dims = this.#index?.dims;
    if (vector?.length === dims) return vector!; // dims is a number, so there is a vector
    throw new TypeError(
      `The embeddings have ${vector?.length ?? 'no'} dimensions, but the index has ${dims}.`,
    );
  }

  #refreshes({ refreshTtl }: RefreshOptions): boolean {
    return refreshTtl ?? this.#ttl.refreshOnRead ?? true;
  }
}

const writesMax = 1000;

const listedMax = 10_000;

/** The texts by which a document is found, under the names of their fields. */
function fieldTextsOf(put: PutOperation, fields: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  if (put.value === null || put.index === false) return found;
  for (const path of put.index ?? fields) {
    const texts = textsAtPath(put.value, path);
    for (const [i, text] of texts.entries())
      found.set(texts.length > 1 ? `${path}.${i}` : path, text);
  }
  return found;
}

/** Converts messages, dates and the like to JSON. */
function jsonOf(value: Record<string, unknown>): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject; // an object; the store checks it again
}

function itemOf({ namespace, key, value, createdAtMs, updatedAtMs }: Document): Item {
  return {
    value: { ...value },
    key,
    namespace: [...namespace],
    createdAt: new Date(createdAtMs),
    updatedAt: new Date(updatedAtMs),
  };
}

function searchItemOf(document: FoundDocument): SearchItem {
  // The field is present even without a score, as in InMemoryStore; its type only allows it to be
  // missing.
  return { ...itemOf(document), score: document.score } as SearchItem;
}
