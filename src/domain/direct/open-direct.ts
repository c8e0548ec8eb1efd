import type { Thread } from '../../api/thread.ts';
import type { Outcome } from '../../api/write-options.ts';
import { deletion, expectAbsent, expectVersion, put } from '../../records/records.ts';
import {
  directThreads,
  threads,
  type DirectThreadRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { isAgentId } from '../../shared/validate.ts';
import { newThreadId, storedThreadId } from '../../shared/ids.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Drafting, Reading } from '../base/core.ts';
import { presentThread } from '../base/present-thread.ts';
import { showThread } from '../head/show-thread.ts';
import { addToDraft } from '../participants/add-participants.ts';
import { mustOtherUserId } from '../participants/participant-rows.ts';
import { firstVersion } from '../scopes/get-or-create-scope.ts';
import { newThreadDraft, putOwner } from '../threads/create-thread.ts';
import { prepareThread, type ThreadContent } from '../threads/prepare-thread.ts';

/**
 * The one direct thread of the caller and another user, made by the one who asks first. The pair's
 * own row guards the commit, so that concurrent calls in any number of processes make one thread.
 * See `DirectApi`.
 */
export async function openDirect(reading: Reading, userId: string): Promise<Outcome<Thread>> {
  const other = mustOtherUserId(userId, 'userId');
  const self = mustUserId(reading.principal);
  if (other === self) throw invalid('userId', 'must be another user: this is you');
  if (isAgentId(other)) {
    throw invalid(
      'userId',
      'must be a person: talk with an agent in an assistant thread or a group',
    );
  }
  return retryConflicts(() => openOnce(reading, { self, other }));
}

interface Pair {
  readonly self: string;
  readonly other: string;
}

async function openOnce(reading: Reading, pair: Pair): Promise<Outcome<Thread>> {
  const { core, principal } = reading;
  const key = [principal.projectId, ...[pair.self, pair.other].toSorted(byCodeUnits)];
  const row = await core.records.get(directThreads, key);
  const head = row && (await core.records.getNamed(threads, [row.threadId]));
  if (head !== undefined && head.deletedAt === undefined) {
    return { data: await showThread(reading, head), replayed: true };
  }
  return { data: presentThread(await create(reading, pair, row)), replayed: false };
}

async function create(
  { core, principal }: Reading,
  { self, other }: Pair,
  replaced: DirectThreadRow | undefined,
): Promise<ThreadRow> {
  const { projectId } = principal;
  const content: ThreadContent = prepareThread(core.limits, { mode: 'direct' });
  const id = storedThreadId(projectId, newThreadId(core.clock()));
  const draft = newThreadDraft(core, { projectId, ownerId: self }, id, content);
  putOwner(draft);
  await addToDraft({ core, draft }, [{ userId: other, role: undefined, answers: undefined }], self);
  draft.head = { ...draft.head, otherId: other };
  const [lesserId, greaterId] = [self, other].toSorted(byCodeUnits) as [string, string]; // two in
  const key = [projectId, lesserId, greaterId];
  const version = replaced ? replaced.version + 1 : firstVersion();
  const row = { projectId, lesserId, greaterId, threadId: id, version };
  const guard = replaced
    ? expectVersion(directThreads, key, replaced.version)
    : expectAbsent(directThreads, key);
  await core.writer.create(draft, { puts: [put(directThreads, row, replaced ?? null)], guard });
  return draft.head;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** A pair whose thread is deleted makes a new one the next time. */
export async function dropDirect({ core, draft }: Drafting): Promise<void> {
  const { projectId, ownerId, otherId, id } = draft.head;
  if (otherId === undefined) return;
  const key = [projectId, ...[ownerId, otherId].toSorted(byCodeUnits)];
  const row = await core.records.get(directThreads, key);
  if (row?.threadId === id) draft.delete(deletion(directThreads, key));
}
