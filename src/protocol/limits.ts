/**
 * The limits of the HTTP API that a client should know. Those marked configurable are the defaults:
 * an operator may set others, and the server's answer names the one that was met.
 */
export const limits = {
  /** Bytes of one request's body. Configurable. */
  bodyBytesMax: 16_777_216,
  /** Bytes of one item's parts, as JSON. Configurable. */
  partsBytesMax: 1_048_576,
  /** Bytes of the metadata of one thread or item, as JSON. */
  metadataBytesMax: 65_536,
  /** Items in one request. Configurable. */
  itemsMax: 1000,
  /** Characters of an item's key and of an `Idempotency-Key`. Configurable. */
  keyLengthMax: 128,
  /** Characters of a thread's id, a scope's type or id, and a user's id. */
  idLengthMax: 128,
  titleLengthMax: 200,
  tagsMax: 20,
  tagLengthMax: 64,
  pageSizeDefault: 50,
  pageSizeMax: 1000,
  tokenTtlSecondsDefault: 900,
  tokenTtlSecondsMax: 86_400,
} as const;

/**
 * Entries that any list in a body may have, however the limits are set: it bounds the work of
 * validating a body, and lies above every useful configuration.
 */
export const listEntriesMax = 10_000;
