import { describe, expect, test } from 'vitest';
import {
  MessageHistorySchema,
  ThreadListResponseSchema,
  ThreadMetadataSchema,
} from '../../protocol/schemas/thread-metadata.ts';
import type {
  MessageHistory,
  ThreadListResponse,
  WireThreadMetadata,
} from '../../api/operations/thread-metadata.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
} from '../../../test/support/server/http-kit-for-testing.ts';

const alice = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0a01';
const bob = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0b02';
const missing = '6f1f5c1e-0b0a-4c39-9a57-1d3c9a1f0c03';

describe.each(enginesForTesting)('conversations on %s', (_engine, createEngine) => {
  async function withKit(run: (kit: HttpKitForTesting) => Promise<void>): Promise<void> {
    await using kit = await HttpKitForTesting.open(createEngine());
    await run(kit);
  }

  async function list(
    kit: HttpKitForTesting,
    user: string,
    query = '',
  ): Promise<ThreadListResponse> {
    const answer = await kit.must<ThreadListResponse>(200, 'GET', `/api/threads${query}`, { user });
    return ThreadListResponseSchema.parse(answer);
  }

  test('begin empty, are listed, and hold what is said', () =>
    withKit(async (kit) => {
      const made = await kit.must<WireThreadMetadata>(201, 'POST', '/api/session', { user: alice });
      expect(ThreadMetadataSchema.parse(made)).toEqual({
        threadId: made.threadId,
        userId: alice,
        title: 'New Conversation',
        lastMessage: '',
        lastMessageRole: 'user',
        messageCount: 0,
        createdAt: made.createdAt,
        updatedAt: made.updatedAt,
        isEmpty: true,
      });
      expect(await list(kit, alice)).toEqual({ threads: [made], total: 1, nextCursor: null });
      expect(await list(kit, bob)).toEqual({ threads: [], total: 0, nextCursor: null });

      const items = await kit.append(
        made.threadId,
        [
          { role: 'system', text: 'Be kind.', visibility: 'hidden' },
          { role: 'user', text: 'Hello' },
          { role: 'tool', parts: [{ type: 'text', text: 'x' }] },
          {
            role: 'assistant',
            parts: [
              { type: 'text', text: 'Hi ' },
              { type: 'text', text: 'you' },
            ],
          },
        ],
        alice,
      );
      const path = `/api/threads/${made.threadId}/messages`;
      const history = await kit.must<MessageHistory>(200, 'GET', path, { user: alice });
      expect(MessageHistorySchema.parse(history)).toEqual({
        threadId: made.threadId,
        messages: [
          { id: items[1]!.id, role: 'user', content: 'Hello', timestamp: items[1]!.createdAt },
          {
            id: items[3]!.id,
            role: 'assistant',
            content: 'Hi you',
            timestamp: items[3]!.createdAt,
          },
        ],
        nextCursor: null,
      });
      const [listed] = (await list(kit, alice)).threads;
      expect(listed).toMatchObject({
        isEmpty: false,
        lastMessage: 'Hi you',
        lastMessageRole: 'assistant',
      });
    }));

  test('come in pages, most recent first', () =>
    withKit(async (kit) => {
      const ids: string[] = [];
      for (let i = 0; i < 7; i++) {
        const made = await kit.must<WireThreadMetadata>(201, 'POST', '/api/session', {
          user: alice,
        });
        ids.unshift(made.threadId);
      }
      // Left out: its id is not a UUID.
      await kit.createThread({ id: 'not-a-uuid' }, alice);
      const seen: string[] = [];
      for (let cursor: string | null | undefined = ''; typeof cursor === 'string';) {
        const page: ThreadListResponse = await list(
          kit,
          alice,
          `?limit=3${cursor && `&after=${cursor}`}`,
        );
        expect(page.total).toBe(7);
        seen.push(...page.threads.map(({ threadId }) => threadId));
        cursor = page.nextCursor;
      }
      expect(seen.toSorted()).toEqual(ids.toSorted());
      const texts = Array.from({ length: 5 }, (_, i) => ({ role: 'user', text: `${i}` }));
      await kit.append(ids[6]!, texts, alice);
      const path = `/api/threads/${ids[6]}/messages?limit=2`;
      const first = await kit.must<MessageHistory>(200, 'GET', path, { user: alice });
      const second = await kit.must<MessageHistory>(
        200,
        'GET',
        `${path}&after=${first.nextCursor}`,
        {
          user: alice,
        },
      );
      expect([...first.messages, ...second.messages].map(({ content }) => content)).toEqual([
        '0',
        '1',
        '2',
        '3',
      ]);
    }));

  test('are made once for a retry', () =>
    withKit(async (kit) => {
      const request = { user: alice, headers: { 'idempotency-key': 'k' } };
      const first = await kit.must<WireThreadMetadata>(201, 'POST', '/api/session', request);
      const again = await kit.must<WireThreadMetadata>(200, 'POST', '/api/session', request);
      expect(again).toEqual(first);
    }));

  test('are visible to callers who may read them', () =>
    withKit(async (kit) => {
      const { threadId } = await kit.must<WireThreadMetadata>(201, 'POST', '/api/session', {
        user: alice,
      });
      const path = `/api/threads/${threadId}/messages`;
      expectProblem(await kit.call('GET', path, { user: bob }), 404, 'not_found');
      expectProblem(
        await kit.call('GET', `/api/threads/${missing}/messages`, { user: alice }),
        404,
        'not_found',
      );
      await kit.must(200, 'PATCH', `/v1/threads/${threadId}`, {
        user: alice,
        json: { visibility: 'unlisted' },
      });
      await kit.must(200, 'GET', path, { user: bob });
      await kit.must(204, 'DELETE', `/v1/threads/${threadId}`, { user: alice });
      expectProblem(await kit.call('GET', path, { user: alice }), 404, 'not_found');
    }));

  test("are the caller's own, whose id a request may name", () =>
    withKit(async (kit) => {
      await kit.must(201, 'POST', '/api/session', { user: alice });
      expect(await list(kit, alice, `?userId=${alice}`)).toEqual(await list(kit, alice));
      for (const other of [bob, 'alice', missing]) {
        const answer = await kit.call('GET', `/api/threads?userId=${other}`, { user: alice });
        expectProblem(answer, 403, 'forbidden');
      }
      const empty = await kit.call('GET', '/api/threads?userId=', { user: alice });
      expectProblem(empty, 400, 'invalid_request');
    }));

  test('are read without what is private, or only that', () =>
    withKit(async (kit) => {
      const { threadId } = await kit.must<WireThreadMetadata>(201, 'POST', '/api/session', {
        user: alice,
      });
      const items = [
        { role: 'user', text: 'open' },
        { role: 'user', text: 'secret', private: true },
        { role: 'assistant', text: 'saw it', sawPrivate: true },
        { role: 'assistant', text: 'saw nothing', sawPrivate: false },
      ];
      await kit.append(threadId, items, alice);
      const path = `/api/threads/${threadId}/messages`;
      const read = async (query: string): Promise<string[]> => {
        const { messages } = await kit.must<MessageHistory>(200, 'GET', `${path}${query}`, {
          user: alice,
        });
        return messages.map(({ content }) => content);
      };
      expect(await read('?private=false')).toEqual(['open', 'saw nothing']);
      expect(await read('?private=true')).toEqual(['secret', 'saw it']);
      expect(await read('')).toEqual(items.map(({ text }) => text));
      const refused = await kit.call('GET', `${path}?private=no`, { user: alice });
      expectProblem(refused, 400, 'invalid_request');
    }));

  test('refuse ids that are not UUIDs and threads that cannot be read', () =>
    withKit(async (kit) => {
      for (const [method, path, user] of [
        ['GET', '/api/threads/not-a-uuid/messages', alice],
        ['GET', `/api/threads/${missing}/messages?limit=0`, alice],
        ['GET', '/api/threads?limit=1001', alice],
        ['GET', '/api/threads?after=nonsense', alice],
        ['GET', '/api/threads?offset=3', alice],
        ['GET', '/api/threads', 'alice'],
        ['POST', '/api/session', 'alice'],
      ] as const) {
        expectProblem(await kit.call(method, path, { user }), 400, 'invalid_request');
      }
      // In local mode no web page of another origin reaches the store.
      const headers = { origin: 'https://example.org' };
      expectProblem(
        await kit.call('GET', '/api/threads', { user: alice, headers }),
        403,
        'forbidden',
      );
    }));

  test('need a caller who is signed in', async () => {
    const auth = { mode: 'host', identify: () => ({ projectId: 'default' }) } as const;
    await using kit = await HttpKitForTesting.open(createEngine(), { auth });
    expectProblem(await kit.call('GET', '/api/threads'), 401, 'unauthenticated');
    expectProblem(await kit.call('POST', '/api/session'), 401, 'unauthenticated');
  });
});
