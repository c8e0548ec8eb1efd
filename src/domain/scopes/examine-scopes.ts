import { deletion } from '../../records/records.ts';
import { scopes, threads } from '../../records/tables.ts';
import type { StoreExamination } from '../base/examination.ts';

/** A scope's primary thread must exist and name the scope. */
export async function examineScopes(exam: StoreExamination): Promise<void> {
  for await (const row of exam.rows(scopes)) {
    const { projectId, scopeType, scopeId, threadId } = row;
    const head = await exam.records.get(threads, [threadId]);
    const isOfScope =
      head?.projectId === projectId && head.scopeType === scopeType && head.scopeId === scopeId;
    if (isOfScope) continue;
    const isOnItsWay = head === undefined && exam.mayComeLater;
    const remove = () =>
      exam.records.commit({ deletes: [deletion(scopes, [projectId, scopeType, scopeId], row)] });
    await exam.found(
      'reference',
      `the scope ${scopeType} ${scopeId} names the thread ${threadId}, which is none of its`,
      isOnItsWay ? undefined : remove, // the next caller makes it a thread
    );
  }
}
