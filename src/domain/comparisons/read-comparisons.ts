import { notFound } from '../../shared/error.ts';
import type { StoredThreadId, ThreadIdText } from '../../shared/ids.ts';
import { comparisons, runs, type ComparisonRow, type ThreadRow } from '../../records/tables.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core, Reading, Visiting } from '../base/core.ts';
import { paginate, type ListSource } from '../base/paginate.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import { mustShortText, mustKnowOptions } from '../../shared/validate.ts';
import type { Comparison } from '../../api/comparison.ts';
import { knownRuns } from '../runs/run-rights.ts';
import { presentComparisons } from './present-comparison.ts';

/** See `ComparisonsApi.get`. */
export function getComparison(
  reading: Reading,
  threadId: ThreadIdText,
  comparisonId: string,
): Promise<Comparison> {
  return readThread(reading, threadId, async (head, visiting) => {
    const row = await mustKnownComparison(visiting, head, comparisonId);
    const [comparison] = await presentComparisons(reading, [row]);
    return comparison!; // one in, one out
  });
}

/**
 * The thread is part of the key: a comparison of another thread, even a fork's source, is not
 * found.
 */
export async function mustComparison(
  core: Core,
  threadId: StoredThreadId,
  comparisonId: unknown,
): Promise<ComparisonRow> {
  const key = [threadId, mustShortText(comparisonId, 'comparisonId')];
  const row = await core.records.get(comparisons, key);
  if (row === undefined) throw notFound('The comparison');
  return row;
}

/** Also throws `not_found` if the caller may not know of it. */
export async function mustKnownComparison(
  reading: Visiting,
  head: ThreadRow,
  comparisonId: unknown,
): Promise<ComparisonRow> {
  const row = await mustComparison(reading.core, head.id, comparisonId);
  const [known] = await knownComparisons(reading, head, [row]);
  if (known === undefined) throw notFound('The comparison');
  return known;
}

/** Those of these comparisons whose runs the caller may know of. */
export async function knownComparisons(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly ComparisonRow[],
): Promise<(ComparisonRow | undefined)[]> {
  const keys = rows.flatMap(({ threadId, leftRunId, rightRunId }) => [
    [threadId, leftRunId],
    [threadId, rightRunId],
  ]);
  const sides = await reading.core.records.getExisting(runs, keys);
  const known = await knownRuns(reading, head, sides);
  const knownIds = new Set(known.map((run) => run?.id));
  return rows.map((row) =>
    knownIds.has(row.leftRunId) && knownIds.has(row.rightRunId) ? row : undefined,
  );
}

/** See `ComparisonsApi.list`. */
export function listComparisons(
  reading: Reading,
  threadId: ThreadIdText,
  options: PageOptions = {},
): Promise<Page<Comparison>> {
  const { core } = reading;
  return readThread(reading, threadId, (head, visiting) => {
    mustKnowOptions(options, pageOptions);
    const source: ListSource<ComparisonRow, Comparison> = {
      list: `comparisons ${head.id}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) => core.records.scan(comparisons, { ...range, prefix: [head.id] }),
      positionOf: ({ id }) => [id],
      present: (rows) => presentKnown(visiting, head, rows),
    };
    return paginate(source, options);
  });
}

async function presentKnown(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly ComparisonRow[],
): Promise<(Comparison | undefined)[]> {
  const known = await knownComparisons(reading, head, rows);
  const present = known.filter((row) => row !== undefined);
  const presented = await presentComparisons(reading, present);
  const byId = new Map(presented.map((comparison) => [comparison.id, comparison]));
  return rows.map(({ id }) => byId.get(id));
}

const pageOptions = { limit: true, after: true, before: true } as const;
