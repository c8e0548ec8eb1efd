/** The part of a driver that the engine needs: the package pg, typed by its structure. */
export interface PostgresDriver {
  readonly Pool: new (options: PostgresOptions) => PostgresPool;
  readonly Client: new (options: PostgresOptions) => PostgresClient;
}

/** Options of pg's connections and pools, as in its manual. */
export type PostgresOptions = { readonly [option: string]: unknown };

export interface PostgresQuery {
  /** The name under which it is prepared, once per connection. */
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  readonly rowMode: 'array';
  readonly types: PostgresTypes;
}

/** How values are read. The engine reads every value as text and decodes it by the declaration. */
export interface PostgresTypes {
  getTypeParser(): (text: string) => unknown;
}

export interface PostgresResult {
  readonly rows: unknown[][];
  readonly rowCount: number | null;
}

export interface PostgresPool {
  connect(): Promise<PostgresPoolClient>;
  end(): Promise<void>;
  /** The argument of `connect` is the new connection. */
  on(event: 'error' | 'connect', listener: (argument?: unknown) => void): unknown;
}

export interface PostgresPoolClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  /**
   * Returns the connection to the pool; with `true` it is closed instead, at once if an answer is
   * pending.
   */
  release(isBroken?: boolean): void;
  on(event: 'error', listener: (argument?: unknown) => void): unknown;
}

export interface PostgresClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  /** Closes the connection, at once if an answer is pending. */
  end(): Promise<void>;
  /** The argument of `notification` has a `payload`. */
  on(event: 'notification' | 'error' | 'end', listener: (argument?: unknown) => void): unknown;
}
