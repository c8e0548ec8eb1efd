import type { ThreadId } from '../../shared/ids.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import { findRequest, requestRow, resultOf, type RequestKey } from './idempotency.ts';

/** A write to a thread that a caller may repeat under one idempotency key. */
interface RepeatableWrite<T> {
  readonly threadId: ThreadId;
  readonly request: RequestKey | Promise<RequestKey> | undefined;
  /** About the bytes that it writes. */
  readonly weight?: number;
  /** Throws unless the caller may write. Comes before an earlier answer is told. */
  mustBeAllowed(writing: Writing): void | Promise<void>;
  write(writing: Writing): T | Promise<T>;
  /** What `recall` needs of an answer. */
  idsOf(answer: T): readonly string[];
  /** The answer of the try that has written these ids. */
  recall(writing: Writing, ids: readonly string[]): Promise<T>;
}

/**
 * Writes to a thread, or answers as an earlier try under the same idempotency key did. The record of
 * the request is in the commit of what it wrote, so there is never one without the other.
 *
 * Without a key nothing is awaited before the write is in the thread's queue, so writes are done in
 * the order of their calls.
 */
export async function writeOnce<T>(reading: Reading, once: RepeatableWrite<T>): Promise<T> {
  const { core, principal } = reading;
  const request = once.request === undefined ? undefined : await once.request;
  return core.writer.write(
    once.threadId,
    (draft) => {
      const writing = { core, principal, draft };
      const asking = once.mustBeAllowed(writing);
      if (asking === undefined && request === undefined) return once.write(writing);
      return writeWhenAllowed(writing, once, request, asking);
    },
    once.weight,
  );
}

async function writeWhenAllowed<T>(
  writing: Writing,
  once: RepeatableWrite<T>,
  request: RequestKey | undefined,
  asking: void | Promise<void>,
): Promise<T> {
  await asking;
  if (request === undefined) return once.write(writing);
  const ids = await recallRequest(writing, request);
  if (ids !== undefined) return once.recall(writing, ids);
  const answer = await once.write(writing);
  rememberRequest(writing, request, once.idsOf(answer));
  return answer;
}

/** Like `findRequest`, with what earlier operations of the draft have answered. */
async function recallRequest(
  { core, draft }: Drafting,
  request: RequestKey,
): Promise<readonly string[] | undefined> {
  const pending = draft.findRequest(request.scope, request.userId, request.key);
  return pending ? resultOf(pending, request) : findRequest(core, request, draft.nowMs);
}

function rememberRequest(
  { core, draft }: Drafting,
  request: RequestKey,
  ids: readonly string[],
): void {
  draft.putRequest(requestRow(request, ids, draft.nowMs));
  core.tasks.sweepSoon();
}
