export interface ClientOptions {
  /**
   * The server's address, such as `http://127.0.0.1:4000`, with the path it is mounted at, without
   * `/v1`.
   */
  readonly baseUrl: string;
  /** Called with a complete `Request`. Default: the platform's `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Sent as `Authorization: Bearer …`. A function is called before every attempt, so that it may
   * renew the token. If it throws a `SkeinError`, the call rejects with that, else with
   * `unauthenticated`.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** The caller's id, sent as `X-User-Id`: needed in local mode and with a server key. */
  readonly userId?: string;
  /** How often to retry after the first attempt, if a retry cannot do anything twice. Default 4. */
  readonly retries?: number;
  /** The time limit of one attempt, in milliseconds. Default 30,000. The live tail has none. */
  readonly timeoutMs?: number;
  /**
   * How long the live tail waits for a sign of life before it reconnects, in milliseconds. Default
   * 45,000; the server sends one every 15 seconds.
   */
  readonly liveSilenceMs?: number;
}
