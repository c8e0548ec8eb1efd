/** How many requests of one call run at the same time: as many as browsers allow per server. */
const concurrency = 6;

/**
 * The results of `call` for every input, in order. Like the store itself, it attempts every input,
 * and then throws the first failure in the order of the inputs.
 */
export async function inParallel<T, R>(
  inputs: readonly T[],
  call: (input: T, index: number) => Promise<R>,
): Promise<R[]> {
  const isArray: boolean = Array.isArray(inputs); // not narrowed by: it would lose the type
  if (!isArray) throw new TypeError('Writes take an array: pass [value] for a single one.');
  const results: R[] = Array.from({ length: inputs.length });
  const failures: { readonly index: number; readonly error: unknown }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < inputs.length) {
      const index = next++;
      try {
        results[index] = await call(inputs[index]!, index);
      } catch (error) {
        failures.push({ index, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, inputs.length) }, work));
  const [first] = failures.toSorted((a, b) => a.index - b.index);
  if (first) throw first.error;
  return results;
}
