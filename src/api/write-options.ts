export interface WriteOptions {
  /** Makes the whole call idempotent for 24 hours: 1 to 128 characters. */
  readonly idempotencyKey?: string;
  /** Stored with what is written. Default: a new UUID. */
  readonly requestId?: string;
}

/** What a write that may be a retry did. */
export interface Outcome<T> {
  readonly data: T;
  /** Everything was there already: nothing was written. */
  readonly replayed: boolean;
}
