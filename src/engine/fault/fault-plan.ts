/** A fault that a write can meet. */
export type WriteFault =
  /** It fails, and nothing is written. */
  | 'failBefore'
  /** It is written, or conflicts, but the answer is lost: the caller meets `unavailable`. */
  | 'failAfter'
  /** It takes a while, before or after it is applied, so that writes overtake each other. */
  | 'delay'
  /**
   * The machine loses power in its middle: a commit is not applied, a `deletePrefix` in part, and
   * nothing works any more, reads included, until `heal()` or the next `open`.
   */
  | 'tear'
  /** The disk becomes full: this write and all others fail until `heal()`, reads go on. */
  | 'fill'
  /**
   * Of an engine with `partitionsApart`: power is lost when a commit has reached its first
   * partition. Its index entries and rows elsewhere are missing until `repair()`; without `expects`
   * the rows for good.
   */
  | 'split';

export type Fault = WriteFault | 'failRead';

/**
 * How likely each fault is, 0 to 1 for every write (`failRead`: every read). Default 0; the sum of
 * the writes' is at most 1.
 */
export interface FaultPlan extends Readonly<Partial<Record<Fault, number>>> {
  /** The same seed and the same order of calls give the same faults: 0 to 2^32 - 1, default 1. */
  readonly seed?: number;
  /** The longest delay, in milliseconds. Default 5. */
  readonly delayMsMax?: number;
}

export const writeFaults: readonly WriteFault[] = [
  'failBefore',
  'failAfter',
  'delay',
  'tear',
  'fill',
  'split',
];

export interface FaultOptions {
  /**
   * Keeps partitions as far apart as `atomicAcrossPartitions: false` allows: what a commit does in
   * other partitions than the first is seen a moment later. Default false.
   */
  readonly partitionsApart?: boolean;
  /**
   * How long after power is back a split commit is finished by itself. Default: only `repair()`
   * does it.
   */
  readonly repairDelayMs?: number;
}

/** Throws `TypeError` for a plan that cannot be followed. */
export function checkFaultPlan(plan: FaultPlan): void {
  for (const fault of [...writeFaults, 'failRead'] as const) {
    const probability = plan[fault] ?? 0;
    if (!(probability >= 0 && probability <= 1)) {
      throw new TypeError(`${fault} must be a probability, not ${probability}`);
    }
  }
  const sum = writeFaults.reduce((total, fault) => total + (plan[fault] ?? 0), 0);
  if (sum > 1.000001) throw new TypeError('The probabilities of the faults of writes exceed 1.');
  if (!((plan.delayMsMax ?? 0) >= 0)) throw new TypeError('delayMsMax must not be negative');
}
