/**
 * The limits of the HTTP API that clients should know. Those marked configurable are defaults: an
 * operator may change them, and the server's response names the limit that was exceeded.
 */
export const limits = {
  /** The body of one request, in bytes. Configurable. */
  bodyBytesMax: 16_777_216,
  /** The values in the JSON of one body, however deep: texts, numbers, lists and so on. */
  bodyValuesMax: 100_000,
  /** One item's parts, in bytes as JSON. Configurable. */
  partsBytesMax: 1_048_576,
  /** The metadata of one thread or item, in bytes as JSON. */
  metadataBytesMax: 65_536,
  /** Items per request. Configurable. */
  itemsMax: 1000,
  /** An item's key or an `Idempotency-Key`, in characters. Configurable. */
  keyLengthMax: 128,
  /** A thread's id, a scope's type or id, or a user's id, in characters. */
  idLengthMax: 128,
  /** The users that one request asks for. */
  usersMax: 100,
  titleLengthMax: 200,
  tagsMax: 20,
  tagLengthMax: 64,
  pageSizeDefault: 50,
  pageSizeMax: 1000,
  tokenTtlSecondsDefault: 900,
  tokenTtlSecondsMax: 86_400,
  /** The roles or scopes of one credential. */
  claimsMax: 100,
  /** How long the old secret of a key stays good after a rotation. */
  keyGraceSecondsDefault: 3_600,
  keyGraceSecondsMax: 604_800,
} as const;

/**
 * The most entries that any list in a body may have, whatever the configured limits: it bounds the
 * work of validating a body and is above every useful configuration.
 */
export const listEntriesMax = 10_000;

/** Limits on what a caller may send that can be configured. */
export interface Limits {
  /** The size of one item's parts, in bytes as JSON. Default 1 MiB. */
  readonly partsBytesMax: number;
  /** The size of an item's or a thread's metadata, in bytes as JSON. Default 64 KiB. */
  readonly metadataBytesMax: number;
  /** Items, edges or threads per call. Default 1,000. */
  readonly itemsPerRequestMax: number;
  /** Tags per thread. Default 20. */
  readonly tagsMax: number;
  /** Who takes part in an assistant's thread, a group or a feed. Default 1,000. */
  readonly participantsMax: number;
  /** Threads that one live channel follows. Default 1,000. */
  readonly liveThreadsMax: number;
}

export const defaultLimits: Limits = {
  partsBytesMax: limits.partsBytesMax,
  metadataBytesMax: limits.metadataBytesMax,
  itemsPerRequestMax: limits.itemsMax,
  tagsMax: limits.tagsMax,
  participantsMax: 1000,
  liveThreadsMax: 1000,
};
