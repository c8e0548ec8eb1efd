import type { StoredThreadId, ThreadAddress } from '../../shared/ids.ts';
import type { Drafting, Reading, Requesting, Writing } from '../base/core.ts';
import {
  findRequest,
  requestRow,
  resultOf,
  type RequestKey,
  type ScopedRequest,
} from './idempotency.ts';

/** A write to a thread that a caller may repeat with the same idempotency key. */
interface RepeatableWrite<T> {
  readonly thread: ThreadAddress;
  readonly request: RequestKey | Promise<RequestKey> | undefined;
  /** The thread in which the key counts, if it is not the one that is written to. */
  readonly scope?: StoredThreadId;
  /** The approximate number of bytes that it writes. */
  readonly weight?: number;
  /** Throws unless the caller may write. Runs before an earlier result is returned. */
  mustBeAllowed(requesting: Requesting): Writing | Promise<Writing>;
  write(writing: Writing): T | Promise<T>;
  /** What `recall` needs to find the result again. */
  idsOf(answer: T): readonly string[];
  /** The result of the attempt that has written these ids. */
  recall(writing: Writing, ids: readonly string[]): Promise<T>;
}

/**
 * Writes to a thread, or returns the result of an earlier attempt with the same idempotency key.
 * The record of the request is part of the commit, so neither exists without the other.
 *
 * Without a key, nothing is awaited before the write is queued, so that writes happen in call
 * order.
 */
export function writeOnce<T>(reading: Reading, once: RepeatableWrite<T>): Promise<T> {
  const { request } = once;
  return request instanceof Promise
    ? request.then((request) => writeWith(reading, once, request))
    : writeWith(reading, once, request);
}

function writeWith<T>(
  { core, principal }: Reading,
  once: RepeatableWrite<T>,
  request: RequestKey | undefined,
): Promise<T> {
  return core.writer.write(
    once.thread,
    (draft) => {
      const asking = once.mustBeAllowed({ core, principal, draft });
      const isAllowed = !(asking instanceof Promise);
      if (isAllowed && request === undefined) return once.write(asking);
      return writeWhenAllowed(asking, once, request);
    },
    once.weight,
  );
}

async function writeWhenAllowed<T>(
  asking: Writing | Promise<Writing>,
  once: RepeatableWrite<T>,
  request: RequestKey | undefined,
): Promise<T> {
  const writing = await asking;
  if (request === undefined) return once.write(writing);
  const scoped = { ...request, scope: once.scope ?? writing.draft.head.id };
  const ids = await recallRequest(writing, scoped);
  if (ids !== undefined) return once.recall(writing, ids);
  const answer = await once.write(writing);
  rememberRequest(writing, scoped, once.idsOf(answer));
  return answer;
}

/** Like `findRequest`, including results of earlier operations of the draft. */
async function recallRequest(
  { core, draft }: Drafting,
  request: ScopedRequest,
): Promise<readonly string[] | undefined> {
  const pending = draft.findRequest(request.scope, request.userId, request.key);
  return pending ? resultOf(pending, request) : findRequest(core, request, draft.nowMs);
}

function rememberRequest(
  { core, draft }: Drafting,
  request: ScopedRequest,
  ids: readonly string[],
): void {
  draft.putRequest(requestRow(request, ids, draft.nowMs));
  core.tasks.sweepSoon();
}
