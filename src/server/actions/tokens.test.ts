import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ApiKey, IssuedKey, IssuedToken, TokenInfo } from '../../api/key.ts';
import type { Page } from '../../api/page.ts';
import { memory } from '../../engines/memory/index.ts';
import { createHandler } from '../create-handler.ts';
import {
  HttpKitForTesting,
  type RequestForTesting,
} from '../../../test/support/server/http-kit-for-testing.ts';

let kit: HttpKitForTesting;
let key: IssuedKey;

beforeEach(async () => {
  kit = await HttpKitForTesting.open(memory(), { auth: { mode: 'tokens' } });
  key = await kit.store.keys.create({ projectId: 'p1', name: 'backend' });
});
afterEach(() => kit[Symbol.asyncDispose]());

const bearer = (secret: string, request: RequestForTesting = {}): RequestForTesting => ({
  ...request,
  headers: { authorization: `Bearer ${secret}` },
});

const mint = (json: object, secret: string = key.secret): Promise<IssuedToken> =>
  kit.must<IssuedToken>(201, 'POST', '/v1/tokens', bearer(secret, { json }));

test('a server key mints tokens with roles and scopes, lists and revokes them', async () => {
  const minted = await mint({ userId: 'bob', roles: ['admin'], scopes: ['ticket:*'] });
  const me = await kit.must(200, 'GET', '/v1/me', bearer(minted.token));
  expect(me).toMatchObject({ id: 'bob', projectId: 'p1', roles: ['admin'] });
  const page = await kit.must<Page<TokenInfo>>(200, 'GET', '/v1/tokens', bearer(key.secret));
  expect(page.data).toEqual([
    {
      id: minted.id,
      projectId: 'p1',
      userId: 'bob',
      createdAt: expect.any(String),
      expiresAt: minted.expiresAt,
      keyId: key.id,
      roles: ['admin'],
      scopes: ['ticket:*'],
    },
  ]);
  await kit.must(204, 'DELETE', `/v1/tokens/${minted.id}`, bearer(key.secret));
  await kit.problem(401, 'unauthenticated', 'GET', '/v1/me', bearer(minted.token));
  await kit.problem(404, 'not_found', 'DELETE', `/v1/tokens/${minted.id}`, bearer(key.secret));
});

test('a server key knows nothing of the tokens of other projects', async () => {
  const other = await kit.store.keys.create({ projectId: 'p2', name: 'other' });
  const { id, token } = await mint({ userId: 'bob' });
  const page = await kit.must<Page<TokenInfo>>(200, 'GET', '/v1/tokens', bearer(other.secret));
  expect(page.data).toEqual([]);
  await kit.problem(404, 'not_found', 'DELETE', `/v1/tokens/${id}`, bearer(other.secret));
  await kit.must(200, 'GET', '/v1/me', bearer(token));
});

test('users neither list nor revoke tokens', async () => {
  const { id, token } = await mint({ userId: 'bob' });
  await kit.problem(403, 'forbidden', 'GET', '/v1/tokens', bearer(token));
  await kit.problem(403, 'forbidden', 'DELETE', `/v1/tokens/${id}`, bearer(token));
  await kit.problem(401, 'unauthenticated', 'GET', '/v1/tokens');
});

test('a token for another audience is refused', async () => {
  const auth = { mode: 'tokens', audience: 'inner' } as const;
  const inner = createHandler(kit.store, { auth });
  const statusOf = async (json: object): Promise<number> => {
    const { token } = await mint({ userId: 'bob', ...json });
    const headers = { authorization: `Bearer ${token}` };
    return (await inner(new Request('http://localhost/v1/me', { headers }))).status;
  };
  expect(await statusOf({ audience: 'inner' })).toBe(200);
  expect(await statusOf({ audience: 'outer' })).toBe(401);
  expect(await statusOf({})).toBe(200);
});

test('a key that is rotated while in use mints nothing that outlives its old secret', async () => {
  const operator = await kit.store.keys.operators.create('op');
  const rotate = `/v1/keys/${key.id}/rotate`;
  const given = bearer(operator.secret, { json: { graceSeconds: 60 } });
  const rotated = await kit.must<IssuedKey>(201, 'POST', rotate, given);
  expect(rotated).toMatchObject({ id: key.id, formerSecretUntil: expect.any(String) });
  const until = Date.parse(rotated.formerSecretUntil!);
  const [old, current] = [
    await mint({ userId: 'bob' }),
    await mint({ userId: 'bob' }, rotated.secret),
  ];
  expect(Date.parse(old.expiresAt)).toBeLessThanOrEqual(until);
  expect(Date.parse(current.expiresAt)).toBeGreaterThan(until);
  const { data } = await kit.must<Page<ApiKey>>(200, 'GET', '/v1/keys', bearer(operator.secret));
  expect(data).toMatchObject([{ id: key.id, formerSecretUntil: rotated.formerSecretUntil }]);
  const path = `/v1/keys/${key.id}/tokens`;
  const page = await kit.must<Page<TokenInfo>>(200, 'GET', path, bearer(operator.secret));
  expect(new Set(page.data.map(({ id }) => id))).toEqual(new Set([old.id, current.id]));
  await kit.must(201, 'POST', rotate, bearer(operator.secret, { json: { graceSeconds: 0 } }));
  for (const secret of [rotated.secret, current.token])
    await kit.problem(401, 'unauthenticated', 'GET', '/v1/tokens', bearer(secret));
});

test.each([
  ['POST', '/v1/tokens', { userId: 'bob', audience: '' }, 'audience'],
  ['POST', '/v1/tokens', { userId: 'bob', roles: 'admin' }, 'roles'],
  ['POST', '/v1/tokens', { userId: 'bob', roles: [''] }, 'roles.0'],
  ['POST', '/v1/tokens', { userId: 'bob', scopes: Array.from({ length: 101 }, String) }, 'scopes'],
  ['POST', '/v1/tokens', { userId: 'bob', isServer: true }, 'isServer'],
])('%s %s with %j is refused', async (method, path, json, issue) => {
  const request = bearer(key.secret, { json });
  const problem = await kit.problem(400, 'invalid_request', method, path, request);
  expect(problem.errors?.map((one) => one.path)).toEqual([issue]);
});

test.each([{ graceSeconds: -1 }, { graceSeconds: 604_801 }, { grace: 1 }])(
  'a key is not rotated with %j',
  async (json) => {
    const { secret } = await kit.store.keys.operators.create('op');
    const path = `/v1/keys/${key.id}/rotate`;
    await kit.problem(400, 'invalid_request', 'POST', path, bearer(secret, { json }));
    await kit.problem(401, 'unauthenticated', 'POST', path, { json: {} });
  },
);
