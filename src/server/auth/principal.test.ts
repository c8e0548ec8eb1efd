import { sign } from 'hono/jwt';
import { expect, test } from 'vitest';
import type { Action } from '../../api/access.ts';
import type { Principal } from '../../api/principal.ts';
import { memory } from '../../engines/memory/index.ts';
import {
  expectProblem,
  HttpKitForTesting,
  type AnswerForTesting,
} from '../../../test/support/server/http-kit-for-testing.ts';
import type { AuthOptions } from './auth-options.ts';

const secret = 'a secret of at least thirty-two bytes';
const exp = Math.floor(Date.now() / 1000) + 3600;
const tokens: AuthOptions = { mode: 'tokens', jwtSecret: secret };

/** A server whose host remembers who appends to feeds, and a feed of the project. */
async function openFeed(auth: AuthOptions): Promise<{
  readonly kit: HttpKitForTesting;
  readonly asked: Principal[];
  readonly append: (headers: Readonly<Record<string, string>>) => Promise<AnswerForTesting>;
}> {
  const asked: Principal[] = [];
  const authorize = (principal: Principal, action: Action): boolean =>
    action === 'read' || asked.push(principal) > 0;
  const kit = await HttpKitForTesting.open(memory(), { auth }, { authorize });
  const owner = kit.store.project('default').as({ userId: 'owner' });
  const feed = { mode: 'feed', scopeType: 'invoice', scopeId: 'T-1' } as const;
  const [thread] = await owner.threads.create([feed]);
  const json = { items: [{ role: 'user', text: 'Hello' }] };
  const path = `/v1/threads/${thread!.id}/items`;
  return { kit, asked, append: (headers) => kit.call('POST', path, { json, headers }) };
}

async function bearer(claims: object): Promise<{ authorization: string }> {
  return { authorization: `Bearer ${await sign({ sub: 'ben', exp, ...claims }, secret)}` };
}

const ben = { projectId: 'default', userId: 'ben' };

test.each([
  [{}, ben],
  [
    { roles: ['admin'], scopes: ['ticket:*'] },
    { ...ben, roles: ['admin'], scopes: ['ticket:*'] },
  ],
  [{ scopes: 'ticket:* order:5' }, { ...ben, scopes: ['ticket:*', 'order:5'] }],
  [
    { roles: [], scopes: null },
    { ...ben, roles: [] },
  ],
  // Only a server key makes a caller a server.
  [{ isServer: true }, ben],
])('a JWT with the claims %j is of %j', async (claims, principal) => {
  const { kit, asked, append } = await openFeed(tokens);
  await using _ = kit;
  expect((await append(await bearer(claims))).status).toBe(201);
  expect(asked).toEqual([principal]);
});

test.each([
  { roles: 5 },
  { roles: [5] },
  { roles: { admin: true } },
  { scopes: [''] },
  { scopes: ['a\nb'] },
  { scopes: ['s'.repeat(129)] },
  { scopes: Array.from({ length: 101 }, String) },
  { sub: 'agent:helper' },
])('a JWT with the claims %j is refused', async (claims) => {
  const { kit, asked, append } = await openFeed(tokens);
  await using _ = kit;
  const answer = await append(await bearer(claims));
  const problem = expectProblem(answer, 401, 'unauthenticated');
  expect(problem.detail).toContain(`claim ${Object.keys(claims)[0]}`);
  expect(asked).toEqual([]);
});

test('a server key is a server, and a token that it mints is not', async () => {
  const { kit, asked, append } = await openFeed({ mode: 'tokens' });
  await using _ = kit;
  const { secret: key } = await kit.store.keys.create({ projectId: 'default', name: 'backend' });
  const headers = { authorization: `Bearer ${key}`, 'x-user-id': 'ben' };
  expect((await append(headers)).status).toBe(201);
  const { token } = await kit.must<{ token: string }>(201, 'POST', '/v1/tokens', {
    json: { userId: 'ben' },
    headers,
  });
  expect((await append({ authorization: `Bearer ${token}` })).status).toBe(201);
  expect(asked).toEqual([{ ...ben, isServer: true }, ben]);
});

test('no token is minted for an agent', async () => {
  const { kit } = await openFeed({ mode: 'tokens' });
  await using _ = kit;
  const { secret: key } = await kit.store.keys.create({ projectId: 'default', name: 'backend' });
  await kit.problem(400, 'invalid_request', 'POST', '/v1/tokens', {
    json: { userId: 'agent:helper' },
    headers: { authorization: `Bearer ${key}` },
  });
});

test('the host says what its callers have', async () => {
  const identity = { ...ben, roles: ['admin'], scopes: ['ticket:*'], isServer: true };
  const { kit, asked, append } = await openFeed({ mode: 'host', identify: () => identity });
  await using _ = kit;
  expect((await append({})).status).toBe(201);
  expect(asked).toEqual([identity]);
});

test('a caller in local mode is a person', async () => {
  const { kit, asked, append } = await openFeed({ mode: 'local' });
  await using _ = kit;
  expect((await append({ 'x-user-id': 'ben' })).status).toBe(201);
  expect(asked).toEqual([ben]);
});
