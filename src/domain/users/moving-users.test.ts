import { describe, expect, test } from 'vitest';
import type { Engine } from '../../engine/engine.ts';
import { memory } from '../../engines/memory/index.ts';
import { copyStore } from '../../store/copy/copy-store.ts';
import { createStore } from '../../store/create-store.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  exportOf,
  importInto,
  problemsOf,
} from '../../../test/support/store/transfer-kit-for-testing.ts';

/** A store with a user of two projects each, one of whom tokens have told of. */
async function storeWithUsers(): Promise<Engine> {
  const engine = memory();
  await using store = await createStore({ engine });
  for (const projectId of ['p1', 'p2']) {
    const { users } = store.as({ projectId, isServer: true });
    await users.put([{ id: 'ada', displayName: `Ada of ${projectId}`, metadata: { a: [1, 'ä'] } }]);
  }
  await store.operator.users.learn({ projectId: 'p1', userId: 'ben' }, { displayName: 'Ben' });
  return engine;
}

async function namesIn(engine: Engine, projectId: string): Promise<(string | null)[]> {
  await using store = await createStore({ engine });
  const { data } = await store.as({ projectId, isServer: true }).users.list();
  return data.map(({ displayName }) => displayName);
}

describe.each(enginePlaces)('users on %s', (_name, create) => {
  test('move with an export and with a copy', async () => {
    const engine = await storeWithUsers();
    const { lines, report } = await exportOf(engine);
    expect(report.tables.users).toBe(3);
    for (const move of [
      (to: Engine): Promise<unknown> => importInto(to, lines),
      (to: Engine): Promise<unknown> => copyStore({ from: engine, to, source: 'a test' }),
    ]) {
      await using place = await create();
      await move(place.open());
      expect(await namesIn(place.open(), 'p1')).toEqual(['Ada of p1', 'Ben']);
      expect(await namesIn(place.open(), 'p2')).toEqual(['Ada of p2']);
      expect((await exportOf(place.open())).lines.slice(1)).toEqual(lines.slice(1));
      expect(await problemsOf(place.open())).toEqual([]);
    }
  });

  test('that are known there already stay as they are', async () => {
    const { lines } = await exportOf(await storeWithUsers());
    await using place = await create();
    {
      await using store = await createStore({ engine: place.open() });
      const { users } = store.as({ projectId: 'p1', isServer: true });
      await users.put([{ id: 'ada', displayName: 'Countess' }]);
    }
    await importInto(place.open(), lines);
    expect(await namesIn(place.open(), 'p1')).toEqual(['Countess', 'Ben']);
  });

  test('are written once by several servers at once', async () => {
    await using place = await create();
    await using store = await createStore({ engine: place.open() });
    const { users } = store.as({ projectId: 'p1', isServer: true });
    const ada = { projectId: 'p1', userId: 'ada' };
    const avatarUrl = 'https://x.example/ada';
    await Promise.all([
      users.put([{ id: 'ada', metadata: { tier: 1 } }]),
      store.operator.users.learn(ada, { displayName: 'Ada', avatarUrl }),
    ]);
    expect(await users.get('ada')).toEqual({
      id: 'ada',
      displayName: 'Ada',
      avatarUrl,
      kind: 'person',
      metadata: { tier: 1 },
    });
  });
});

test('an export of one project has its users, and that of one user none', async () => {
  const engine = await storeWithUsers();
  const { report } = await exportOf(engine, { projectId: 'p2' });
  expect([report.tables.users, report.notTaken.tables]).toEqual([1, ['users']]);
  const ofUser = await exportOf(engine, { projectId: 'p1', userId: 'ada' });
  expect(ofUser.report.tables.users).toBeUndefined();
});
