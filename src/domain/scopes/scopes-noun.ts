import type { ScopesApi } from '../../api/scope.ts';
import { scopes, threads } from '../../records/tables.ts';
import { each } from '../base/each.ts';
import type { Noun } from '../base/noun.ts';
import { dropScope, getOrCreateScope } from './get-or-create-scope.ts';
import { deletion } from '../../records/records.ts';
import type { StoreExamination } from '../base/examination.ts';

/** The one primary thread of each record. */
export const scopesNoun: Noun<{ scopes: ScopesApi }> = {
  name: 'scopes',
  tables: [scopes],
  examine: { store: examineScopes },
  api: (reading) => ({
    scopes: {
      getOrCreate: (scopes, options) =>
        each(scopes, async (scope) => (await getOrCreateScope(reading, scope, options)).data),
      getOrCreateWithOutcome: (scope, options) => getOrCreateScope(reading, scope, options),
    },
  }),
  onDelete: dropScope,
};

/** A scope's primary thread must exist and name the scope. */
async function examineScopes(exam: StoreExamination): Promise<void> {
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
