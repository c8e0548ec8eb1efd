import { describe, expect, test } from 'vitest';
import { allTables } from '../../records/all-tables.ts';
import { credentials } from '../../records/tables.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

async function everything(kit: StoreKit): Promise<string> {
  return JSON.stringify(await Promise.all(allTables.map((table) => kit.rows(table))));
}

describe('a server key', () => {
  test('is shown once, found by its secret, and nowhere stored', async () => {
    await using kit = await openKit();
    const { secret, ...key } = await kit.store.keys.create({
      projectId: 'project',
      name: 'my server',
    });
    expect(secret).toMatch(/^sk_[A-Za-z0-9_-]{43}$/);
    expect(key).toEqual({
      id: key.id,
      projectId: 'project',
      name: 'my server',
      createdAt: new Date(kit.clock.nowMs).toISOString(),
    });
    expect(await kit.store.keys.verify(secret)).toEqual(key);
    expect(await kit.store.keys.list()).toEqual([key]);
    const stored = await everything(kit);
    for (let i = 0; i + 12 <= secret.length; i++)
      expect(stored).not.toContain(secret.slice(i, i + 12));
  });

  test.each(['', 'sk_', 'sk_x', 'x'.repeat(1000), '\u0000', '😀'])('is not %j', async (wrong) => {
    await using kit = await openKit();
    await kit.store.keys.create({ projectId: 'project', name: 'k' });
    expect(await kit.store.keys.verify(wrong)).toBeUndefined();
    expect(await kit.store.keys.verifyToken(wrong)).toBeUndefined();
  });

  test('does not match a secret that differs in one character, or its own hash', async () => {
    await using kit = await openKit();
    const { secret } = await kit.store.keys.create({ projectId: 'project', name: 'k' });
    for (let i = 3; i < secret.length; i++) {
      const wrong = `${secret.slice(0, i)}${secret[i] === 'A' ? 'B' : 'A'}${secret.slice(i + 1)}`;
      expect(await kit.store.keys.verify(wrong)).toBeUndefined();
    }
    const [row] = await kit.rows(credentials);
    expect(await kit.store.keys.verify(row!.hash)).toBeUndefined();
  });

  test('is gone when it is revoked', async () => {
    await using kit = await openKit();
    const [a, b] = [
      await kit.store.keys.create({ projectId: 'project', name: 'a' }),
      await kit.store.keys.create({ projectId: 'project', name: 'b' }),
    ];
    await kit.store.keys.revoke(a.id);
    expect(await kit.store.keys.verify(a.secret)).toBeUndefined();
    expect((await kit.store.keys.verify(b.secret))?.name).toBe('b');
    expect((await kit.store.keys.list()).map(({ name }) => name)).toEqual(['b']);
    expect(await codeOf(kit.store.keys.revoke(a.id))).toBe('not_found');
    expect(await codeOf(kit.store.keys.revoke('nothing'))).toBe('not_found');
  });

  test('is never two alike', async () => {
    await using kit = await openKit();
    const made = await Promise.all(
      times(50, (i) => kit.store.keys.create({ projectId: 'project', name: `${i}` })),
    );
    expect(new Set(made.map(({ secret }) => secret)).size).toBe(50);
    expect(await kit.store.keys.list()).toHaveLength(50);
  });

  test('needs a name and a project', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    expect(await issuesOf(keys.create({ projectId: '', name: 'a' }))).toEqual(['projectId']);
    expect(await issuesOf(keys.create({ projectId: 'p', name: 'a\nb' }))).toEqual(['name']);
    expect(await issuesOf(keys.create({ projectId: 'a/b', name: 'a' }))).toEqual(['projectId']);
  });
});

describe('a user token', () => {
  const principal = { projectId: 'project', userId: 'u1' };

  test('speaks for its user until it expires', async () => {
    await using kit = await openKit();
    const { token, expiresAt } = await kit.store.keys.issueToken(principal, 60);
    expect(token).toMatch(/^ut_[A-Za-z0-9_-]{43}$/);
    expect(expiresAt).toBe(new Date(kit.clock.nowMs + 60_000).toISOString());
    expect(await kit.store.keys.verifyToken(token)).toEqual(principal);
    kit.clock.advance(59_999);
    expect(await kit.store.keys.verifyToken(token)).toEqual(principal);
    kit.clock.advance(1);
    expect(await kit.store.keys.verifyToken(token)).toBeUndefined();
    expect(await everything(kit)).not.toContain(token.slice(3));
  });

  test('is not a key, and a key is not a token', async () => {
    await using kit = await openKit();
    const { token } = await kit.store.keys.issueToken(principal);
    const { secret } = await kit.store.keys.create({ projectId: 'project', name: 'k' });
    expect(await kit.store.keys.verify(token)).toBeUndefined();
    expect(await kit.store.keys.verifyToken(secret)).toBeUndefined();
    expect(await kit.store.keys.list()).toHaveLength(1);
  });

  test('lives 15 minutes unless said otherwise, and at most a day', async () => {
    await using kit = await openKit();
    const { expiresAt } = await kit.store.keys.issueToken(principal);
    expect(expiresAt).toBe(new Date(kit.clock.nowMs + 900_000).toISOString());
    for (const ttl of [0, -1, 1.5, 86_401, Number.NaN]) {
      expect(await issuesOf(kit.store.keys.issueToken(principal, ttl))).toEqual(['ttlSeconds']);
    }
    expect(await codeOf(kit.store.keys.issueToken(principal, 86_400))).toBe('none');
    const nobody = { projectId: 'project', userId: '' };
    expect(await issuesOf(kit.store.keys.issueToken(nobody))).toEqual(['userId']);
  });
});

