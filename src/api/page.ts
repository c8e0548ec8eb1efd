export interface Page<T> {
  readonly data: readonly T[];
  /**
   * Give it as `after` for the page that follows; `null` means the end, also after a short or empty
   * page.
   */
  readonly nextCursor: string | null;
  /** Give it as `before` for the page before this one. */
  readonly prevCursor: string | null;
}

export interface PageOptions {
  /** Default 50, 1 to 1,000. */
  readonly limit?: number;
  /** A cursor, in the order of the list. For items also an item id. */
  readonly after?: string;
  readonly before?: string;
}
