import { describe, expect, test } from 'vitest';
import { publicThreadId } from '../../shared/ids.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { scopes, threads } from '../../records/tables.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  times,
  titled,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import { TappedEngine } from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { ScopeInput } from '../../api/scope.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

const scope = { scopeType: 'ticket', scopeId: 'T-101' };

describe('the thread of a scope', () => {
  test('is created once, with the content of the first call', async () => {
    await using kit = await openKit();
    const first = await kit.owner.scopes.getOrCreateWithOutcome({
      ...scope,
      title: 'Support',
      tags: ['t'],
      metadata: { m: 1 },
      visibility: 'unlisted',
      mode: 'group',
    });
    expect(first.replayed).toBe(false);
    expect(first.data).toMatchObject({
      ...scope,
      title: 'Support',
      titleSource: 'user',
      tags: ['t'],
      metadata: { m: 1 },
      visibility: 'unlisted',
      mode: 'group',
      ownerId: 'owner',
      version: 1,
    });
    const again = await kit.owner.scopes.getOrCreateWithOutcome({ ...scope, title: 'Other' });
    expect(again).toEqual({ data: first.data, replayed: true });
    expect((await kit.owner.threads.list(scope)).data).toMatchObject([first.data]);
  });

  test('made by twenty at once is one', async () => {
    await using kit = await openKit();
    const made = await kit.owner.scopes.getOrCreate(
      times(20, (i) => ({ ...scope, title: `${i}` })),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(await kit.rows(threads)).toHaveLength(1);
    expect(await kit.rows(scopes)).toHaveLength(1);
  });

  test('made by twenty at once in two stores is one', async () => {
    const share = shareEngineForTesting(memory());
    await using a = await openKit({ engine: share() });
    await using b = await openKit({ engine: share() });
    for (let round = 0; round < 10; round++) {
      const input = { scopeType: 'round', scopeId: `${round}` };
      const outcomes = await Promise.all(
        times(20, (i) => (i % 2 ? a : b).owner.scopes.getOrCreateWithOutcome(input)),
      );
      expect(new Set(outcomes.map(({ data }) => data.id)).size).toBe(1);
      expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    }
    expect(await a.rows(threads)).toHaveLength(10);
  });

  test('is another one after the first was deleted, again made once by twenty', async () => {
    await using kit = await openKit();
    const ids = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const made = await kit.owner.scopes.getOrCreate(times(20, () => scope));
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      ids.add(made[0]!.id);
      await Promise.all([
        kit.owner.threads.delete([made[0]!.id]),
        ...times(20, () => codeOf(kit.owner.scopes.getOrCreate([scope]))),
      ]);
      const left = await kit.rows(threads);
      expect(left.filter(({ deletedAt }) => deletedAt === undefined).length).toBeLessThan(2);
    }
    expect(ids.size).toBeGreaterThan(1);
  });

  test('is one, however slow one of those is who ask while it is deleted', async () => {
    const engine = new TappedEngine(memory());
    await using kit = await openKit({ engine });
    const first = only(await kit.owner.scopes.getOrCreate([scope]));
    const { promise, resolve } = Promise.withResolvers<void>();
    let isHeld = true;
    engine.tap = async (call, run) => {
      if (isHeld && call.method === 'get' && call.table === threads) {
        isHeld = false;
        await promise;
      }
      return run();
    };
    // This call knows the thread and is about to check that it still exists.
    const slow = kit.owner.scopes.getOrCreate([scope]);
    await someTurns();
    await kit.owner.threads.delete([first.id]);
    const quick = only(await kit.owner.scopes.getOrCreate([scope]));
    resolve();
    expect(only(await slow).id).toBe(quick.id);
    const alive = (await kit.rows(threads)).filter(({ deletedAt }) => deletedAt === undefined);
    expect(alive.map(({ id }) => publicThreadId(id))).toEqual([quick.id]);
  });

  test('belongs to no other user or project', async () => {
    await using kit = await openKit();
    const mine = only(await kit.owner.scopes.getOrCreate([scope]));
    expect(await codeOf(kit.other.scopes.getOrCreate([scope]))).toBe('not_found');
    expect(await codeOf(kit.anonymous.scopes.getOrCreate([scope]))).toBe('unauthenticated');
    const theirs = only(await kit.foreigner.scopes.getOrCreate([scope]));
    expect(theirs.id).not.toBe(mine.id);
    await kit.owner.threads.update([{ id: mine.id, visibility: 'unlisted' }]);
    expect(only(await kit.other.scopes.getOrCreate([scope])).id).toBe(mine.id);
  });

  test('has a name of two halves that do not run into each other', async () => {
    await using kit = await openKit();
    const names = [
      ['a', 'b'],
      ['ab', 'c'],
      ['a', 'bc'],
      ['a b', 'c'],
      ['a', 'b c'],
      ['ä', '😀'],
      ['__proto__', 'constructor'],
    ] as const;
    const made = await kit.owner.scopes.getOrCreate(
      names.map(([scopeType, scopeId]) => ({ scopeType, scopeId })),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(names.length);
    expect(await kit.owner.scopes.getOrCreate([])).toEqual([]);
  });

  test.each(
    titled<[string, object]>([
      ['scopeType', { scopeType: '' }],
      ['scopeType', { scopeType: undefined }],
      ['scopeId', { scopeId: 'x'.repeat(129) }],
      ['scopeId', { scopeId: 7 }],
      ['scopeId', { scopeId: 'a\u0000' }],
      ['title', { title: 'a\nb' }],
      ['mode', { mode: 'x' }],
      ['id', { id: 'mine' }],
      ['items', { items: [] }],
    ]),
  )('is refused for its %s: $2', async (path, patch) => {
    await using kit = await openKit();
    const input = { ...scope, ...patch } as ScopeInput;
    expect(await issuesOf(kit.owner.scopes.getOrCreate([input]))).toEqual([path]);
    expect(await kit.rows(threads)).toEqual([]);
  });
});
