/** The kinds of operations in a batch of LangGraph, and what their arguments must be. */
import {
  InvalidNamespaceError,
  type GetOperation,
  type ListNamespacesOperation,
  type Operation,
  type PutOperation,
  type SearchOperation,
} from '@langchain/langgraph-checkpoint';

export interface TtlOptions {
  /** The lifetime in minutes; `null` for unlimited. Default: the store's `defaultTtl`. */
  readonly ttl?: number | null;
}

export interface RefreshOptions {
  /**
   * Whether this read restarts the lifetime of the documents. Default: the store's `refreshOnRead`.
   */
  readonly refreshTtl?: boolean;
}

/** A result and the index of its operation in the batch. */
export type Result = readonly [at: number, result: unknown];

export function placed<O extends Operation>(
  operations: readonly Operation[],
  is: (operation: Operation) => operation is O,
): [at: number, operation: O][] {
  const found: [number, O][] = [];
  for (const [at, operation] of operations.entries())
    if (is(operation)) found.push([at, operation]);
  return found;
}

export function isPut(operation: Operation): operation is PutOperation & TtlOptions {
  return 'value' in operation;
}

export function isGet(operation: Operation): operation is GetOperation & RefreshOptions {
  return 'key' in operation && !isPut(operation);
}

export function isSearch(operation: Operation): operation is SearchOperation & RefreshOptions {
  return 'namespacePrefix' in operation;
}

export function isList(operation: Operation): operation is ListNamespacesOperation {
  return !('key' in operation) && !isSearch(operation);
}

/** The rules of the base class, whose check is private. */
export function mustNamespace(namespace: readonly unknown[]): void {
  if (namespace.length === 0) throw new InvalidNamespaceError('Namespace cannot be empty.');
  const path = namespace.join(',');
  for (const label of namespace) {
    if (typeof label !== 'string') {
      throw new InvalidNamespaceError(
        `Namespace labels must be strings, not ${typeof label}: ${path}`,
      );
    }
    if (label.includes('.')) {
      throw new InvalidNamespaceError(`Namespace labels cannot contain periods ('.'): ${path}`);
    }
    if (label === '') throw new InvalidNamespaceError(`Namespace labels cannot be empty: ${path}`);
  }
  if (namespace[0] === 'langgraph') {
    throw new InvalidNamespaceError(`Root label for namespace cannot be "langgraph": ${path}`);
  }
}

export function mustTtl(ttl: number | null | undefined): void {
  if (ttl === undefined || ttl === null || (ttl > 0 && Number.isFinite(ttl))) return;
  throw new TypeError('ttl must be a number of minutes above 0.');
}

/** Plain JavaScript may pass nothing, which is most likely a mistake. */
export function mustValue(value: unknown): void {
  if (value !== undefined) return;
  throw new TypeError('The value of a document must be an object; null deletes the document.');
}
