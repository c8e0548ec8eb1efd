import { deletion } from '../../records/records.ts';
import { scopes } from '../../records/tables.ts';
import type { Drafting } from '../base/core.ts';

/** Frees a scope whose primary thread is deleted for a new one. */
export async function dropScope({ core, draft }: Drafting): Promise<void> {
  const { projectId, scopeType, scopeId, id } = draft.head;
  if (scopeType === undefined || scopeId === undefined) return;
  const key = [projectId, scopeType, scopeId];
  const scope = await core.records.get(scopes, key);
  if (scope?.threadId === id) draft.delete(deletion(scopes, key));
}
