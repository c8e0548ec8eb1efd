/**
 * Idempotency keys of whole requests. The record of a request rides in the commit of what it did, so
 * there is never one without the other; it is forgotten after 24 hours.
 */
import { sha256 } from '../../shared/bytes.ts';
import { SkeinError } from '../../shared/error.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { canonicalJson, type JsonValue } from '../../shared/json.ts';
import { beginningOfTime, deletion } from '../../records/records.ts';
import { requests, type RequestRow } from '../../records/tables.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core, Drafting } from '../base/core.ts';
import type { WriteOptions } from '../../api/write-options.ts';
import { mustShortText } from '../../shared/validate.ts';

export const requestTtlMs: number = 24 * 60 * 60 * 1000;

/** What is stored as the request's id with all that it writes; a new UUID where the caller gives none. */
export function requestIdOf(options: WriteOptions, nowMs: number): string {
  const { requestId } = options;
  return requestId === undefined ? newUuidV7(nowMs) : mustShortText(requestId, 'requestId');
}

/** Whose request under which key it is, and the hash of what it asks. */
export interface RequestKey {
  readonly scope: string;
  readonly userId: string;
  readonly key: string;
  readonly hash: string;
}

/** Options of one entry of a call that may have several. */
export interface EntryOptions extends WriteOptions {
  /** Its number, where there are several: each is a request of its own under the one key. */
  readonly entry?: number;
}

/** One idempotency key for a call of several entries becomes one for each. */
export function forOne(
  options: WriteOptions | undefined,
  entry: number,
  count: number,
): EntryOptions {
  return count === 1 ? { ...options } : { ...options, entry };
}

/** `scope` is a thread's id, or `/` and a project's: no thread's id begins with a slash. */
export async function requestKey(
  scope: string,
  principal: Principal,
  key: string,
  content: unknown,
  entry?: number,
): Promise<RequestKey> {
  const userId = mustUserId(principal);
  const name = mustShortText(key, 'Idempotency-Key');
  // The domain has checked the content to be JSON before it comes here.
  const text = canonicalJson(content as JsonValue);
  return { scope, userId, key: await entryKey(name, entry), hash: await sha256(text) };
}

/** A hash stands for the key, so that the longest one leaves room for the number, and nobody gives it by chance. */
async function entryKey(key: string, entry: number | undefined): Promise<string> {
  return entry === undefined ? key : `${await sha256(key)}#${entry}`;
}

/** What an earlier request under the key answered, or `undefined`. Throws `key_conflict` if it asked something else. */
export async function findRequest(
  core: Core,
  request: RequestKey,
  nowMs: number,
): Promise<readonly string[] | undefined> {
  const row = await core.records.get(requests, [request.scope, request.userId, request.key]);
  if (row === undefined || row.expiresAt <= nowMs) return undefined;
  if (row.hash === request.hash) return row.result as readonly string[]; // as requestRow made it
  throw new SkeinError('key_conflict', 'The idempotency key was used for another request.');
}

/** Like `findRequest`, inside the writer of the thread that the request is about. */
export function recallRequest(
  { core, draft }: Drafting,
  request: RequestKey,
): Promise<readonly string[] | undefined> {
  const pending = draft.findRequest(request.scope, request.userId, request.key);
  if (pending === undefined) return findRequest(core, request, draft.nowMs);
  // As in findRequest: rememberRequest made it.
  if (pending.hash === request.hash) return Promise.resolve(pending.result as readonly string[]);
  throw new SkeinError('key_conflict', 'The idempotency key was used for another request.');
}

/** Keeps the answer of a request in the commit that it belongs to. */
export function rememberRequest(
  { core, draft }: Drafting,
  request: RequestKey,
  result: readonly string[],
): void {
  draft.putRequest(requestRow(request, result, draft.nowMs));
  core.tasks.sweepSoon();
}

export function requestRow(
  request: RequestKey,
  result: readonly string[],
  nowMs: number,
): RequestRow {
  return { ...request, result, expiresAt: nowMs + requestTtlMs };
}

/** Deletes what has expired, at most 1,000 a call. Returns how many. */
export async function sweepRequests(core: Core): Promise<number> {
  const expired = await core.records.scan(requests, {
    index: 'byExpiry',
    prefix: [],
    after: [beginningOfTime],
    before: [core.clock()],
    limit: 1000,
  });
  const deletes = expired.map((row) => deletion(requests, [row.scope, row.userId, row.key]));
  if (deletes.length > 0) await core.records.commit({ deletes });
  return deletes.length;
}
