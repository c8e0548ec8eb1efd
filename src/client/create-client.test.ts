import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SkeinError } from '../shared/error.ts';
import { collectGarbage } from '../../test/support/shared/collect-garbage-for-testing.ts';
import type { ProjectApi } from '../api/project-api.ts';
import {
  networkError,
  serveInMemory,
  type ServedStore,
} from '../../test/support/client/served-store-for-testing.ts';

let served: ServedStore;
let client: ProjectApi;

beforeEach(async () => {
  served = await serveInMemory();
  client = served.connect();
});

afterEach(() => served[Symbol.asyncDispose]());

async function createThread(id = 't1'): Promise<string> {
  await served.project.threads.create([{ id, items: [{ role: 'user', text: 'One' }] }]);
  return id;
}

describe('the same nouns and verbs as the store', () => {
  test('threads are created, read, listed, changed and deleted', async () => {
    const [made] = await client.threads.create([
      { title: 'Grüße 👍', tags: ['a'], metadata: { n: [1, null] } },
    ]);
    expect(made).toEqual(await served.project.threads.get(made!.id));
    expect(await client.threads.get(made!.id)).toEqual(made);
    expect(await client.threads.list({ tag: 'a' })).toEqual(
      await served.project.threads.list({ tag: 'a' }),
    );
    const [changed] = await client.threads.update([{ id: made!.id, title: 'New', archived: true }]);
    expect(changed).toMatchObject({ title: 'New', archivedAt: expect.any(String) });
    expect((await client.threads.list({ archived: true })).data).toMatchObject([changed!]);
    await client.threads.delete([made!.id], { ifVersion: changed!.version });
    await expect(client.threads.get(made!.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('items are appended, read, hidden and redacted', async () => {
    const id = await createThread();
    const parts = [{ type: 'unknown-kind', deep: { 'a.b': [1.5, true, null, '\u2028'] } }];
    const [item] = await client.items.append(id, [
      { role: 'assistant', parts, metadata: { __proto__x: 1 } },
    ]);
    expect(item!.parts).toEqual(parts);
    expect(await client.items.get(id, item!.id)).toEqual(item);
    const page = await client.items.list(id, { order: 'desc', limit: 1 });
    expect(page).toEqual(await served.project.items.list(id, { order: 'desc', limit: 1 }));
    expect(page.cursor).toEqual(expect.any(String));
    expect(
      (await client.items.list(id, { order: 'desc', limit: 1, after: page.nextCursor! })).data,
    ).toHaveLength(1);
    expect(await client.items.update(id, [{ id: item!.id, visibility: 'hidden' }])).toMatchObject([
      { visibility: 'hidden' },
    ]);
    expect(await client.items.redact(id, [item!.id])).toMatchObject([{ id: item!.id, parts: [] }]);
  });

  test('what names a version is done to that version only, and repeated as it was', async () => {
    const id = await createThread();
    const { version: ifVersion } = await client.threads.get(id);
    const said = [{ role: 'user' as const, text: 'x', key: 'k' }];
    const [item] = await client.items.append(id, said, { ifVersion });
    expect(await client.items.append(id, said, { ifVersion })).toEqual([item]);
    const { version } = await client.threads.get(id);
    const [other] = (await client.items.list(id)).data;
    const edge = { fromItemId: item!.id, toItemId: other!.id, type: 'caused_by' as const };
    const hide = { id: item!.id, visibility: 'hidden' as const };
    const stale: readonly (() => Promise<unknown>)[] = [
      () => client.items.append(id, [{ role: 'user', text: 'y' }], { ifVersion }),
      () => client.items.append(id, [{ role: 'user', text: 'y' }], { ifVersion: [] }),
      () => client.items.appendWithOutcome(id, [{ role: 'user', text: 'y' }], { ifVersion }),
      () => client.items.update(id, [hide], { ifVersion }),
      () => client.items.redact(id, [item!.id], { ifVersion }),
      () => client.threads.fork([{ threadId: id }], { ifVersion }),
      () => client.edges.create(id, [edge], { ifVersion }),
    ];
    for (const call of stale) {
      await expect(call()).rejects.toMatchObject({ code: 'precondition_failed' });
    }
    expect(await client.threads.get(id)).toMatchObject({ version });
    const several = client.items.redact(id, [item!.id, item!.id], { ifVersion: version });
    await expect(several).rejects.toMatchObject({ issues: [{ path: 'ifVersion' }] });
    await client.items.update(id, [hide], { ifVersion: [1, version] });
    expect((await client.items.get(id, item!.id)).visibility).toBe('hidden');
  });

  test('forks, edges, the graph and scopes', async () => {
    const id = await createThread();
    const items = await client.items.append(id, [
      { role: 'user', text: 'a', runId: 'r', spanId: 's1' },
      { role: 'assistant', text: 'b', runId: 'r', spanId: 's2' },
    ]);
    const [from, to] = [items[1]!.id, items[0]!.id];
    const [edge] = await client.edges.create(id, [
      { fromItemId: from, toItemId: to, type: 'depends_on' },
    ]);
    expect((await client.edges.list(id, { toItemId: to })).data).toEqual([edge]);
    expect((await client.threads.graph(id, { runId: 'r' })).edges).toHaveLength(1);
    const [fork] = await client.threads.fork([{ threadId: id, atItemId: to }]);
    expect(fork!.forkedFrom).toEqual({ threadId: id, itemId: to });
    expect((await client.threads.forks(id)).data).toMatchObject([{ id: fork!.id }]);
    const scope = { scopeType: 'ticket', scopeId: 'T/1 ?#%', title: 'Ticket' };
    const first = await client.scopes.getOrCreateWithOutcome(scope);
    expect(first).toMatchObject({ replayed: false, data: { scopeId: 'T/1 ?#%' } });
    expect(await client.scopes.getOrCreate([scope])).toEqual([first.data]);
  });

  test('empty arrays do nothing, not even a request', async () => {
    const id = await createThread();
    expect(await client.threads.create([])).toEqual([]);
    expect(await client.items.append(id, [])).toEqual([]);
    expect(await client.edges.create(id, [])).toEqual([]);
    await client.threads.delete([]);
    expect(served.log).toEqual([]);
  });

  test('an outcome tells a repetition from something new', async () => {
    const id = await createThread();
    const item = { role: 'user', text: 'x', key: 'k' } as const;
    expect(await client.items.appendWithOutcome(id, [item])).toMatchObject({ replayed: false });
    expect(await client.items.appendWithOutcome(id, [item])).toMatchObject({ replayed: true });
    expect(await client.threads.createWithOutcome({ id: 't2' })).toMatchObject({ replayed: false });
    expect(await client.threads.createWithOutcome({ id: 't2' })).toMatchObject({ replayed: true });
  });

  test('the caller is who the options say, in any script', async () => {
    const id = await createThread();
    const stranger = served.connect({ userId: '陌生人' });
    const [own] = await stranger.threads.create([{}]);
    expect(own!.ownerId).toBe('陌生人');
    await expect(stranger.threads.get(id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('errors', () => {
  test('a problem is a SkeinError with its code and places', async () => {
    const id = await createThread();
    const failed = client.items.append(id, [{ role: 'user' }]);
    await expect(failed).rejects.toBeInstanceOf(SkeinError);
    await expect(failed).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: expect.stringContaining('items.0'), message: expect.any(String) }],
    });
    await expect(client.threads.update([{ id, title: 'x', ifVersion: 99 }])).rejects.toMatchObject({
      code: 'precondition_failed',
    });
  });

  test.each(['', '.', '..'])('an id %j that a path cannot hold is refused here', async (id) => {
    await expect(client.threads.get(id)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(served.log).toEqual([]);
  });

  test('what JSON would change silently is refused here, as in the store', async () => {
    const id = await createThread();
    const sent = client.items.append(id, [
      { role: 'user', text: 'x', metadata: { n: Number.NaN } },
    ]);
    await expect(sent).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'items.0.metadata.n' }],
    });
  });

  test.each([
    [502, 'unavailable'],
    [503, 'unavailable'],
    [429, 'rate_limited'],
    [418, 'invalid_request'],
    [404, 'not_found'],
    [405, 'method_not_allowed'],
    [500, 'internal'],
  ])('an answer %i of a proxy is %s', async (status, code) => {
    served.intercept = () => new Response('<html>', { status });
    const oneTry = served.connect({ retries: 0 });
    await expect(oneTry.threads.get('t1')).rejects.toMatchObject({
      code,
      cause: expect.any(Error),
    });
  });

  test('an answer that is not JSON is internal', async () => {
    served.intercept = () => new Response('<html>');
    await expect(client.threads.get('t1')).rejects.toMatchObject({ code: 'internal' });
  });

  test('a server that cannot be reached is unavailable, with the reason', async () => {
    served.intercept = () => {
      throw networkError();
    };
    const oneTry = served.connect({ retries: 0 });
    await expect(oneTry.threads.get('t1')).rejects.toMatchObject({
      code: 'unavailable',
      cause: expect.objectContaining({ message: 'fetch failed' }),
    });
  });

  const waitForSignal = async ({ signal }: Request): Promise<never> => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw signal.reason;
  };

  test.each([
    ['waits for its signal', waitForSignal],
    [
      'waits for a signal that nothing else holds',
      (request: Request): Promise<never> => {
        setImmediate(collectGarbage);
        return waitForSignal(request);
      },
    ],
    ['ignores its signal', () => new Promise<never>(() => {})],
    ['sends no body', () => Promise.resolve(new Response(new ReadableStream()))],
  ])('a server that does not answer in time is unavailable: fetch %s', async (_name, intercept) => {
    served.intercept = intercept;
    const hasty = served.connect({ retries: 0, timeoutMs: 20 });
    await expect(hasty.threads.get('t1')).rejects.toMatchObject({
      code: 'unavailable',
      message: /20 ms/,
    });
  });
});

describe('retries', () => {
  /** Fails the first `count` requests or loses their responses; all later ones succeed. */
  function failFirst(count: number, how: () => Response): void {
    let failures = 0;
    served.intercept = () => (failures++ < count ? how() : undefined);
  }

  const breakConnection = (): never => {
    throw networkError();
  };
  const refuse = (status: number) => (): Response =>
    new Response('', { status, headers: { 'retry-after': '0' } });

  test.each([
    ['a broken connection', breakConnection],
    ['429', refuse(429)],
    ['503', refuse(503)],
  ])('reads and writes survive %s', async (_name, how) => {
    const id = await createThread();
    failFirst(1, how);
    expect((await client.threads.get(id)).id).toBe(id);
    failFirst(1, how);
    expect(await client.items.append(id, [{ role: 'user', text: 'Two' }])).toHaveLength(1);
  });

  test('a lost response never doubles what was written', async () => {
    const id = await createThread();
    let isLost = true;
    served.deliver = (response) => {
      if (!isLost) return response;
      isLost = false;
      throw networkError();
    };
    await client.items.append(id, [{ role: 'user', text: 'Two' }]);
    isLost = true;
    await client.threads.create([{ title: 'Once' }]);
    isLost = true;
    await client.threads.fork([{ threadId: id }]);
    served.deliver = undefined;
    expect((await served.project.items.list(id)).data).toHaveLength(2);
    expect((await served.project.threads.list()).data).toHaveLength(3);
    expect(served.log.filter((line) => line === `POST /v1/threads/${id}/items`)).toHaveLength(2);
  });

  test('the number of attempts is bounded', async () => {
    served.intercept = refuse(503);
    await expect(served.connect({ retries: 2 }).threads.get('t1')).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(served.log).toHaveLength(3);
  });

  test('a pause that is too long fails the call', async () => {
    served.intercept = () => new Response('', { status: 503, headers: { 'retry-after': '3600' } });
    await expect(client.threads.get('t1')).rejects.toMatchObject({ code: 'unavailable' });
    expect(served.log).toHaveLength(1);
  });

  test('changes and deletions are not repeated, since they might be done twice', async () => {
    const id = await createThread();
    served.intercept = breakConnection;
    await expect(client.threads.update([{ id, title: 'x' }])).rejects.toMatchObject({
      code: 'unavailable',
    });
    await expect(client.threads.delete([id])).rejects.toMatchObject({ code: 'unavailable' });
    expect(served.log).toHaveLength(2);
  });

  test('what the server refuses is not repeated', async () => {
    await expect(client.threads.get('missing')).rejects.toMatchObject({ code: 'not_found' });
    expect(served.log).toHaveLength(1);
  });
});

describe('many at once', () => {
  test('a caller’s idempotency key holds for each of several threads', async () => {
    const threads = [{ title: 'a' }, { title: 'b' }, { title: 'c' }];
    const first = await client.threads.create(threads, { idempotencyKey: 'batch' });
    const second = await client.threads.create(threads, { idempotencyKey: 'batch' });
    expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(first.map(({ title }) => title)).toEqual(['a', 'b', 'c']);
  });

  test('all are attempted, and the first failure in order is thrown', async () => {
    const made = client.threads.create([
      { id: 'ok1' },
      { id: 'not ok' },
      { id: 'ok2' },
      { mode: 'x' as 'group' },
    ]);
    await expect(made).rejects.toMatchObject({ issues: [{ path: 'id' }] });
    expect((await served.project.threads.list()).data).toHaveLength(2);
  });
});

test('the token function is called before every attempt, and its failure rejects the call', async () => {
  const tokens: (string | null)[] = [];
  let tries = 0;
  served.intercept = (request) => {
    tokens.push(request.headers.get('authorization'));
    return tries++ === 0
      ? new Response('', { status: 503, headers: { 'retry-after': '0' } })
      : undefined;
  };
  const renewing = served.connect({
    token: () => Promise.resolve(`t${tries}`),
    headers: { 'x-team': 'a' },
  });
  await renewing.threads.list();
  expect(tokens).toEqual(['Bearer t0', 'Bearer t1']);
  const broken = served.connect({ token: () => Promise.reject(new Error('signed out')) });
  const signedOut = {
    code: 'unauthenticated',
    cause: expect.objectContaining({ message: 'signed out' }),
  };
  await expect(broken.threads.list()).rejects.toMatchObject(signedOut);
  await expect(broken.threads.live('t1', { after: 'x' }).next()).rejects.toMatchObject(signedOut);
});

test('a base address may have a path, and must be one', async () => {
  const asked: string[] = [];
  served.intercept = (request) => {
    asked.push(request.url);
    return Response.json({ data: [], nextCursor: null, prevCursor: null });
  };
  await served
    .connect({ baseUrl: 'http://localhost/chat/' })
    .threads.list({ limit: 2, archived: true });
  expect(asked).toEqual(['http://localhost/chat/v1/threads?limit=2&archived=true']);
  expect(() => served.connect({ baseUrl: 'localhost' })).toThrow(TypeError);
});
