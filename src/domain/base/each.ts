/**
 * Each entry is a commit of its own. All are attempted; then the first failure, in input order, is
 * thrown.
 */
export async function each<I, O>(
  inputs: readonly I[],
  run: (input: I, i: number) => Promise<O>,
): Promise<O[]> {
  if (!Array.isArray(inputs))
    throw new TypeError('Writes take an array: pass [value] for a single one.');
  const settled = await Promise.allSettled(inputs.map(run));
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
