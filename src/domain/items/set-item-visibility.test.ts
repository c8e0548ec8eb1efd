import { describe, expect, test } from 'vitest';
import { changes } from '../../records/tables.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { ItemVisibility } from '../../api/item.ts';

async function shown(kit: StoreKit, id: string): Promise<unknown> {
  const views = ['current', 'context', 'log'] as const;
  const pages = await Promise.all(views.map((view) => kit.owner.items.list(id, { view })));
  return pages.map(({ data }) => textsIn(data).join(' '));
}

describe('the visibility of an item', () => {
  test('hides it from people, or from the model, too', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [, b] = await kit.say(id, 'a', 'b', 'c');
    const set = (visibility: ItemVisibility): Promise<unknown> =>
      kit.owner.items.update(id, [{ id: b!.id, visibility }]);
    expect(await set('hidden')).toMatchObject([{ id: b!.id, visibility: 'hidden' }]);
    expect(await shown(kit, id)).toEqual(['a c', 'a b c', 'a b c']);
    await set('archived');
    expect(await shown(kit, id)).toEqual(['a c', 'a c', 'a b c']);
    await set('visible');
    expect(await shown(kit, id)).toEqual(['a b c', 'a b c', 'a b c']);
  });

  test('is that of all its revisions, whichever is named', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a', 'z');
    const edits = [];
    for (const text of ['b', 'c', 'd'])
      edits.push(await kit.append(id, { text, replacesId: a!.id }));
    for (const named of [a!, ...edits]) {
      await kit.owner.items.update(id, [{ id: named.id, visibility: 'hidden' }]);
      const { data } = await kit.owner.items.list(id, { view: 'log' });
      expect(data.map((item) => item.visibility)).toEqual([
        ...['hidden', 'visible', 'hidden', 'hidden', 'hidden'],
      ]);
      expect(await shown(kit, id)).toEqual(['z', 'd z', 'a z b c d']);
      await kit.owner.items.update(id, [{ id: a!.id, visibility: 'visible' }]);
    }
  });

  test('leaves everything else as it was', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    kit.clock.advance(1000);
    const [hidden] = await kit.owner.items.update(id, [{ id: a!.id, visibility: 'hidden' }]);
    expect(hidden).toEqual({ ...a, visibility: 'hidden' });
    const thread = await kit.owner.threads.get(id);
    expect(thread).toMatchObject({ itemCount: 1, lastItemId: a!.id, version: 3 });
  });

  test('that it has already changes nothing, and writes no change', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    const before = await kit.owner.threads.get(id);
    expect(await kit.owner.items.update(id, [{ id: a!.id, visibility: 'visible' }])).toEqual([a]);
    expect(await kit.owner.items.update(id, [])).toEqual([]);
    expect(await kit.owner.threads.get(id)).toEqual(before);
    expect(await kit.rows(changes)).toEqual([]);
  });

  test('of several is one commit, or none', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const items = await kit.say(id, 'a', 'b', 'c');
    const updates = items.map((item) => ({ id: item.id, visibility: 'hidden' as const }));
    const elsewhere = (await kit.say((await kit.thread()).id, 'x'))[0]!;
    const wrong = [...updates, { id: elsewhere.id, visibility: 'hidden' as const }];
    expect(await codeOf(kit.owner.items.update(id, wrong))).toBe('not_found');
    expect(await shown(kit, id)).toEqual(['a b c', 'a b c', 'a b c']);
    await kit.owner.items.update(id, updates);
    expect(await shown(kit, id)).toEqual(['', 'a b c', 'a b c']);
    // One after another, in one call.
    const [first] = items;
    await kit.owner.items.update(id, [
      { id: first!.id, visibility: 'visible' },
      { id: first!.id, visibility: 'archived' },
    ]);
    expect(await shown(kit, id)).toEqual(['', 'b c', 'a b c']);
  });

  test('is for the owner, and for the author of a visible item', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [own] = await kit.say(id, 'owner');
    const [theirs] = await kit.other.items.append(id, [{ role: 'user', text: 'other' }]);
    const secret = await kit.append(id, { text: 'private', private: true });
    const hide = (caller: typeof kit.owner, item: string): Promise<unknown> =>
      codeOf(caller.items.update(id, [{ id: item, visibility: 'hidden' }]));
    expect(await hide(kit.other, own!.id)).toBe('forbidden');
    expect(await hide(kit.anonymous, own!.id)).toBe('unauthenticated');
    expect(await hide(kit.other, secret.id)).toBe('not_found');
    expect(await hide(kit.other, theirs!.id)).toBe('none');
    expect(await hide(kit.owner, own!.id)).toBe('none');
    expect(await hide(kit.other, own!.id)).toBe('not_found');
    expect(await hide(kit.foreigner, own!.id)).toBe('not_found');
  });

  test('by twenty at once is the one of the last', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'a');
    const visibilities = times(20, (i) => (['hidden', 'visible', 'archived'] as const)[i % 3]!);
    await Promise.all(
      visibilities.map((visibility) => kit.owner.items.update(id, [{ id: a!.id, visibility }])),
    );
    expect((await kit.owner.items.get(id, a!.id)).visibility).toBe(visibilities.at(-1));
  });

  test.each<[string, unknown]>([
    ['updates', {}],
    ['updates', times(1001, () => ({ id: 'x', visibility: 'hidden' }))],
    ['updates.0', [null]],
    ['updates.0.visibility', [{ id: 'x', visibility: 'gone' }]],
    ['updates.0.visibility', [{ id: 'x' }]],
    ['updates.0.private', [{ id: 'x', visibility: 'hidden', private: true }]],
  ])('is refused for its %s, %#', async (path, updates) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    expect(await issuesOf(kit.owner.items.update(id, updates as []))).toEqual([path]);
  });
});
