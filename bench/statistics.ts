/**
 * The middle value, or the mean of the two in the middle. Throws `RangeError` for an empty list.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The least and the greatest ratio of figures that were measured one right after the other. */
export function ratioSpread(
  ours: readonly number[],
  reference: readonly number[],
): [number, number] {
  const ratios = ours.map((value, i) => value / reference[i]!);
  return [Math.min(...ratios), Math.max(...ratios)];
}

/** A pseudo-random sequence that is the same in every run: a call gives 0 to `below - 1`. */
export function createSequence(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    // The linear congruential generator of Numerical Recipes; its high bits are the good ones.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
