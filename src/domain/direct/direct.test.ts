import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  settled,
  textsIn,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';

const hello = [{ role: 'user', text: 'hello' }] as const;

describe('a direct thread', () => {
  test('is one for the two, whoever asks first and however many at once', async () => {
    const share = shareEngineForTesting(memory());
    await using here = await openKit({ engine: share() });
    await using there = await openKit({ engine: share() });
    const opened = await Promise.all(
      times(20, (i) =>
        i % 2 === 0
          ? here.owner.direct.openWithOutcome('other')
          : there.other.direct.openWithOutcome('owner'),
      ),
    );
    expect(new Set(opened.map(({ data }) => data.id)).size).toBe(1);
    expect(opened.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(opened[0]!.data).toMatchObject({ mode: 'direct', visibility: 'private' });
  });

  test('is read and written by both, and by nobody else', async () => {
    await using kit = await openKit();
    const { id } = await kit.owner.direct.open('other');
    await kit.owner.items.append(id, hello);
    const [theirs] = await kit.other.items.append(id, hello);
    expect(textsIn((await kit.other.items.list(id)).data)).toEqual(['hello', 'hello']);
    const third = kit.store.project('project').as({ userId: 'third' });
    for (const caller of [third, kit.foreigner]) {
      expect(await codeOf(caller.items.list(id))).toBe('not_found');
      expect(await codeOf(caller.items.append(id, hello))).toBe('not_found');
    }
    // Each redacts their own alone, and neither lets a third in, shows it or changes its mode.
    expect(await codeOf(kit.owner.items.redact(id, [theirs!.id]))).toBe('forbidden');
    expect(await codeOf(kit.other.items.redact(id, [theirs!.id]))).toBe('none');
    for (const caller of [kit.owner, kit.other]) {
      for (const attempt of [
        caller.participants.add(id, [{ userId: 'third' }]),
        caller.participants.remove(id, [caller === kit.owner ? 'other' : 'owner']),
        caller.threads.update([{ id, visibility: 'public' }]),
        caller.threads.update([{ id, mode: 'group' }]),
      ]) {
        expect(await codeOf(attempt)).toBe('forbidden');
      }
    }
  });

  test('is hidden by who deletes it, comes back with a message, and goes when both have', async () => {
    await using kit = await openKit();
    const { id } = await kit.owner.direct.open('other');
    await kit.owner.items.append(id, hello);
    await kit.other.threads.delete([id]);
    expect(await codeOf(kit.owner.items.list(id))).toBe('none');
    await kit.owner.items.append(id, hello);
    expect(await kit.other.participants.get(id, 'other')).toMatchObject({ state: 'joined' });
    await kit.other.participants.leave(id);
    await kit.owner.threads.delete([id]);
    await settled(kit);
    for (const caller of [kit.owner, kit.other]) {
      expect(await codeOf(caller.items.list(id))).toBe('not_found');
    }
    const again = await kit.other.direct.openWithOutcome('owner');
    expect([again.data.id === id, again.replayed]).toEqual([false, false]);
  });

  test('is refused with oneself, with an agent, and without a name', async () => {
    await using kit = await openKit();
    for (const wrong of ['owner', 'agent:helper', '', 'a\nb']) {
      expect(await issuesOf(kit.owner.direct.open(wrong))).toEqual(['userId']);
    }
    expect(await codeOf(kit.anonymous.direct.open('owner'))).toBe('unauthenticated');
  });
});
