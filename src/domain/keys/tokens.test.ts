import { expect, test } from 'vitest';
import {
  codeOf,
  issuesOf,
  openKit,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';

const principal = { projectId: 'project', userId: 'u1' };

test('a token says what its user is, and for which server it is', async () => {
  await using kit = await openKit();
  const { keys } = kit.store;
  const described = { ...principal, roles: ['admin'], scopes: ['ticket:*'] };
  const { id, token } = await keys.issueToken(described, 60, undefined, 'inner');
  expect(await keys.verifyToken(token)).toEqual(described);
  expect(await keys.verifyToken(token, 'inner')).toEqual(described);
  expect(await keys.verifyToken(token, 'outer')).toBeUndefined();
  const anywhere = await keys.issueToken(principal);
  expect(await keys.verifyToken(anywhere.token, 'outer')).toEqual(principal);
  const { data } = await keys.listTokens();
  const info = {
    ...described,
    id,
    audience: 'inner',
    createdAt: new Date(kit.clock.nowMs).toISOString(),
    expiresAt: new Date(kit.clock.nowMs + 60_000).toISOString(),
  };
  expect(data.find((one) => one.id === id)).toEqual(info);
});

test('no token acts for a server, or for an agent', async () => {
  await using kit = await openKit();
  const { keys } = kit.store;
  const { token } = await keys.issueToken({ ...principal, isServer: true });
  expect(await keys.verifyToken(token)).toEqual(principal);
  expect(await issuesOf(keys.issueToken({ ...principal, userId: 'agent:x' }))).toEqual(['userId']);
  const roles = ['a\nb'];
  expect(await issuesOf(keys.issueToken({ ...principal, roles }))).toEqual(['roles.0']);
  expect(await issuesOf(keys.issueToken(principal, 60, undefined, ''))).toEqual(['audience']);
});

test('tokens are listed by project and key, newest first, while they are good', async () => {
  await using kit = await openKit();
  const { keys } = kit.store;
  const key = await keys.create({ projectId: 'project', name: 'k' });
  const elsewhere = { projectId: 'elsewhere', userId: 'u1' };
  const ids: string[] = [];
  for (const i of times(5, Number)) {
    kit.clock.advance(1);
    ids.unshift((await keys.issueToken(principal, 60 + i, key.id)).id);
    await keys.issueToken(elsewhere);
  }
  await keys.issueToken(principal, 5);
  kit.clock.advance(5_000);
  const idsIn = async (options: object): Promise<string[]> => {
    const found: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await keys.listTokens({ limit: 2, ...options, ...(after && { after }) });
      found.push(...page.data.map(({ id }) => id));
      after = page.nextCursor;
    }
    return found;
  };
  expect(await idsIn({ projectId: 'project' })).toEqual(ids);
  expect(await idsIn({ keyId: key.id })).toEqual(ids);
  expect(await idsIn({ keyId: 'unknown' })).toEqual([]);
  expect(await idsIn({ projectId: 'elsewhere' })).toHaveLength(5);
  expect(await idsIn({})).toHaveLength(10);
  const { data } = await keys.listTokens({ keyId: key.id, limit: 1 });
  expect(data[0]).toMatchObject({ keyId: key.id, userId: 'u1', projectId: 'project' });
  expect(JSON.stringify(data)).not.toMatch(/ut_|sk_/);
  await keys.revoke(key.id);
  expect(await idsIn({ projectId: 'project' })).toEqual([]);
});

test('a token is revoked alone, in its own project', async () => {
  await using kit = await openKit();
  const { keys } = kit.store;
  const [one, other] = [await keys.issueToken(principal), await keys.issueToken(principal)];
  const ended: string[] = [];
  for (const { id, token } of [one, other]) keys.watch(token, () => ended.push(id));
  expect(await codeOf(keys.revokeToken('elsewhere', one.id))).toBe('not_found');
  expect(await keys.verifyToken(one.token)).toEqual(principal);
  await keys.revokeToken('project', one.id);
  expect(await keys.verifyToken(one.token)).toBeUndefined();
  expect(await keys.verifyToken(other.token)).toEqual(principal);
  await until(() => ended.length > 0);
  expect(ended).toEqual([one.id]);
  expect(await codeOf(keys.revokeToken('project', one.id))).toBe('not_found');
  await keys.revoke(other.id); // as the operator
  expect(await keys.verifyToken(other.token)).toBeUndefined();
});
