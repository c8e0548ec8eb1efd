import { invalid } from '../shared/error.ts';

/**
 * Runs a write for each input, many at a time. All are tried, each a commit of its own; then the first
 * failure, in the order of the input, is thrown.
 */
export async function runAll<I, O>(
  inputs: readonly I[],
  run: (input: I) => Promise<O>,
): Promise<O[]> {
  const outcomes: PromiseSettledResult<O>[] = [];
  for (let i = 0; i < inputs.length; i += atOnceMax) {
    outcomes.push(...(await Promise.allSettled(inputs.slice(i, i + atOnceMax).map(run))));
  }
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

/** Enough for the store to write many threads in one sync. */
const atOnceMax = 200;

/** The inputs of each thread, in order, with where each stood. Throws `invalid_request` for one without. */
export function byThread<I extends { readonly threadId: string }>(
  inputs: readonly I[],
): {
  readonly threadId: string;
  readonly inputs: readonly I[];
  readonly places: readonly number[];
}[] {
  const groups = new Map<string, { threadId: string; inputs: I[]; places: number[] }>();
  for (const [place, input] of inputs.entries()) {
    const threadId = mustThreadId(input, place);
    const group = groups.get(threadId) ?? { threadId, inputs: [], places: [] };
    groups.set(threadId, group);
    group.inputs.push(input);
    group.places.push(place);
  }
  return [...groups.values()];
}

/** Without it, rows would be looked for that are in the thread `undefined`. */
export function mustThreadId({ threadId }: { readonly threadId: string }, place: number): string {
  if (typeof threadId === 'string') return threadId;
  throw invalid(`rows.${place}.threadId`, 'must be a string');
}

/** Writes are many-first. */
export function mustRows<T>(rows: readonly T[]): readonly T[] {
  if (!Array.isArray(rows)) throw new TypeError('Writes take an array.');
  return rows;
}

/** Lists of at most so many, in order. */
export function inChunks<T>(list: readonly T[], sizeMax: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < list.length; i += sizeMax) chunks.push(list.slice(i, i + sizeMax));
  return chunks;
}
