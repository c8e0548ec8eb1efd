export interface WriteOptions {
  /** 1 to 128 characters. A call repeated with this key within 24 hours takes effect once. */
  readonly idempotencyKey?: string;
  /** Stored with what is written. Default: a new UUID. */
  readonly requestId?: string;
}

/** The result of a write that may be a retry. */
export interface Outcome<T> {
  readonly data: T;
  /** Everything existed already: nothing was written. */
  readonly replayed: boolean;
}
