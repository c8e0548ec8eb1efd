import { afterEach, beforeEach, expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import type { IssuedKey } from '../../api/key.ts';
import type { KeyList } from '../../api/operations/keys.ts';
import type { AuthOptions } from '../auth/auth-options.ts';
import { createHandler } from '../create-handler.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

let kit: HttpKitForTesting;
let operator: { readonly authorization: string };

beforeEach(async () => {
  kit = await HttpKitForTesting.open(memory());
  const { secret } = await kit.store.keys.operators.create('a test');
  operator = { authorization: `Bearer ${secret}` };
});
afterEach(() => kit[Symbol.asyncDispose]());

const key = { projectId: 'p1', name: 'backend' };

test('an operator key makes, lists and revokes keys, and no answer but the first has a secret', async () => {
  expect(await kit.store.keys.isProtected()).toBe(false);
  const { secret, ...made } = await kit.must<IssuedKey>(201, 'POST', '/v1/keys', {
    json: key,
    headers: operator,
  });
  expect(secret).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
  expect(made).toMatchObject(key);
  const { data, operators } = await kit.must<KeyList>(200, 'GET', '/v1/keys', {
    headers: operator,
  });
  expect(data).toEqual([made]);
  expect(operators).toMatchObject([{ name: 'a test' }]);
  expect(JSON.stringify([data, operators])).not.toMatch(/sk_|ok_/);
  await kit.must(204, 'DELETE', `/v1/keys/${made.id}`, { headers: operator });
  await kit.problem(404, 'not_found', 'DELETE', `/v1/keys/${made.id}`, { headers: operator });
  expect(await kit.store.keys.list()).toEqual([]);
  for (const json of [
    {},
    { ...key, projectId: 'a/b' },
    { ...key, name: '' },
    { ...key, more: 1 },
  ]) {
    const request = { json, headers: operator };
    await kit.problem(400, 'invalid_request', 'POST', '/v1/keys', request);
  }
});

test('an operator key revokes another one, and does not outlive its own revocation', async () => {
  const { operators } = await kit.must<KeyList>(200, 'GET', '/v1/keys', { headers: operator });
  await kit.must(204, 'DELETE', `/v1/keys/${operators[0]!.id}`, { headers: operator });
  await kit.problem(401, 'unauthenticated', 'GET', '/v1/keys', { headers: operator });
});

const modes: readonly (AuthOptions | undefined)[] = [
  undefined,
  { mode: 'local' },
  { mode: 'tokens' },
  { mode: 'host', identify: () => ({ projectId: 'p1', userId: 'root' }) },
];

test.each(modes)('no other credential does, in the mode %j', async (auth) => {
  const server = await kit.store.keys.create(key);
  const { token } = await kit.store.keys.issueToken(
    { projectId: 'p1', userId: 'u1' },
    60,
    server.id,
  );
  const handler = createHandler(kit.store, auth && { auth });
  const calls = [
    ['GET', '/v1/keys'],
    ['POST', '/v1/keys'],
    ['DELETE', `/v1/keys/${server.id}`],
  ] as const;
  const credentials = [
    '',
    `Bearer ${server.secret}`,
    `Bearer ${token}`,
    'Bearer ok_',
    'Basic YTpi',
  ];
  for (const [method, path] of calls) {
    for (const authorization of [...credentials, `Bearer ok_${'A'.repeat(43)}`]) {
      const headers = { 'x-user-id': 'root', ...(authorization && { authorization }) };
      const body = method === 'POST' ? { body: JSON.stringify(key) } : {};
      const request = new Request(`http://localhost${path}`, { method, headers, ...body });
      const { status } = await handler(request);
      expect([401, 403], `${method} ${path} with ${authorization}`).toContain(status);
    }
  }
  expect(await kit.store.keys.list()).toHaveLength(1);
});

test('an operator key acts for no user, and mints nothing', async () => {
  const handler = createHandler(kit.store, { auth: { mode: 'tokens' } });
  for (const [method, path] of [
    ['GET', '/v1/threads'],
    ['POST', '/v1/tokens'],
  ] as const) {
    const body = method === 'POST' ? { body: JSON.stringify({ userId: 'u1' }) } : {};
    const headers = { ...operator, 'x-user-id': 'u1', 'content-type': 'application/json' };
    const request = new Request(`http://localhost${path}`, { method, headers, ...body });
    expect((await handler(request)).status).toBe(401);
  }
});
