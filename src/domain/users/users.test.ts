import { describe, expect, test } from 'vitest';
import type { User, UserUpdate, UsersApi } from '../../api/user.ts';
import { users } from '../../records/tables.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { scripted } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

const ada = { id: 'ada', displayName: 'Ada Lovelace', avatarUrl: 'https://pictures.example/ada' };

async function openUsers(options: Parameters<typeof openKit>[0] = {}): Promise<{
  readonly kit: Awaited<ReturnType<typeof openKit>>;
  /** The host's own program, which acts for no user. */
  readonly server: UsersApi;
  readonly foreignServer: UsersApi;
  readonly person: UsersApi;
}> {
  const kit = await openKit(options);
  const server = kit.store.as({ projectId: 'project', isServer: true }).users;
  const foreignServer = kit.store.as({ projectId: 'elsewhere', isServer: true }).users;
  return { kit, server, foreignServer, person: kit.owner.users };
}

describe('a user that the host sets', () => {
  test('is seen by those who are signed in', async () => {
    const { kit, server, person } = await openUsers();
    await using _ = kit;
    const metadata = { email: 'ada@example.com' };
    const shown: User = { ...ada, kind: 'person' };
    expect(await server.put([{ ...ada, metadata }])).toEqual([{ ...shown, metadata }]);
    expect(await person.get('ada')).toEqual(shown);
    expect(await person.lookup(['ada'])).toEqual([shown]);
    expect(await server.get('ada')).toEqual({ ...shown, metadata });
  });

  test('changes only where something is given', async () => {
    const { kit, server } = await openUsers();
    await using _ = kit;
    await server.put([{ ...ada, metadata: { a: 1, b: 2 } }]);
    await server.put([{ id: 'ada', avatarUrl: null, metadata: { c: 3 } }]);
    const { displayName } = ada;
    const now = { id: 'ada', displayName, avatarUrl: null, kind: 'person', metadata: { c: 3 } };
    expect(await server.get('ada')).toEqual(now);
    await server.put([{ id: 'ada' }]);
    expect(await server.get('ada')).toEqual(now);
  });

  test('is written whole by twenty at once', async () => {
    const { kit, server } = await openUsers();
    await using _ = kit;
    await Promise.all(
      times(20, (i) =>
        server.put([{ id: 'ada', ...(i % 2 ? { displayName: 'Ada' } : { avatarUrl: '/a' }) }]),
      ),
    );
    expect(await server.get('ada')).toMatchObject({ displayName: 'Ada', avatarUrl: '/a' });
    expect((await kit.rows(users)).map(({ version }) => version)).toEqual([20]);
  });

  test('is set by the host alone', async () => {
    const { kit, server, person } = await openUsers();
    await using _ = kit;
    await server.put([ada]);
    for (const call of [person.put([{ id: 'owner', displayName: 'Me' }]), person.list()]) {
      expect(await codeOf(call)).toBe('forbidden');
    }
    expect(await codeOf(kit.anonymous.users.put([ada]))).toBe('unauthenticated');
    expect(await codeOf(kit.anonymous.users.list())).toBe('unauthenticated');
    expect(await kit.rows(users)).toHaveLength(1);
  });

  test('is listed by id', async () => {
    const { kit, server, foreignServer } = await openUsers();
    await using _ = kit;
    await server.put(['u3', 'u1', 'u2'].map((id) => ({ id, displayName: id })));
    await foreignServer.put([{ id: 'u0', displayName: 'Elsewhere' }]);
    const first = await server.list({ limit: 2 });
    expect(first.data.map(({ id }) => id)).toEqual(['u1', 'u2']);
    const last = await server.list({ limit: 2, after: first.nextCursor! });
    expect([last.data.map(({ id }) => id), last.nextCursor]).toEqual([['u3'], null]);
    expect(await issuesOf(foreignServer.list({ after: first.nextCursor! }))).toEqual(['after']);
  });
});

