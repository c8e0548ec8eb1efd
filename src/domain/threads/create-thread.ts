import { sha256Soon } from '../../shared/bytes.ts';
import { ConflictError, invalid, SkeinError } from '../../shared/error.ts';
import {
  newThreadId,
  parseThreadId,
  publicThreadId,
  storedThreadId,
  type StoredThreadId,
} from '../../shared/ids.ts';
import { deletion, expectAbsent, put } from '../../records/records.ts';
import { requests, threads, type ThreadRow } from '../../records/tables.ts';
import { ThreadDraft } from '../../records/thread-draft.ts';
import { mustUserId } from '../access/authorize.ts';
import { ownerOf } from '../access/member.ts';
import type { Core, Drafting, Reading } from '../base/core.ts';
import { appendPrepared } from '../items/append-items.ts';
import { prepareItems } from '../log/prepare-item.ts';
import { addToDraft, prepareParticipants } from '../participants/add-participants.ts';
import { joinedRow, writeParticipant } from '../participants/participant-rows.ts';
import type { Outcome } from '../../api/write-options.ts';
import {
  findRequest,
  requestKey,
  requestRow,
  type EntryOptions,
  type ScopedRequest,
  stampOf,
} from '../requests/idempotency.ts';
import { contentText, mustKnownKeys } from '../../shared/validate.ts';
import { prepareThread, type ThreadContent } from './prepare-thread.ts';
import { presentThread } from '../base/present-thread.ts';
import type { NewThread, Thread } from '../../api/thread.ts';

/**
 * Creates a thread with its first items in one commit. See `ThreadsApi.create`. It cannot use
 * `writeOnce`, which looks for the request in the queue of a thread: a new thread has none, so two
 * calls meet only in the engine, over the id or the idempotency key.
 */
export async function createThread(
  reading: Reading,
  input: NewThread,
  options: EntryOptions = {},
): Promise<Outcome<Thread>> {
  const { core, principal } = reading;
  const userId = mustUserId(principal);
  mustKnownKeys(input, knownKeys, '');
  const content = prepareThread(core.limits, input);
  const added = prepareParticipants(core, input.participants ?? []);
  if (content.mode === 'direct' && added.length > 0) throw invalid('participants', directHint);
  // Before anything is awaited.
  const prepared = prepareItems(reading, input.items ?? [], stampOf(core, options));
  const creation = await prepareCreation(reading, input, options);
  const recalled = await recall(reading, creation, userId);
  if (recalled) return { data: recalled, replayed: true };
  const owner = { projectId: principal.projectId, ownerId: userId };
  const draft = newThreadDraft(core, owner, creation.id, content);
  draft.head = { ...draft.head, createdHash: creation.hash };
  putOwner(draft);
  await addToDraft({ core, draft }, added, userId);
  if (prepared.length > 0)
    await appendPrepared({ core, principal: ownerOf(draft.head), draft }, prepared);
  try {
    await commitCreation({ core, draft }, creation.request, creation.isClientId);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    // Another call with the same id or key was faster: this is its retry, or a clash.
    const winner = await recall(reading, creation, userId);
    if (winner === undefined) throw error;
    return { data: winner, replayed: true };
  }
  return { data: presentThread(draft.head), replayed: false };
}

const knownKeys: ReadonlySet<string> = new Set<keyof NewThread>([
  'id',
  'mode',
  'title',
  'visibility',
  'scopeType',
  'scopeId',
  'tags',
  'metadata',
  'items',
  'participants',
]);

const directHint =
  'cannot be given for a direct thread: open the one of two people with the operation for it';

interface Creation {
  readonly id: StoredThreadId;
  readonly isClientId: boolean;
  /** The hash of the content, if the client chose the id. */
  readonly hash: string | undefined;
  readonly request: ScopedRequest | undefined;
}

async function prepareCreation(
  { core, principal }: Reading,
  input: NewThread,
  options: EntryOptions,
): Promise<Creation> {
  const isClientId = input.id !== undefined;
  const id = isClientId ? parseThreadId(input.id) : newThreadId(core.clock());
  if (id === undefined) {
    throw invalid('id', 'must be 1 to 128 characters of A-Z a-z 0-9 _ . : -');
  }
  const { projectId } = principal;
  const text = isClientId ? contentText(input, '') : undefined; // before anything is waited for
  const request = await requestKey(principal, options, () => ({ create: input }));
  const hash = text === undefined ? undefined : await sha256Soon(text);
  const scoped = request && { ...request, scope: `/${projectId}` };
  return { id: storedThreadId(projectId, id), isClientId, hash, request: scoped };
}

/** The thread that an earlier identical call has created, if any. Throws on a clash. */
async function recall(
  { core, principal }: Reading,
  { id, isClientId, hash, request }: Creation,
  userId: string,
): Promise<Thread | undefined> {
  const result = request && (await findRequest(core, request, core.clock()));
  const existing = result
    ? await core.records.getNamed(threads, [result[0]!])
    : isClientId
      ? await core.writer.head(id)
      : undefined;
  if (existing === undefined) return undefined;
  const isSame =
    existing.deletedAt === undefined &&
    existing.projectId === principal.projectId &&
    existing.ownerId === userId &&
    (result !== undefined || existing.createdHash === hash);
  if (isSame) return presentThread(existing);
  const name = publicThreadId(id);
  throw new SkeinError('conflict', `The thread id ${name} is or was in use; choose another.`);
}

/** The draft of a new thread, at version 1 and empty. */
export function newThreadDraft(
  core: Core,
  owner: Pick<ThreadRow, 'projectId' | 'ownerId'>,
  id: StoredThreadId,
  content: ThreadContent,
): ThreadDraft {
  const nowMs = core.clock();
  const base: ThreadRow = {
    ...content,
    ...owner,
    id,
    archived: false,
    createdAt: nowMs,
    updatedAt: nowMs,
    version: 0,
    itemCount: 0,
    lastPreview: '',
    privacyKnown: true,
    ...(content.mode !== 'assistant' && { hasOthers: false }),
  };
  const draft = new ThreadDraft({ ...base, tags: [] }, nowMs);
  draft.updateHead({ tags: content.tags });
  return draft;
}

/** The owner takes part like all others, but in an assistant's thread, which is theirs alone. */
export function putOwner(draft: ThreadDraft): void {
  const { mode, ownerId } = draft.head;
  if (mode === 'assistant') return;
  writeParticipant(draft, joinedRow(draft, ownerId, undefined), undefined);
}

/** Guarded by the id if the client chose it, and by the idempotency key if there is one. */
async function commitCreation(
  { core, draft }: Drafting,
  request: ScopedRequest | undefined,
  isClientId: boolean,
): Promise<void> {
  if (request === undefined) return core.writer.create(draft);
  const puts = [put(requests, requestRow(request, [draft.head.id], draft.nowMs))];
  core.tasks.sweepSoon();
  if (isClientId) return core.writer.create(draft, { puts });
  const key = [request.scope, request.userId, request.key];
  await forgetExpired(core, key, draft.nowMs);
  return core.writer.create(draft, { puts, guard: expectAbsent(requests, key) });
}

async function forgetExpired(core: Core, key: readonly string[], nowMs: number): Promise<void> {
  const row = await core.records.get(requests, key);
  if (row === undefined || row.expiresAt > nowMs) return;
  await core.records.commit({ deletes: [deletion(requests, key, row)] });
}
