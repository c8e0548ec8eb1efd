export interface DoctorOptions {
  /** Rebuilds derived data that is wrong. Default false: only reports it. */
  readonly repair: boolean;
  /**
   * Repairs, and renews what an older version derived in another form, such as previews with the
   * marks of Markdown. Default false.
   */
  readonly rebuild?: boolean;
  /** Called occasionally with the number of threads and items read so far. */
  readonly onProgress?: (done: { readonly threads: number; readonly items: number }) => void;
}

export interface DoctorProblem {
  /** Empty for a row outside threads. */
  readonly threadId: string;
  /** `order`, `head`, `list`, `key`, `derived`, `reference`, `state`, `gap` or `leftover`. */
  readonly kind: string;
  readonly detail: string;
  /** False if no repair was requested, or if the data cannot be derived, such as the log itself. */
  readonly repaired: boolean;
}

export interface DoctorReport {
  readonly threads: number;
  readonly items: number;
  /** At most 10,000 problems are listed. */
  readonly problems: readonly DoctorProblem[];
}