test.each<[UserUpdate | object, string]>([
  [{ displayName: 'Nobody' }, 'id'],
  [{ id: '' }, 'id'],
  [{ id: 'a\nb' }, 'id'],
  [{ id: 'u'.repeat(129) }, 'id'],
  [{ id: 'ada', displayName: '' }, 'displayName'],
  [{ id: 'ada', displayName: 'a\nb' }, 'displayName'],
  [{ id: 'ada', displayName: 'n'.repeat(129) }, 'displayName'],
  [{ id: 'ada', displayName: 5 }, 'displayName'],
  [{ id: 'ada', avatarUrl: 'http://pictures.example/ada' }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: 'javascript:alert(1)' }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: 'data:image/svg+xml,x' }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: '//pictures.example/ada' }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: '/\\pictures.example/ada' }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: 'https://me:secret@pictures.example/ada' }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: 'https://pictures.example/a b' }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: `https://pictures.example/${'a'.repeat(2048)}` }, 'avatarUrl'],
  [{ id: 'ada', avatarUrl: '' }, 'avatarUrl'],
  [{ id: 'ada', kind: 'agent' }, 'kind'],
  [{ id: 'agent:helper', kind: 'person' }, 'kind'],
  [{ id: 'ada', responder: 'demo/echo' }, 'responder'],
  [{ id: 'ada', metadata: [] }, 'metadata'],
  [{ id: 'ada', metadata: { text: 'x'.repeat(65_536) } }, 'metadata'],
  [{ id: 'ada', dispalyName: 'Ada' }, 'dispalyName'],
])('the host cannot set %j', async (update, issue) => {
  const { kit, server } = await openUsers();
  await using _ = kit;
  expect(await issuesOf(server.put([update as UserUpdate]))).toEqual([issue]);
  expect(await kit.rows(users)).toEqual([]);
});

describe('a look-up', () => {
  test('has the users that are known, each once, in the order of the ids', async () => {
    const { kit, server, person } = await openUsers();
    await using _ = kit;
    await server.put([
      { id: 'u1', displayName: 'One' },
      { id: 'u2', displayName: 'Two' },
    ]);
    const found = await person.lookup(['u2', 'nobody', 'u1', 'u2']);
    expect(found.map(({ id }) => id)).toEqual(['u2', 'u1']);
    expect(await person.lookup([])).toEqual([]);
    expect(await codeOf(person.get('nobody'))).toBe('not_found');
  });

  test('is of at most 100 ids', async () => {
    const { kit, person } = await openUsers();
    await using _ = kit;
    expect(await person.lookup(times(100, String))).toEqual([]);
    expect(await issuesOf(person.lookup(times(101, String)))).toEqual(['ids']);
    expect(await issuesOf(person.lookup([''] as string[]))).toEqual(['ids.0']);
    expect(await issuesOf(person.lookup('ada' as unknown as string[]))).toEqual(['ids']);
  });

  test('never leaves its project, and takes a caller who is signed in', async () => {
    const { kit, server, foreignServer } = await openUsers();
    await using _ = kit;
    await server.put([ada]);
    for (const { users: foreign } of [kit.foreigner, { users: foreignServer }]) {
      expect(await foreign.lookup(['ada'])).toEqual([]);
      expect(await codeOf(foreign.get('ada'))).toBe('not_found');
    }
    await foreignServer.put([{ id: 'ada', displayName: 'Another Ada' }]);
    expect(await kit.owner.users.get('ada')).toMatchObject({ displayName: 'Ada Lovelace' });
    expect(await codeOf(kit.anonymous.users.lookup(['ada']))).toBe('unauthenticated');
    expect(await codeOf(kit.anonymous.users.get('ada'))).toBe('unauthenticated');
    expect(await codeOf(kit.anonymous.users.get('nobody'))).toBe('unauthenticated');
  });
});

describe('the caller', () => {
  test('is told who it is', async () => {
    const { kit, server } = await openUsers();
    await using _ = kit;
    const bare = { id: 'ada', displayName: null, avatarUrl: null, kind: 'person' };
    const project = { projectId: 'project', roles: [], features: [] };
    const as = kit.store.project('project').as({ userId: 'ada' });
    expect(await as.users.me()).toEqual({ ...bare, ...project });
    await server.put([ada]);
    const admin = kit.store.project('project').as({ userId: 'ada', roles: ['admin'] });
    const told = { ...ada, kind: 'person', projectId: 'project', roles: ['admin'], features: [] };
    expect(await admin.users.me()).toEqual(told);
    expect(await codeOf(kit.anonymous.users.me())).toBe('unauthenticated');
  });

  test('is told what the server offers', async () => {
    const responders = new Respondents(['lab/alpha']);
    const { kit, person } = await openUsers({ responders });
    await using _ = kit;
    expect((await person.me()).features).toEqual(['models']);
  });
});

const helperAgent = { ...scripted(() => []), name: 'helper', kind: 'agent' } as const;

describe('an agent of the configuration', () => {
  test('has its name, unless the host sets another', async () => {
    const { kit, server, person } = await openUsers({ responders: sourceOf(helperAgent) });
    await using _ = kit;
    const helper = { id: 'agent:helper', displayName: 'helper', avatarUrl: null, kind: 'agent' };
    expect(await person.lookup(['agent:helper', 'agent:other'])).toEqual([helper]);
    await server.put([{ id: 'agent:helper', displayName: 'Hal', responder: 'demo/echo' }]);
    expect(await person.get('agent:helper')).toEqual({ ...helper, displayName: 'Hal' });
    expect(await server.get('agent:helper')).toMatchObject({ responder: 'demo/echo' });
  });
});