describe('a user token of a server key', () => {
  const principal = { projectId: 'project', userId: 'u1' };

  test('ends with its key, and no other token does', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const [a, b] = [
      await keys.create({ projectId: 'project', name: 'a' }),
      await keys.create({ projectId: 'project', name: 'b' }),
    ];
    const tokens = [
      await keys.issueToken(principal, 900, a.id),
      await keys.issueToken(principal, 900, b.id),
      await keys.issueToken(principal),
    ];
    const ended: number[] = [];
    const watched = tokens.map(({ token }, i) => keys.watch(token, () => ended.push(i)));
    await expect.poll(() => keys.verifyToken(tokens[0]!.token)).toEqual(principal);
    await keys.revoke(a.id);
    const found = await Promise.all(tokens.map(({ token }) => keys.verifyToken(token)));
    expect(found).toEqual([undefined, principal, principal]);
    await expect.poll(() => ended).toEqual([0]);
    for (const release of watched) release();
    await keys.revoke(b.id);
    expect(ended).toEqual([0]);
  });

  test('is watched to its end, also if that has come', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { token } = await keys.issueToken(principal, 60);
    kit.clock.advance(60_000);
    for (const secret of [token, 'ut_unknown', 'sk_unknown']) {
      await new Promise<void>((resolve) => keys.watch(secret, resolve));
    }
  });
});

describe('a store', () => {
  test('that ever had a key is protected for good', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    expect(await keys.isProtected()).toBe(false);
    let told = 0;
    keys.watchProtection(() => told++);
    const released = keys.watchProtection(() => told++);
    released();
    const { id } = await keys.create({ projectId: 'project', name: 'k' });
    expect(told).toBe(1);
    await keys.revoke(id);
    expect([await keys.isProtected(), await keys.list()]).toEqual([true, []]);
  });

  test('can be protected before it has one', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    await keys.protect();
    await keys.protect();
    expect([await keys.isProtected(), await keys.list()]).toEqual([true, []]);
  });

  test('of an earlier version is protected by the keys that it has, and stays so without them', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { id } = await keys.create({ projectId: 'project', name: 'k' });
    await kit.engine.commit({ deletes: [{ table: credentials, key: ['protected'] }] });
    expect(await keys.isProtected()).toBe(true);
    await keys.revoke(id);
    expect(await keys.isProtected()).toBe(true);
  });
});

describe('an operator key', () => {
  test('is shown once, listed, found by its secret, and revoked; it protects nothing', async () => {
    await using kit = await openKit();
    const { keys } = kit.store;
    const { secret, ...key } = await keys.operators.create('skein');
    expect(secret).toMatch(/^ok_[A-Za-z0-9_-]{43}$/);
    expect(await keys.operators.list()).toEqual([key]);
    expect(await keys.operators.verify(secret)).toEqual(key);
    expect([await keys.verify(secret), await keys.verifyToken(secret), await keys.list()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(await everything(kit)).not.toContain(secret.slice(3));
    await keys.revoke(key.id);
    expect(await keys.operators.verify(secret)).toBeUndefined();
    expect(await keys.isProtected()).toBe(false);
    expect(await codeOf(keys.revoke(key.id))).toBe('not_found');
    expect(await issuesOf(keys.operators.create(''))).toEqual(['name']);
  });

  test('cannot mint tokens', async () => {
    await using kit = await openKit();
    const { id } = await kit.store.keys.operators.create('skein');
    const minting = kit.store.keys.issueToken({ projectId: 'project', userId: 'u1' }, 60, id);
    expect(await codeOf(minting)).toBe('unauthenticated');
  });
});

describe('a project', () => {
  test.each(['', 'a/b', 'a\u0000', 'x'.repeat(129)])('cannot be called %j', async (projectId) => {
    await using kit = await openKit();
    const name = (): Promise<unknown> =>
      new Promise((resolve) => resolve(kit.store.project(projectId)));
    expect(await issuesOf(name())).toEqual(['projectId']);
  });

  test.each(['', 'a\nb', 'x'.repeat(129)])('has no user %j', async (userId) => {
    await using kit = await openKit();
    const name = (): Promise<unknown> =>
      new Promise((resolve) => resolve(kit.store.project('p').as({ userId })));
    expect(await issuesOf(name())).toEqual(['userId']);
  });

  test('knows nothing of another', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ id: 'shared-name', visibility: 'public' });
    expect(await codeOf(kit.foreigner.threads.get(id))).toBe('not_found');
    expect((await kit.foreigner.threads.list()).data).toEqual([]);
  });
});
