import { sign } from 'hono/jwt';
import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { memory } from '../../engines/memory/index.ts';
import { SkeinError } from '../../shared/error.ts';
import { createHandler } from '../create-handler.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

const jwtSecret = 'a secret of at least thirty-two bytes';
const exp = Math.floor(Date.now() / 1000) + 3600;
const auth = { mode: 'tokens', jwtSecret } as const;
const noCursors = { nextCursor: null, prevCursor: null };

async function bearer(claims: object): Promise<{ headers: { authorization: string } }> {
  const token = await sign({ sub: 'ada', exp, ...claims }, jwtSecret);
  return { headers: { authorization: `Bearer ${token}` } };
}

async function serverKeyOf(
  { store }: HttpKitForTesting,
  projectId: string,
): Promise<{ headers: { authorization: string } }> {
  const { secret } = await store.keys.create({ projectId, name: 'backend' });
  return { headers: { authorization: `Bearer ${secret}` } };
}

describe.each(enginesForTesting)('users over HTTP on %s', (_engine, createEngine) => {
  test('are what tokens claim, and what a server key sets', async () => {
    await using kit = await HttpKitForTesting.open(createEngine(), { auth });
    const token = await bearer({ name: 'Ada', picture: 'https://x.example/a', roles: ['admin'] });
    const ada = { id: 'ada', displayName: 'Ada', avatarUrl: 'https://x.example/a', kind: 'person' };
    const me = { ...ada, projectId: 'default', roles: ['admin'], features: [] };
    expect(await kit.must(200, 'GET', '/v1/me', token)).toEqual(me);
    const key = await serverKeyOf(kit, 'default');
    const json = { displayName: 'Countess', avatarUrl: '/ada.png', metadata: { tier: 2 } };
    const set = { ...ada, displayName: 'Countess', avatarUrl: '/ada.png' };
    const put = { ...key, json };
    expect(await kit.must(200, 'PUT', '/v1/users/ada', put)).toEqual({
      ...set,
      metadata: { tier: 2 },
    });
    expect(await kit.must(200, 'GET', '/v1/users/ada', token)).toEqual(set);
    const ids = { ...token, json: { ids: ['ben', 'ada'] } };
    expect(await kit.must(200, 'POST', '/v1/users/lookup', ids)).toEqual({ data: [set] });
    const page = { data: [{ ...set, metadata: { tier: 2 } }], ...noCursors };
    expect(await kit.must(200, 'GET', '/v1/users?limit=5', key)).toEqual(page);
    await kit.problem(404, 'not_found', 'GET', '/v1/users/ben', token);
  });

  test('of two projects never meet', async () => {
    await using kit = await HttpKitForTesting.open(createEngine(), { auth });
    const [one, two] = [await bearer({ project: 'p1' }), await bearer({ project: 'p2' })];
    const key = await serverKeyOf(kit, 'p1');
    await kit.must(200, 'PUT', '/v1/users/ada', { ...key, json: { displayName: 'Ada of p1' } });
    await kit.must(200, 'GET', '/v1/users/ada', one);
    await kit.problem(404, 'not_found', 'GET', '/v1/users/ada', two);
    const ids = { json: { ids: ['ada'] } };
    expect(await kit.must(200, 'POST', '/v1/users/lookup', { ...two, ...ids })).toEqual({
      data: [],
    });
    const other = await serverKeyOf(kit, 'p2');
    expect(await kit.must(200, 'GET', '/v1/users', other)).toEqual({ data: [], ...noCursors });
    expect(await kit.must(200, 'GET', '/v1/me', two)).toMatchObject({ displayName: null });
  });
});

