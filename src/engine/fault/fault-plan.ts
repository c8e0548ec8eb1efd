/** A fault that a write can meet. */
export type WriteFault =
  /** The write fails, and nothing is written. */
  | 'failBefore'
  /** The write happens, or conflicts, but its response is lost: the caller gets `unavailable`. */
  | 'failAfter'
  /** The write is delayed, before or after it is applied, so that writes overtake each other. */
  | 'delay'
  /**
   * The machine loses power during the write: a commit is not applied, a `deletePrefix` in part,
   * and all calls fail, including reads, until `heal()` or the next `open`.
   */
  | 'tear'
  /** The disk becomes full: this write and all later ones fail until `heal()`; reads continue. */
  | 'fill'
  /**
   * Needs `partitionsApart`: the power fails after a commit has reached its first partition. Its
   * index entries and rows elsewhere are missing until `repair()`, or forever without `expects`.
   */
  | 'split';

export type Fault = WriteFault | 'failRead';

/**
 * The probability of each fault, 0 to 1 per write (`failRead`: per read). Default 0. The sum for
 * writes must not exceed 1.
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
   * Keeps partitions as far apart as `atomicAcrossPartitions: false` allows: the effects of a
   * commit outside its first partition appear a moment later. Default false.
   */
  readonly partitionsApart?: boolean;
  /**
   * How long after the power returns a split commit is finished, in milliseconds. Default: only
   * `repair()` finishes it.
   */
  readonly repairDelayMs?: number;
}

/** Throws `TypeError` for an invalid plan. */
export function checkFaultPlan(plan: FaultPlan): void {
  for (const fault of [...writeFaults, 'failRead'] as const) {
    const probability = plan[fault] ?? 0;
    if (!(probability >= 0 && probability <= 1)) {
      throw new TypeError(`${fault} must be a probability, not ${probability}`);
    }
  }
  const sum = writeFaults.reduce((total, fault) => total + (plan[fault] ?? 0), 0);
  if (sum > 1.000001)
    throw new TypeError('The sum of the probabilities for writes must not exceed 1.');
  if (!((plan.delayMsMax ?? 0) >= 0)) throw new TypeError('delayMsMax must not be negative');
}
