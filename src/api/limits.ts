/** Bounds of what a caller may send. All of them can be set. */
export interface Limits {
  /** Bytes of one item's parts as JSON. Default 1 MiB. */
  readonly partsBytesMax: number;
  /** Bytes of an item's or a thread's metadata as JSON. Default 64 KiB. */
  readonly metadataBytesMax: number;
  /** Items, edges or threads in one call. Default 1,000. */
  readonly itemsPerRequestMax: number;
  /** Default 20. */
  readonly tagsMax: number;
}

export const defaultLimits: Limits = {
  partsBytesMax: 1024 * 1024,
  metadataBytesMax: 64 * 1024,
  itemsPerRequestMax: 1000,
  tagsMax: 20,
};
