export interface Page<T> {
  readonly data: readonly T[];
  /**
   * Give it as `after` to read the following page. `null` means the end; a page may be short or
   * empty before that.
   */
  readonly nextCursor: string | null;
  /** Give it as `before` to read the previous page. */
  readonly prevCursor: string | null;
}

export interface PageOptions {
  /** 1 to 1,000. Default 50. */
  readonly limit?: number;
  /** A cursor of this list. For items also an item id. */
  readonly after?: string;
  readonly before?: string;
}
