export interface WriteOptions {
  /** 1 to 128 characters. A call repeated with this key within 24 hours takes effect once. */
  readonly idempotencyKey?: string;
  /** Stored with what is written. Default: a new UUID. */
  readonly requestId?: string;
}

/** A change of a thread that the caller has read. */
export interface VersionOptions {
  /**
   * The version that the thread must have, or several of which it must have one. Otherwise the call
   * throws `precondition_failed` and changes nothing.
   */
  readonly ifVersion?: number | readonly number[];
}

/**
 * What is added to a thread that the caller has read. A repeated call returns what the first one
 * did, whatever version the thread has by then.
 */
export interface ThreadWriteOptions extends WriteOptions, VersionOptions {}

/** The result of a write that may be a retry. */
export interface Outcome<T> {
  readonly data: T;
  /** Everything existed already: nothing was written. */
  readonly replayed: boolean;
}
