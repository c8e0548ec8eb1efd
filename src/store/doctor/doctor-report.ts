export interface DoctorOptions {
  /** Derives anew what is wrong. Default false: only says so. */
  readonly repair: boolean;
  /** Called now and then with what was read so far. */
  readonly onProgress?: (done: { readonly threads: number; readonly items: number }) => void;
}

export interface DoctorProblem {
  /** Empty for a row that belongs to no thread. */
  readonly threadId: string;
  /** `order`, `head`, `list`, `key`, `derived`, `reference`, `state`, `gap` or `leftover`. */
  readonly kind: string;
  readonly detail: string;
  /** False where it was not asked for, and of what cannot be derived, such as the log itself. */
  readonly repaired: boolean;
}

export interface DoctorReport {
  readonly threads: number;
  readonly items: number;
  /** At most 10,000: a store with more wrong than this is not read problem by problem. */
  readonly problems: readonly DoctorProblem[];
}
