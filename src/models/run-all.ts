import { invalid } from '../shared/error.ts';

/**
 * Runs a write for each input, up to 200 at a time, each in its own commit. All run, even if one
 * fails; then the first failure, in the order of the input, is thrown.
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

/**
 * The inputs grouped by thread, in order, with their positions. Throws `invalid_request` for an
 * input without a thread id.
 */
export function byThread<I extends { readonly threadId: string }>(
  inputs: readonly I[],
): {
  readonly threadId: string;
  readonly inputs: readonly I[];
  readonly positions: readonly number[];
}[] {
  const groups = new Map<string, { threadId: string; inputs: I[]; positions: number[] }>();
  for (const [position, input] of inputs.entries()) {
    const threadId = mustNameThread(input, position);
    const group = groups.get(threadId) ?? { threadId, inputs: [], positions: [] };
    groups.set(threadId, group);
    group.inputs.push(input);
    group.positions.push(position);
  }
  return [...groups.values()];
}

/** Without this check a query would look for rows of the thread `undefined`. */
export function mustNameThread(
  { threadId }: { readonly threadId: string },
  position: number,
): string {
  if (typeof threadId === 'string') return threadId;
  throw invalid(`rows.${position}.threadId`, 'must be a string');
}

/** Throws `TypeError` if the rows are not an array: writes are many-first. */
export function mustRows<T>(rows: readonly T[]): readonly T[] {
  if (!Array.isArray(rows)) throw new TypeError('Rows must be an array, even a single one.');
  return rows;
}

/** The list in batches of at most `sizeMax`, in order. */
export function inBatches<T>(list: readonly T[], sizeMax: number): T[][] {
  const batches: T[][] = [];
  for (let i = 0; i < list.length; i += sizeMax) batches.push(list.slice(i, i + sizeMax));
  return batches;
}
