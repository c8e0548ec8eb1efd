import { afterEach, expect, test, vi } from 'vitest';
import type { ResolvedUser, ResolveUsers } from '../../api/user.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { openKit, times } from '../../../test/support/store/store-kit-for-testing.ts';

afterEach(() => vi.useRealTimers());

/** A host that knows these users, and remembers what it was asked. */
function hostOf(...known: readonly ResolvedUser[]): {
  readonly resolveUsers: ResolveUsers;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const resolveUsers: ResolveUsers = (ids, { projectId }) => {
    asked.push(`${projectId}: ${ids.join()}`);
    return known.filter(({ id }) => ids.includes(id));
  };
  return { resolveUsers, asked };
}

test('the host names users, and is asked once', async () => {
  const { resolveUsers, asked } = hostOf({ id: 'ada', displayName: 'Ada', avatarUrl: '/ada' });
  await using kit = await openKit({ resolveUsers });
  const ada = { id: 'ada', displayName: 'Ada', avatarUrl: '/ada', kind: 'person' };
  const { users } = kit.owner;
  const both = [users.lookup(['ada', 'ben']), users.lookup(['ben', 'ada', 'eve'])];
  expect(await Promise.all(both)).toEqual([[ada], [ada]]);
  expect(await users.get('ada')).toEqual(ada);
  expect(await kit.foreigner.users.get('ada')).toEqual(ada);
  expect(asked).toEqual(['project: ada,ben', 'project: eve', 'elsewhere: ada']);
  kit.clock.advance(5 * 60_000);
  await users.get('ada');
  expect(asked.slice(3)).toEqual(['project: ada']);
});

test('what the host says stands before what is stored, and the rest is stored', async () => {
  const { resolveUsers } = hostOf(
    { id: 'ada', displayName: 'Ada' },
    { id: 'ben', avatarUrl: null },
  );
  await using kit = await openKit({ resolveUsers });
  const server = kit.store.as({ projectId: 'project', isServer: true }).users;
  await server.put(
    ['ada', 'ben', 'eve'].map((id) => ({ id, displayName: id, avatarUrl: `/${id}` })),
  );
  const found = await kit.owner.users.lookup(['ada', 'ben', 'eve']);
  expect(found.map(({ displayName, avatarUrl }) => [displayName, avatarUrl])).toEqual([
    ['Ada', '/ada'],
    ['ben', null],
    ['eve', '/eve'],
  ]);
});

test('a host that fails is done without, and left alone for a while', async () => {
  let asked = 0;
  let says: () => readonly ResolvedUser[] = () => [{ id: 'ada', displayName: 'Ada' }];
  const resolveUsers: ResolveUsers = () => {
    asked++;
    return says();
  };
  await using kit = await openKit({ resolveUsers });
  const nameOf = async (): Promise<unknown> => (await kit.owner.users.get('ada')).displayName;
  expect(await nameOf()).toBe('Ada');
  kit.clock.advance(5 * 60_000);
  says = () => {
    throw new Error('The list cannot be read.');
  };
  for (let i = 0; i < 3; i++) expect(await nameOf()).toBe('Ada');
  expect(await kit.owner.users.lookup(['ben'])).toEqual([]);
  expect(asked).toBe(3);
  says = () => [{ id: 'ada', displayName: 'Countess' }];
  kit.clock.advance(5_000);
  expect(await nameOf()).toBe('Countess');
});

test('a host that never answers holds no reader up for long', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  let signal: AbortSignal | undefined;
  const resolveUsers: ResolveUsers = (_ids, context) => {
    ({ signal } = context);
    return new Promise(() => undefined);
  };
  await using kit = await openKit({ resolveUsers });
  const found = kit.owner.users.lookup(['ada']);
  await until(() => signal !== undefined);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await found).toEqual([]);
  expect(signal?.aborted).toBe(true);
});

test.each<[string, unknown]>([
  ['no list', 'ada'],
  ['nothing', undefined],
  ['no users', [null, 5, 'ada', []]],
  ['another user', [{ id: 'ben', displayName: 'Ben' }]],
])('a host that answers with %s says nothing of a user', async (_what, answer) => {
  const resolveUsers: ResolveUsers = () => answer as readonly ResolvedUser[];
  await using kit = await openKit({ resolveUsers });
  expect(await kit.owner.users.lookup(['ada'])).toEqual([]);
});

test('names and pictures of the host are tidied', async () => {
  const { resolveUsers } = hostOf(
    { id: 'ada', displayName: ' Ada\nL. ', avatarUrl: 'javascript:alert(1)' },
    { id: 'ben', displayName: 'n'.repeat(500), avatarUrl: 5 as unknown as string },
  );
  await using kit = await openKit({ resolveUsers });
  const found = await kit.owner.users.lookup(['ada', 'ben']);
  expect(found.map(({ displayName, avatarUrl }) => [displayName, avatarUrl])).toEqual([
    ['Ada L.', null],
    ['n'.repeat(128), null],
  ]);
});

test('the host is not asked for agents, nor for more than 100 users at once', async () => {
  const { resolveUsers, asked } = hostOf();
  await using kit = await openKit({ resolveUsers });
  await kit.owner.users.lookup(['agent:helper']);
  expect(asked).toEqual([]);
  await kit.owner.users.lookup(times(100, String));
  expect(asked).toHaveLength(1);
});
