export interface ClientOptions {
  /**
   * Where the server is: `http://127.0.0.1:4000`, with a path if it is mounted at one; without
   * `/v1`.
   */
  readonly baseUrl: string;
  /** Gets a complete `Request`. Default: the platform's `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Sent as `Authorization: Bearer …`. A function is asked before every try, so that it may renew
   * the token; what it throws ends the call as `unauthenticated`, unless it is a `SkeinError`
   * itself.
   */
  readonly token?: string | (() => string | Promise<string>);
  /**
   * Who the caller is, where the server takes that from `X-User-Id`: in local mode and for a server
   * key.
   */
  readonly userId?: string;
  /** Further tries after the first, where a try cannot do anything twice. Default 4. */
  readonly retries?: number;
  /** How long one try may take. Default 30,000. The live tail has no end and is not counted. */
  readonly timeoutMs?: number;
  /**
   * After how long without a sign of life the live tail connects anew. Default 45,000: the server
   * gives one every 15 seconds.
   */
  readonly liveSilenceMs?: number;
}
