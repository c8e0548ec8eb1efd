import { describe, expect, test } from 'vitest';
import type { Page } from '../../api/page.ts';
import type { Thread } from '../../api/thread.ts';
import { threadSchema } from '../../protocol/schemas/threads.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
} from '../../../test/support/server/http-kit-for-testing.ts';

describe.each(enginesForTesting)('threads over HTTP on %s', (_engine, createEngine) => {
  async function withKit(run: (kit: HttpKitForTesting) => Promise<void>): Promise<void> {
    await using kit = await HttpKitForTesting.open(createEngine());
    await run(kit);
  }

  test('are created with everything, and read as created', () =>
    withKit(async (kit) => {
      const json = {
        id: 'my:thread.1',
        mode: 'group',
        title: 'Größe 👍',
        visibility: 'unlisted',
        scopeType: 'ticket',
        scopeId: 'T-101',
        tags: ['a', 'b'],
        metadata: { nested: { list: [1, null, 'x'] } },
        items: [
          { role: 'system', text: 'Be kind.' },
          { role: 'user', text: 'Hello' },
        ],
      };
      const created = await kit.call<Thread>('POST', '/v1/threads', { json, user: 'alice' });
      expect(created.status).toBe(201);
      const { items: _items, ...fields } = json;
      expect(created.json).toMatchObject({
        ...fields,
        ownerId: 'alice',
        projectId: 'default',
        titleSource: 'user',
        itemCount: 2,
        lastPreview: 'Hello',
        lastRole: 'user',
      });
      expect(threadSchema.safeParse(created.json).success).toBe(true);
      expect(created.headers.get('etag')).toBe(`"${created.json.version}"`);

      const read = await kit.call<Thread>('GET', '/v1/threads/my:thread.1', { user: 'alice' });
      expect(read.json).toEqual(created.json);
      expect(read.headers.get('etag')).toBe(created.headers.get('etag'));
      // Encoded or not, the path is the same.
      expect(
        (await kit.call('GET', '/v1/threads/my%3Athread%2E1', { user: 'alice' })).json,
      ).toEqual(created.json);
    }));

  test('created twice with the same content are one', () =>
    withKit(async (kit) => {
      const json = { id: 't1', title: 'A' };
      const first = await kit.must<Thread>(201, 'POST', '/v1/threads', { json });
      expect(await kit.must<Thread>(200, 'POST', '/v1/threads', { json })).toEqual(first);
      expectProblem(
        await kit.call('POST', '/v1/threads', { json: { id: 't1', title: 'B' } }),
        409,
        'conflict',
      );
    }));

  test('respond with the common headers', () =>
    withKit(async (kit) => {
      const { id } = await kit.createThread();
      const { headers } = await kit.call('GET', `/v1/threads/${id}`, {
        headers: { 'x-request-id': 'req_abc' },
      });
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-request-id': 'req_abc',
      });
    }));

  test.each(['', ' ', 'a b', 'ü', 'x'.repeat(129)])('get a new request id instead of %j', (given) =>
    withKit(async (kit) => {
      const { headers } = await kit.call('GET', '/healthz', { headers: { 'x-request-id': given } });
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }),
  );

  test.each(['PATCH', 'PUT'])('change by %s, and say which version they are', (method) =>
    withKit(async (kit) => {
      const { id, version } = await kit.createThread({
        title: 'A',
        metadata: { keep: 1, drop: 2 },
        tags: ['x'],
      });
      const path = `/v1/threads/${id}`;
      const json = {
        title: 'B',
        metadata: { drop: null, add: 3 },
        tags: ['y', 'z'],
        archived: true,
        visibility: 'public',
      };
      const changed = await kit.call<Thread>(method, path, {
        json,
        headers: { 'if-match': `"${version}"` },
      });
      expect(changed.status).toBe(200);
      expect(changed.json).toMatchObject({
        title: 'B',
        metadata: { keep: 1, add: 3 },
        tags: ['y', 'z'],
        visibility: 'public',
        archivedAt: expect.any(String),
      });
      expect(changed.json.version).toBeGreaterThan(version);
      expect(changed.headers.get('etag')).toBe(`"${changed.json.version}"`);
      const restored = await kit.must<Thread>(200, method, path, { json: { archived: false } });
      expect(restored.archivedAt).toBeUndefined();
    }),
  );

  test.each(['PATCH', 'PUT'])('keep what a stale If-Match of a %s would overwrite', (method) =>
    withKit(async (kit) => {
      const { id, version } = await kit.createThread({ title: 'A' });
      const path = `/v1/threads/${id}`;
      const patch = (ifMatch: string): ReturnType<typeof kit.call> =>
        kit.call(method, path, {
          json: { title: `for ${ifMatch}` },
          headers: { 'if-match': ifMatch },
        });
      for (const ifMatch of [
        '"999"',
        `W/"${version}"`,
        '"abc"',
        `"0${version}"`,
        '"998", "999"',
        `W/"${version}", "999"`,
      ]) {
        expectProblem(await patch(ifMatch), 412, 'precondition_failed');
      }
      expect(await kit.must<Thread>(200, 'GET', path)).toMatchObject({ title: 'A', version });
      for (const ifMatch of ['*', ' * ']) expect((await patch(ifMatch)).status).toBe(200);
      const { version: now } = await kit.must<Thread>(200, 'GET', path);
      expect((await patch(`"999", W/"1" , "${now}"`)).status).toBe(200);
      expectProblem(
        await kit.call('DELETE', path, { headers: { 'if-match': `"${version}"` } }),
        412,
        'precondition_failed',
      );
      expectProblem(
        await kit.call('DELETE', '/v1/threads/none', { headers: { 'if-match': '"1", "2"' } }),
        404,
        'not_found',
      );
    }),
  );

  test('are not created by a PUT, nor changed by another user', () =>
    withKit(async (kit) => {
      const json = { title: 'Mine', visibility: 'public' };
      const { id } = await kit.createThread({ title: 'A', visibility: 'unlisted' }, 'alice');
      const put = (path: string, body: object, user: string): ReturnType<typeof kit.call> =>
        kit.call('PUT', path, { json: body, user });
      expectProblem(await put('/v1/threads/none', json, 'alice'), 404, 'not_found');
      expectProblem(await put(`/v1/threads/${id}`, json, 'bob'), 403, 'forbidden');
      expectProblem(await put(`/v1/threads/${id}`, { mode: 'public' }, 'alice'), 409, 'conflict');
      const { title, visibility } = await kit.must<Thread>(200, 'GET', `/v1/threads/${id}`, {
        user: 'alice',
      });
      expect([title, visibility]).toEqual(['A', 'unlisted']);
    }));

  test('of twenty changes with one If-Match, one succeeds', () =>
    withKit(async (kit) => {
      const { id, version } = await kit.createThread();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          kit.call('PATCH', `/v1/threads/${id}`, {
            json: { title: `T${i}` },
            headers: { 'if-match': `"${version}"` },
          }),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
        200,
        ...Array.from({ length: 19 }, () => 412),
      ]);
    }));

  test('are not sent again to a reader that already has them', () =>
    withKit(async (kit) => {
      const { id, version } = await kit.createThread();
      const path = `/v1/threads/${id}`;
      const answer = await kit.call('GET', path, {
        headers: { 'if-none-match': `"7", W/"${version}"` },
      });
      expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([
        304,
        '',
        `"${version}"`,
      ]);
      expect(
        (await kit.call('GET', path, { headers: { 'if-none-match': `"${version + 1}"` } })).status,
      ).toBe(200);
    }));

  test('are deleted for good', () =>
    withKit(async (kit) => {
      const { id, version } = await kit.createThread({ items: [{ role: 'user', text: 'x' }] });
      const answer = await kit.call('DELETE', `/v1/threads/${id}`, {
        headers: { 'if-match': `"${version}"` },
      });
      expect([answer.status, answer.text, answer.headers.get('content-type')]).toEqual([
        204,
        '',
        null,
      ]);
      for (const path of ['', '/items', '/live', '/edges', '/graph', '/forks']) {
        expectProblem(await kit.call('GET', `/v1/threads/${id}${path}`), 404, 'not_found');
      }
      expectProblem(await kit.call('DELETE', `/v1/threads/${id}`), 404, 'not_found');
    }));

  test('are listed page by page, by each filter', () =>
    withKit(async (kit) => {
      for (let i = 0; i < 5; i++)
        await kit.createThread({ id: `t${i}`, tags: [i % 2 === 0 ? 'even' : 'odd'] }, 'alice');
      await kit.createThread({ id: 'scoped', scopeType: 'ticket', scopeId: 'ü/1' }, 'alice');
      await kit.createThread({ id: 'open', visibility: 'public' }, 'bob');
      await kit.must(200, 'PATCH', '/v1/threads/t0', { json: { archived: true }, user: 'alice' });
      const list = async (query: string): Promise<string[]> =>
        (await kit.must<Page<Thread>>(200, 'GET', `/v1/threads?${query}`, { user: 'alice' })).data
          .map(({ id }) => id)
          .toSorted();
      expect(await list('')).toEqual(['scoped', 't1', 't2', 't3', 't4']);
      expect(await list('tag=odd')).toEqual(['t1', 't3']);
      expect(await list('archived=true')).toEqual(['t0']);
      expect(await list(`scopeType=ticket&scopeId=${encodeURIComponent('ü/1')}`)).toEqual([
        'scoped',
      ]);
      expect(await list('visibility=public')).toEqual(['open']);
      expect(await list('order=updated')).toEqual(await list('limit=50'));
      expect(await list('order=created')).toEqual(await list('order=created&limit=50'));
      expect(await list('participating=true')).toEqual(['scoped', 't1', 't2', 't3', 't4']);

      const seen: string[] = [];
      let after = '';
      for (let pages = 0; pages < 10; pages++) {
        const page = await kit.must<Page<Thread>>(200, 'GET', `/v1/threads?limit=2${after}`, {
          user: 'alice',
        });
        seen.push(...page.data.map(({ id }) => id));
        if (page.nextCursor === null) break;
        after = `&after=${page.nextCursor}`;
      }
      expect(seen.toSorted()).toEqual(['scoped', 't1', 't2', 't3', 't4']);
    }));

  test('of a scope: twenty at once make one', () =>
    withKit(async (kit) => {
      const path = `/v1/scopes/ticket/${encodeURIComponent('T 1/ü')}/thread`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          kit.call<Thread>('PUT', path, { json: { title: 'Ticket' }, user: 'alice' }),
        ),
      );
      expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
      expect(answers[0]!.json).toMatchObject({
        scopeType: 'ticket',
        scopeId: 'T 1/ü',
        title: 'Ticket',
      });
      // The body may be left out.
      expect((await kit.must<Thread>(200, 'PUT', path, { user: 'alice' })).id).toBe(
        answers[0]!.json.id,
      );
    }));

  test('fork, and list their forks', () =>
    withKit(async (kit) => {
      const { id } = await kit.createThread({ title: 'Source' });
      const items = await kit.append(
        id,
        ['a', 'b', 'c'].map((text) => ({ role: 'user', text })),
      );
      const atItemId = items[1]!.id;
      const fork = await kit.must<Thread>(201, 'POST', `/v1/threads/${id}/fork`, {
        json: { atItemId },
      });
      expect(fork).toMatchObject({ forkedFrom: { threadId: id, itemId: atItemId }, itemCount: 2 });
      const whole = await kit.must<Thread>(201, 'POST', `/v1/threads/${id}/fork`);
      expect(whole.forkedFrom).toEqual({ threadId: id, itemId: items[2]!.id });
      const inherited = await kit.must<Page<{ id: string; threadId: string }>>(
        200,
        'GET',
        `/v1/threads/${fork.id}/items`,
      );
      expect(inherited.data.map((item) => [item.id, item.threadId])).toEqual(
        items.slice(0, 2).map((item) => [item.id, fork.id]),
      );
      const forks = async (query: string): Promise<string[]> =>
        (await kit.must<Page<Thread>>(200, 'GET', `/v1/threads/${id}/forks${query}`)).data.map(
          (thread) => thread.id,
        );
      expect((await forks('')).toSorted()).toEqual([fork.id, whole.id].toSorted());
      expect(await forks(`?itemId=${atItemId}`)).toEqual([fork.id]);
    }));
});
