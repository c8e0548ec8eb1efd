import { expect, test } from 'vitest';
import type { UserClaims } from '../../api/user.ts';
import { users } from '../../records/tables.ts';
import { openKit, type StoreKit } from '../../../test/support/store/store-kit-for-testing.ts';

const ada = { projectId: 'project', userId: 'ada' };
const picture = 'https://pictures.example/ada';

function learnIn({ store }: StoreKit): (user: typeof ada, claims: UserClaims) => Promise<void> {
  return (user, claims) => store.operator.users.learn(user, claims);
}

async function nameOf({ store }: StoreKit): Promise<unknown> {
  const { displayName, avatarUrl } = await store
    .as({ projectId: 'project', isServer: true })
    .users.get('ada');
  return [displayName, avatarUrl];
}

async function writesOf(kit: StoreKit): Promise<number> {
  return (await kit.rows(users))[0]?.version ?? 0;
}

test('a token tells the name and the picture of its user, and is written once', async () => {
  await using kit = await openKit();
  const learn = learnIn(kit);
  for (let i = 0; i < 3; i++) await learn(ada, { displayName: 'Ada', avatarUrl: picture });
  expect(await nameOf(kit)).toEqual(['Ada', picture]);
  expect(await writesOf(kit)).toBe(1);
  await learn(ada, { displayName: 'Ada Lovelace', avatarUrl: picture });
  expect(await nameOf(kit)).toEqual(['Ada Lovelace', picture]);
  expect(await writesOf(kit)).toBe(2);
  await learn(ada, { displayName: 'Ada Lovelace' });
  expect(await nameOf(kit)).toEqual(['Ada Lovelace', null]);
});

test('a process that has just begun writes nothing that is stored', async () => {
  await using kit = await openKit();
  await kit.store.operator.users.learn(ada, { displayName: 'Ada' });
  const { createStore } = await import('../../store/create-store.ts');
  const { engine } = kit;
  await kit.store.close();
  await using again = await createStore({ engine });
  await again.operator.users.learn(ada, { displayName: 'Ada' });
  expect((await kit.rows(users)).map(({ version }) => version)).toEqual([1]);
});

test('what the host has set stands until the token says something else', async () => {
  await using kit = await openKit();
  const learn = learnIn(kit);
  const server = kit.store.as({ projectId: 'project', isServer: true }).users;
  await learn(ada, { displayName: 'Ada', avatarUrl: picture });
  await server.put([{ id: 'ada', displayName: 'Countess', metadata: { a: 1 } }]);
  await learn(ada, { displayName: 'Ada', avatarUrl: picture });
  expect(await nameOf(kit)).toEqual(['Countess', picture]);
  await learn(ada, { displayName: 'Ada', avatarUrl: '/new' });
  expect(await nameOf(kit)).toEqual(['Countess', '/new']);
  await learn(ada, { displayName: 'Ada L.', avatarUrl: '/new' });
  expect(await nameOf(kit)).toEqual(['Ada L.', '/new']);
  expect((await server.get('ada')).metadata).toEqual({ a: 1 });
});

test('an older token does not bring an older name back', async () => {
  await using kit = await openKit();
  const learn = learnIn(kit);
  await learn(ada, { displayName: 'New', issuedAtMs: 2000 });
  for (let i = 0; i < 3; i++) {
    await learn(ada, { displayName: 'Old', issuedAtMs: 1000 });
    await learn(ada, { displayName: 'New', issuedAtMs: 2000 });
  }
  expect(await nameOf(kit)).toEqual(['New', null]);
  expect(await writesOf(kit)).toBe(1);
});

test.each<[UserClaims, unknown]>([
  [{}, undefined],
  [{ displayName: '' }, undefined],
  [{ displayName: ' \n ' }, undefined],
  [{ avatarUrl: 'javascript:alert(1)' }, undefined],
  [{ displayName: 5 as unknown as string }, undefined],
  [{ displayName: ' Ada\nLovelace ' }, { displayName: 'Ada Lovelace' }],
  [{ displayName: 'n'.repeat(500) }, { displayName: 'n'.repeat(128) }],
  [{ displayName: 'Ada', avatarUrl: 'http://x.example' }, { displayName: 'Ada' }],
])('of the claims %j is stored what a page can show', async (claims, stored) => {
  await using kit = await openKit();
  await kit.store.operator.users.learn(ada, claims);
  const [row] = await kit.rows(users);
  expect(row?.claimed).toEqual(stored);
});
