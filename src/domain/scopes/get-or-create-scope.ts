import { retryConflicts } from '../../shared/retry-conflicts.ts';
import { notFound } from '../../shared/error.ts';
import { newThreadId, storedThreadId } from '../../shared/ids.ts';
import { deletion, expectAbsent, expectVersion, put } from '../../records/records.ts';
import { scopes, threads, type ScopeRow } from '../../records/tables.ts';
import { mayRead, mustUserId, visit } from '../access/authorize.ts';
import type { Drafting, Reading } from '../base/core.ts';
import type { Outcome, WriteOptions } from '../../api/write-options.ts';
import type { ScopeInput } from '../../api/scope.ts';
import { mustBeWriteOptions } from '../requests/idempotency.ts';
import { newThreadDraft, putOwner } from '../threads/create-thread.ts';
import { prepareThread, type ThreadContent } from '../threads/prepare-thread.ts';
import { presentThread } from '../base/present-thread.ts';
import { showThread } from '../head/show-thread.ts';
import type { Thread } from '../../api/thread.ts';
import { mustKnownKeys, mustShortText } from '../../shared/validate.ts';

/**
 * The one primary thread of a scope, created by the first caller. The scope's own row guards the
 * commit, so that concurrent calls in any number of processes create one thread. See `ScopesApi`.
 */
export async function getOrCreateScope(
  reading: Reading,
  input: ScopeInput,
  options: WriteOptions = {},
): Promise<Outcome<Thread>> {
  const { core, principal } = reading;
  mustBeWriteOptions(options);
  mustUserId(principal);
  mustKnownKeys(input, knownKeys, '');
  mustShortText(input.scopeType, 'scopeType');
  mustShortText(input.scopeId, 'scopeId');
  const content = prepareThread(core.limits, input);
  return retryConflicts(async () => {
    const key = [principal.projectId, input.scopeType, input.scopeId];
    const row = await core.records.get(scopes, key);
    const existing = row && (await readScope(reading, row));
    if (existing) return { data: existing, replayed: true };
    return { data: await createScope(reading, content, row), replayed: false };
  });
}

const knownKeys: ReadonlySet<string> = new Set<keyof ScopeInput>([
  'scopeType',
  'scopeId',
  'mode',
  'title',
  'visibility',
  'tags',
  'metadata',
]);

/** The scope's thread, or `undefined` if it was deleted. */
async function readScope(reading: Reading, { threadId }: ScopeRow): Promise<Thread | undefined> {
  const { core } = reading;
  const head = await core.records.getNamed(threads, [threadId]);
  if (head === undefined || head.deletedAt !== undefined) return undefined;
  const visiting = await visit(reading, head);
  if (!mayRead(visiting.principal)) throw notFound("The scope's thread");
  return showThread(reading, head);
}

async function createScope(
  { core, principal }: Reading,
  content: ThreadContent,
  replaced: ScopeRow | undefined,
): Promise<Thread> {
  const { projectId } = principal;
  // Both were checked above.
  const { scopeType, scopeId } = content as ThreadContent & { scopeType: string; scopeId: string };
  const id = storedThreadId(projectId, newThreadId(core.clock()));
  const owner = { projectId, ownerId: mustUserId(principal) };
  const draft = newThreadDraft(core, owner, id, content);
  putOwner(draft);
  const key = [projectId, scopeType, scopeId];
  const version = replaced ? replaced.version + 1 : firstVersion();
  const row = { projectId, scopeType, scopeId, threadId: id, version };
  const guard = replaced ? expectVersion(scopes, key, replaced.version) : expectAbsent(scopes, key);
  await core.writer.create(draft, { puts: [put(scopes, row, replaced ?? null)], guard });
  return presentThread(draft.head);
}

/**
 * The row is deleted with its thread. A process may still hold its last version and must not
 * mistake a newer row for it, so each row begins with a different version.
 */
export function firstVersion(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high % 2 ** 20) * 2 ** 32 + low + 1;
}

/** Frees a scope whose primary thread is deleted for a new one. */
export async function dropScope({ core, draft }: Drafting): Promise<void> {
  const { projectId, scopeType, scopeId, id } = draft.head;
  if (scopeType === undefined || scopeId === undefined) return;
  const key = [projectId, scopeType, scopeId];
  const scope = await core.records.get(scopes, key);
  if (scope?.threadId === id) draft.delete(deletion(scopes, key));
}
