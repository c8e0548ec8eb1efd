/** Limits on what a caller may send. All of them can be configured. */
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
}

export const defaultLimits: Limits = {
  partsBytesMax: 1024 * 1024,
  metadataBytesMax: 64 * 1024,
  itemsPerRequestMax: 1000,
  tagsMax: 20,
  participantsMax: 1000,
};
