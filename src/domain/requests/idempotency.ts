/**
 * Idempotency keys of whole requests. The record of a request rides in the commit of what it did,
 * so there is never one without the other; it is forgotten after 24 hours.
 */
import { sha256 } from '../../shared/bytes.ts';
import { SkeinError } from '../../shared/error.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { canonicalJson, type JsonValue } from '../../shared/json.ts';
import { deleteByPartition } from '../../records/delete-by-partition.ts';
import { TimeQueue } from '../../records/time-queue.ts';
import { requests, type RequestRow } from '../../records/tables.ts';
import { mustUserId } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
import { perStore } from '../base/per-store.ts';
import type { WriteOptions } from '../../api/write-options.ts';
import { mustShortText } from '../../shared/validate.ts';

export const requestTtlMs: number = 24 * 60 * 60 * 1000;

/** What a request gives to all that it writes. */
export interface Stamp {
  readonly requestId: string;
  readonly nowMs: number;
}

export function stampOf(core: Core, options: WriteOptions): Stamp {
  const nowMs = core.clock();
  return { requestId: requestIdOf(options, nowMs), nowMs };
}

/** A new UUID where the caller gives none. */
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

/**
 * The request of a call under an idempotency key; `undefined`, at once, where it has none. `scope`
 * is a thread's id, or `/` and a project's: no thread's id begins with a slash.
 */
export function requestKey(
  principal: Principal,
  scope: string,
  options: EntryOptions,
  content: () => unknown,
): Promise<RequestKey> | undefined {
  if (options.idempotencyKey === undefined) return undefined;
  return hashRequest(principal, scope, options, content());
}

async function hashRequest(
  principal: Principal,
  scope: string,
  { idempotencyKey, entry }: EntryOptions,
  content: unknown,
): Promise<RequestKey> {
  const userId = mustUserId(principal);
  const name = mustShortText(idempotencyKey, 'Idempotency-Key');
  // The domain has checked the content to be JSON before it comes here.
  const text = canonicalJson(content as JsonValue);
  return { scope, userId, key: await entryKey(name, entry), hash: await sha256(text) };
}

/** A hash leaves room for the number behind the longest key, and no caller gives it by chance. */
async function entryKey(key: string, entry: number | undefined): Promise<string> {
  return entry === undefined ? key : `${await sha256(key)}#${entry}`;
}

/** What an earlier try under the key led to, or `undefined` if there was none. */
export async function findRequest(
  core: Core,
  request: RequestKey,
  nowMs: number,
): Promise<readonly string[] | undefined> {
  const row = await core.records.get(requests, [request.scope, request.userId, request.key]);
  return row === undefined || row.expiresAt <= nowMs ? undefined : resultOf(row, request);
}

/** Throws `key_conflict` if the earlier try asked for something else. */
export function resultOf(row: RequestRow, { hash }: RequestKey): readonly string[] {
  if (row.hash === hash) return row.result as readonly string[]; // as requestRow made it
  throw new SkeinError('key_conflict', 'The idempotency key was used for another request.');
}

export function requestRow(
  request: RequestKey,
  result: readonly string[],
  nowMs: number,
): RequestRow {
  return { ...request, result, expiresAt: nowMs + requestTtlMs };
}

const expiryOf = perStore((core) => new TimeQueue(core, requests, 'byExpiry'));

/** Deletes what has expired, at most 1,000 a call. Returns how many. */
export async function sweepRequests(core: Core): Promise<number> {
  const expired = await expiryOf(core).first(1000);
  await deleteByPartition(core.records, requests, expired);
  return expired.length;
}
