/**
 * Idempotency keys of whole requests. The record of a request is part of the commit that it
 * describes, so neither exists without the other. It is kept for 24 hours.
 */
import { sha256Soon } from '../../shared/bytes.ts';
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
import type { ThreadWriteOptions, VersionOptions, WriteOptions } from '../../api/write-options.ts';
import { mustShortText, mustKnowOptions } from '../../shared/validate.ts';

export const requestTtlMs: number = 24 * 60 * 60 * 1000;

/** What all writes of a request have in common. */
export interface Stamp {
  readonly requestId: string;
  readonly nowMs: number;
}

export function stampOf(core: Core, options: WriteOptions): Stamp {
  const nowMs = core.clock();
  return { requestId: requestIdOf(options, nowMs), nowMs };
}

/** A new UUID unless the caller gives one. */
export function requestIdOf(options: WriteOptions, nowMs: number): string {
  const { requestId } = options;
  return requestId === undefined ? newUuidV7(nowMs) : mustShortText(requestId, 'requestId');
}

/** Identifies a request by user and key, with a hash of its content. */
export interface RequestKey {
  readonly userId: string;
  readonly key: string;
  readonly hash: string;
}

/**
 * A request where its key counts: `scope` is the id of a thread, as stored, or `/` and that of a
 * project, since no stored id begins with a slash.
 */
export interface ScopedRequest extends RequestKey {
  readonly scope: string;
}

/** The options of one entry in a call that may have several. */
export interface EntryOptions extends WriteOptions {
  /** Its number, if there are several: each entry is a request of its own under the shared key. */
  readonly entry?: number;
}

/** Derives one idempotency key per entry from that of the call. */
export function forOne(
  options: ThreadWriteOptions | undefined,
  entry: number,
  count: number,
): EntryOptions & VersionOptions {
  return count === 1 ? { ...options } : { ...options, entry };
}

/** Identifies a call with an idempotency key; `undefined`, synchronously, if it has none. */
export function requestKey(
  principal: Principal,
  options: EntryOptions,
  content: () => unknown,
): Promise<RequestKey> | undefined {
  mustBeWriteOptions(options);
  if (options.idempotencyKey === undefined) return undefined;
  return hashRequest(principal, options, content());
}

async function hashRequest(
  principal: Principal,
  { idempotencyKey, entry }: EntryOptions,
  content: unknown,
): Promise<RequestKey> {
  const userId = mustUserId(principal);
  const name = mustShortText(idempotencyKey, 'Idempotency-Key');
  // The domain has already validated the content as JSON.
  const text = canonicalJson(content as JsonValue);
  return { userId, key: await entryKey(name, entry), hash: await sha256Soon(text) };
}

/**
 * Uses a hash, which leaves room for the number after the longest key, and which no caller produces
 * by chance.
 */
async function entryKey(key: string, entry: number | undefined): Promise<string> {
  return entry === undefined ? key : `${await sha256Soon(key)}#${entry}`;
}

/** The result of an earlier attempt with the key, or `undefined`. */
export async function findRequest(
  core: Core,
  request: ScopedRequest,
  nowMs: number,
): Promise<readonly string[] | undefined> {
  const row = await core.records.get(requests, [request.scope, request.userId, request.key]);
  return row === undefined || row.expiresAt <= nowMs ? undefined : resultOf(row, request);
}

/** Throws `key_conflict` if the earlier attempt had different content. */
export function resultOf(row: RequestRow, { hash }: RequestKey): readonly string[] {
  if (row.hash === hash) return row.result as readonly string[]; // as requestRow made it
  throw new SkeinError(
    'key_conflict',
    'The idempotency key was used for another request. Use a new key.',
  );
}

export function requestRow(
  request: ScopedRequest,
  result: readonly string[],
  nowMs: number,
): RequestRow {
  return { ...request, result, expiresAt: nowMs + requestTtlMs };
}

const expiryOf = perStore((core) => new TimeQueue(core, requests, 'byExpiry'));

/** Deletes expired records, at most 1,000 per call. Returns their number. */
export async function sweepRequests(core: Core): Promise<number> {
  const expired = await expiryOf(core).first(1000);
  await deleteByPartition(core.records, requests, expired);
  return expired.length;
}

/** Throws `invalid_request` for an option that a write does not have. */
export function mustBeWriteOptions(options: EntryOptions): void {
  mustKnowOptions(options, writeOptions);
}

const writeOptions = { idempotencyKey: true, requestId: true, entry: true } as const;
