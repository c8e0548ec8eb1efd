/** Each entry is a commit of its own. All are tried; the first failure, in the order of the input, is thrown. */
export async function each<I, O>(
  inputs: readonly I[],
  run: (input: I, i: number) => Promise<O>,
): Promise<O[]> {
  if (!Array.isArray(inputs)) throw new TypeError('Writes take an array.');
  const settled = await Promise.allSettled(inputs.map(run));
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
