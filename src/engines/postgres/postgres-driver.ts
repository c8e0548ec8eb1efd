/** What the engine needs of a driver: that of the package pg, typed by its structure. */
export interface PostgresDriver {
  readonly Pool: new (options: PostgresOptions) => PostgresPool;
  readonly Client: new (options: PostgresOptions) => PostgresClient;
}

/** Options of pg's connections and pools, as its manual has them. */
export type PostgresOptions = { readonly [option: string]: unknown };

export interface PostgresQuery {
  /** Prepared under this name once a connection. */
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
  readonly rowMode: 'array';
  readonly types: PostgresTypes;
}

/** How values are read. The engine reads every value as its text and decodes it by the declaration. */
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
  /** A new connection comes as the argument. */
  on(event: 'error' | 'connect', listener: (argument?: unknown) => void): unknown;
}

export interface PostgresPoolClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** Gives the connection back; with `true` it is closed instead, at once if it owes an answer. */
  release(isBroken?: boolean): void;
  on(event: 'error', listener: (argument?: unknown) => void): unknown;
}

export interface PostgresClient {
  connect(): Promise<unknown>;
  query(text: string): Promise<unknown>;
  /** Closes the connection, at once if it owes an answer. */
  end(): Promise<void>;
  /** A notification comes with its `payload`. */
  on(event: 'notification' | 'error' | 'end', listener: (argument?: unknown) => void): unknown;
}
