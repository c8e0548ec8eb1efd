import { notFound } from '../../shared/error.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { comparisons, type ComparisonRow } from '../../records/tables.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core, Reading } from '../base/core.ts';
import { paginate, type ListSource } from '../base/paginate.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import { mustShortText } from '../../shared/validate.ts';
import type { Comparison } from '../../api/comparison.ts';
import { presentComparisons } from './present-comparison.ts';

/** See `ComparisonsApi.get`. */
export function getComparison(
  reading: Reading,
  threadId: string,
  comparisonId: string,
): Promise<Comparison> {
  const { core } = reading;
  return readThread(reading, threadId, async (head) => {
    const row = await mustComparison(core, head.id, comparisonId);
    const [comparison] = await presentComparisons(reading, [row]);
    return comparison!; // one in, one out
  });
}

/** The thread is part of its key: a comparison of another thread, a fork's source included, is not found. */
export async function mustComparison(
  core: Core,
  threadId: ThreadId,
  comparisonId: unknown,
): Promise<ComparisonRow> {
  const key = [threadId, mustShortText(comparisonId, 'comparisonId')];
  const row = await core.records.get(comparisons, key);
  if (row === undefined) throw notFound('The comparison');
  return row;
}

/** See `ComparisonsApi.list`. */
export function listComparisons(
  reading: Reading,
  threadId: string,
  options: PageOptions = {},
): Promise<Page<Comparison>> {
  const { core } = reading;
  return readThread(reading, threadId, (head) => {
    const source: ListSource<ComparisonRow, Comparison> = {
      list: `comparisons ${head.id}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) => core.records.scan(comparisons, { ...range, prefix: [head.id] }),
      positionOf: ({ id }) => [id],
      present: (rows) => presentComparisons(reading, rows),
    };
    return paginate(source, options);
  });
}
