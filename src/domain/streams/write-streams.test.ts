import { afterEach, beforeEach, expect, test } from 'vitest';
import { publicThreadId, type StoredThreadId } from '../../shared/ids.ts';
import { streams } from '../../records/tables.ts';
import {
  codeOf,
  openKit,
  issuesOf,
  only,
  type StoreKit,
  storedForTesting,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { NewStream, Stream, StreamPatch } from '../../api/stream.ts';

let kit: StoreKit;
let threadId: StoredThreadId;
beforeEach(async () => {
  kit = await openKit();
  threadId = storedForTesting((await kit.thread()).id);
});
afterEach(() => kit[Symbol.asyncDispose]());

const begin = async (input: Partial<NewStream> = {}): Promise<Stream> =>
  only(await kit.store.operator.streams.create([{ threadId, ...input }]));
const change = (stream: Stream, patch: StreamPatch): Promise<Stream[]> =>
  kit.store.operator.streams.update([{ threadId, id: stream.id, ...patch }]);

test('a stream has the given fields, and defaults for the rest', async () => {
  const { id, resumeToken, ...rest } = await begin();
  const createdAt = new Date(kit.clock.nowMs).toISOString();
  expect(rest).toEqual({ threadId, status: 'active', createdAt, updatedAt: createdAt, version: 1 });
  expect(resumeToken).not.toBe((await begin()).resumeToken);
  const given = { id: 's', runId: 'r', resumeToken: 't', lastEventId: '1', snapshot: [null] };
  expect(await begin({ ...given, expiresAt: '2030-01-01T00:00:00Z' })).toMatchObject({
    ...given,
    expiresAt: '2030-01-01T00:00:00.000Z',
  });
  expect(id).not.toBe('s');
});

test('several writes to one stream that wait together see each other', async () => {
  const begun = begin({ id: 's' });
  const again = begin({ id: 's' });
  const moved = kit.store.operator.streams.update([{ threadId, id: 's', lastEventId: '1' }]);
  const ended = kit.store.operator.streams.update([{ threadId, id: 's', status: 'completed' }]);
  const late = codeOf(
    kit.store.operator.streams.update([{ threadId, id: 's', status: 'aborted' }]),
  );
  expect(await again).toEqual(await begun);
  expect(await moved).toMatchObject([{ lastEventId: '1', status: 'active', version: 2 }]);
  expect(await ended).toMatchObject([{ lastEventId: '1', status: 'completed', version: 3 }]);
  expect(await late).toBe('conflict');
  expect(await kit.rows(streams)).toMatchObject([{ status: 'completed', version: 3 }]);
});

test('a stream that is created and deleted in one commit never exists', async () => {
  const begun = begin({ id: 's' });
  await kit.store.operator.streams.delete([{ threadId, id: 's' }]);
  expect((await begun).id).toBe('s');
  expect(await kit.rows(streams)).toEqual([]);
});

test('null removes a value', async () => {
  const stream = await begin({ lastEventId: '1', snapshot: { a: 1 }, expiresAt: '2030-01-01' });
  await change(stream, { lastEventId: null, snapshot: null, expiresAt: null });
  const row = only(await kit.rows(streams));
  expect([row.lastEventId, row.snapshot, row.expiresAt]).toEqual([undefined, undefined, undefined]);
});

test('a stale version changes nothing', async () => {
  const stream = await begin();
  await change(stream, { lastEventId: '1' });
  const api = kit.store.operator.streams;
  const stale = { threadId, id: stream.id, ifVersion: 1 };
  expect(await codeOf(api.update([{ ...stale, lastEventId: '2' }]))).toBe('precondition_failed');
  expect(await codeOf(api.delete([stale]))).toBe('precondition_failed');
  expect(only(await kit.rows(streams)).lastEventId).toBe('1');
});

test('writing a stream does not move its thread', async () => {
  const before = await kit.owner.threads.get(publicThreadId(threadId));
  await change(await begin(), { status: 'aborted' });
  expect(await kit.owner.threads.get(publicThreadId(threadId))).toEqual(before);
});

test('streams go with their thread', async () => {
  const stream = await begin();
  await kit.owner.threads.delete([publicThreadId(threadId)]);
  expect(await codeOf(change(stream, { lastEventId: '1' }))).toBe('not_found');
  expect(await codeOf(begin())).toBe('not_found');
  await expect.poll(() => kit.rows(streams)).toEqual([]);
});

test.each([
  [{ id: '' }, 'id'],
  [{ runId: 'a\n' }, 'runId'],
  [{ status: 'done' }, 'status'],
  [{ snapshot: Number.NaN }, 'snapshot'],
  [{ snapshot: 'x'.repeat(2 ** 20) }, 'snapshot'],
  [{ expiresAt: 'soon' }, 'expiresAt'],
  [{ expiresAt: 5 }, 'expiresAt'],
  [{ extra: 1 }, 'extra'],
])('refuses invalid input (%#)', async (input, path) => {
  // JavaScript callers may pass these.
  expect(await issuesOf(begin(input as Partial<NewStream>))).toEqual([path]);
});
