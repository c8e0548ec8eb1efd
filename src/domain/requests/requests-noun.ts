import { requests, threads, type RequestRow } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { sweepRequests } from './idempotency.ts';
import { deletion } from '../../records/records.ts';
import type { StoreExamination } from '../base/examination.ts';
import { examineEntries } from '../base/missing-entries.ts';

/** Results of requests with idempotency keys, remembered for a day. */
export const requestsNoun: Noun = {
  name: 'requests',
  tables: [requests],
  examine: { store: examineRequests },
  transfer: { leftOut: { requests: 'idempotency keys are remembered for a day, by one store' } },
  sweep: sweepRequests,
};

/** A request must belong to an existing thread or to a project. */
async function examineRequests(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(requests)) {
    const { scope, userId, key } = row;
    if (await isOfNothing(exam, row)) {
      const detail = `the request ${key} is of the thread ${scope}, which does not exist`;
      await exam.found('leftover', detail, () =>
        exam.records.commit({ deletes: [deletion(requests, [scope, userId, key], row)] }),
      );
    } else await examineEntries(exam, requests, row, `the request ${key}`);
  }
}

async function isOfNothing(exam: StoreExamination, { scope }: RequestRow): Promise<boolean> {
  return !scope.startsWith('/') && (await exam.records.get(threads, [scope])) === undefined;
}