test('only a server key sets and lists users', async () => {
  await using kit = await HttpKitForTesting.open(memory(), { auth });
  const token = await bearer({});
  const json = { displayName: 'Ada' };
  await kit.problem(403, 'forbidden', 'PUT', '/v1/users/ada', { ...token, json });
  await kit.problem(403, 'forbidden', 'GET', '/v1/users', token);
  await kit.problem(401, 'unauthenticated', 'PUT', '/v1/users/ada', { json });
  await kit.problem(401, 'unauthenticated', 'GET', '/v1/users');
  for (const path of ['/v1/me', '/v1/users/ada']) {
    await kit.problem(401, 'unauthenticated', 'GET', path);
  }
  await kit.problem(401, 'unauthenticated', 'POST', '/v1/users/lookup', { json: { ids: [] } });
  const key = await serverKeyOf(kit, 'default');
  await kit.problem(401, 'unauthenticated', 'GET', '/v1/me', key); // it names no user
});

test('every program in local mode sets users', async () => {
  await using kit = await HttpKitForTesting.open(memory());
  const client = createClient({
    baseUrl: 'http://localhost',
    fetch: (request) => kit.handler(request),
    userId: 'ben',
  });
  const ada = { id: 'ada', displayName: 'Ada', avatarUrl: null, kind: 'person' };
  const [set] = await client.users.put([{ id: 'ada', displayName: 'Ada' }]);
  expect(set).toEqual({ ...ada, metadata: {} });
  expect(await client.users.get('ada')).toEqual(ada);
  expect(await client.users.lookup(['ada', 'ben'])).toEqual([ada]);
  expect(await client.users.lookup([])).toEqual([]);
  expect((await client.users.list()).data).toEqual([set]);
  expect(await client.users.me()).toMatchObject({
    id: 'ben',
    displayName: null,
    projectId: 'default',
  });
});

test('a host’s callers are what it says, and its programs may set users', async () => {
  await using kit = await HttpKitForTesting.open(memory());
  const identify = (request: Request): { projectId: string; isServer?: boolean } => {
    return { projectId: 'p', ...(request.headers.has('x-program') && { isServer: true }) };
  };
  const handler = createHandler(kit.store, { auth: { mode: 'host', identify } });
  const headers = { 'content-type': 'application/json', 'x-program': 'yes' };
  const put = { method: 'PUT', body: '{"displayName":"Ada"}' };
  const url = 'http://localhost/v1/users/ada';
  expect((await handler(new Request(url, { ...put, headers }))).status).toBe(200);
  const { 'x-program': _, ...others } = headers;
  expect((await handler(new Request(url, { ...put, headers: others }))).status).toBe(401);
});

test('a caller is let in though its name cannot be stored', async () => {
  await using kit = await HttpKitForTesting.open(memory(), { auth });
  const { users } = kit.store.operator;
  Object.assign(users, { learn: () => Promise.reject(new SkeinError('unavailable', 'Full.')) });
  await kit.must(200, 'GET', '/v1/me', await bearer({ name: 'Ada' }));
});

test.each([
  ['/v1/users/ada', 'PUT', { displayName: '' }, 'displayName'],
  ['/v1/users/ada', 'PUT', { avatarUrl: 'http://x.example' }, 'avatarUrl'],
  ['/v1/users/ada', 'PUT', { id: 'ben' }, 'id'],
  ['/v1/users/ada', 'PUT', { kind: 'agent' }, 'kind'],
  ['/v1/users/ada', 'PUT', { metadata: 5 }, 'metadata'],
  [`/v1/users/${'u'.repeat(129)}`, 'PUT', {}, 'userId'],
  ['/v1/users/lookup', 'POST', {}, 'ids'],
  ['/v1/users/lookup', 'POST', { ids: Array.from({ length: 101 }, String) }, 'ids'],
  ['/v1/users/lookup', 'POST', { ids: [''] }, 'ids.0'],
  ['/v1/users/lookup', 'POST', { ids: [5] }, 'ids.0'],
])('%s is refused %s %j', async (path, method, json, issue) => {
  await using kit = await HttpKitForTesting.open(memory());
  const problem = await kit.problem(400, 'invalid_request', method, path, { json });
  expect(problem.errors?.map((one) => one.path)).toEqual([issue]);
});
