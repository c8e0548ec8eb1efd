import { describe, expect, test } from 'vitest';
import { doctor } from './doctor.ts';
import {
  only,
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

async function problemsOf(kit: StoreKit): Promise<unknown> {
  await kit.store.close();
  const before = await doctor(kit.engine, { repair: false });
  expect(before.threads).toBeGreaterThan(0);
  return before.problems;
}

describe('the doctor finds nothing wrong with', () => {
  test('a fork that holds only the public view of a deleted source', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ visibility: 'public' });
    const [a] = await kit.say(id, 'a', 'b');
    await kit.append(id, { text: 'hidden', visibility: 'hidden' });
    await kit.append(id, { text: 'A', replacesId: a!.id });
    await kit.append(id, { text: 'private', private: true });
    await kit.append(id, { text: 'hidden, and the last', visibility: 'hidden' });
    const still = only(await kit.other.threads.fork([{ threadId: id }]));
    const going = only(await kit.other.threads.fork([{ threadId: id }]));
    await kit.other.items.append(going.id, [{ role: 'user', text: 'own' }]);
    const before = await Promise.all([still, going].map((made) => kit.other.threads.get(made.id)));
    await kit.owner.threads.delete([id]);
    await settled(kit);
    expect(before.map(({ itemCount }) => itemCount)).toEqual([6, 7]);
    expect(await problemsOf(kit)).toEqual([]);
  });

  test('a fork, and a fork of the fork, whose source was deleted', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const said = await kit.say(id, ...times(10, String));
    await kit.append(id, { text: 'edited', replacesId: said[3]!.id });
    const one = only(await kit.owner.threads.fork([{ threadId: id, atItemId: said[5]!.id }]));
    const [own] = await kit.say(one.id, 'x', 'y');
    const two = only(await kit.owner.threads.fork([{ threadId: one.id, atItemId: own!.id }]));
    await kit.say(two.id, 'z');
    await kit.owner.threads.delete([id]);
    await settled(kit);
    await kit.append(two.id, { text: 'edited', replacesId: said[2]!.id });
    expect(await problemsOf(kit)).toEqual([]);
  });

  test('a preview far behind hidden items, or under many edits', async () => {
    await using kit = await openKit();
    const hidden = times(250, () => ({
      role: 'user' as const,
      text: 'unseen',
      visibility: 'hidden' as const,
    }));
    const { id } = await kit.thread({ items: [{ role: 'user', text: 'seen' }, ...hidden] });
    expect((await kit.owner.threads.get(id)).lastPreview).toBe('seen');
    const edited = await kit.thread();
    const [a] = await kit.say(edited.id, 'a');
    const edits = times(250, (i) => ({ role: 'user' as const, text: `${i}`, replacesId: a!.id }));
    await kit.owner.items.append(edited.id, edits);
    expect((await kit.owner.threads.get(edited.id)).lastPreview).toBe('249');
    expect(await problemsOf(kit)).toEqual([]);
  });
});
