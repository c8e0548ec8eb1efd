import { describe, expect, test } from 'vitest';
import type { RestoredItem, RestoredThread } from '../../api/restore.ts';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { newUuidV7 } from '../../shared/ids.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { doctor } from '../../store/doctor/doctor.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  codeOf,
  only,
  openKit,
  startOfTests,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

const seed = seedForTesting();
const yearMs = 365 * 24 * 3_600_000;
/** A time of long ago. */
const at = (minute: number): string => isoTime(startOfTests - yearMs + minute * 60_000);

function history(id: string, items: readonly RestoredItem[]): RestoredThread {
  return { id, projectId: 'project', ownerId: 'owner', items };
}

const said = (text: string, more: Partial<RestoredItem> = {}): RestoredItem => ({
  role: 'user',
  text,
  ...more,
});

/** The items of the log, without what each restore makes itself. */
async function logOf({ owner }: StoreKit, id: string) {
  return (await owner.items.list(id, { view: 'log', limit: 1000 })).data;
}

describe.each(enginePlaces)('a restored thread on %s', (_name, create) => {
  test('has its owner, times and ids; its head and its lists follow', async () => {
    await using place = await create();
    const kit = await openKit({ engine: place.open() });
    await kit.thread({ id: 'today' });
    const ids = times(2, (i) => newUuidV7(Date.parse(at(i))));
    const restored = await kit.store.operator.restore([
      {
        ...history('old', [
          said('Hello', { id: ids[0]!, createdAt: at(0) }),
          { role: 'assistant', text: 'Hi', id: ids[1]!, parentId: ids[0]!, createdAt: at(1) },
          said('Bye', { id: 'msg-3', createdAt: at(2) }),
        ]),
        createdAt: at(0),
        tags: ['x'],
      },
      { ...history('older', [said('First', { createdAt: at(-9) })]), title: 'Mine' },
    ]);
    expect(restored).toMatchObject([
      { threadId: 'old', status: 'created', itemsAdded: 3 },
      { threadId: 'older', status: 'created', itemsAdded: 1 },
    ]);
    const log = await logOf(kit, 'old');
    expect(log).toMatchObject([
      { id: ids[0], createdAt: at(0), authorId: 'owner' },
      { id: ids[1], createdAt: at(1), parentId: ids[0] },
      { key: 'msg-3', createdAt: at(2) },
    ]);
    expect(await kit.owner.threads.get('old')).toMatchObject({
      ownerId: 'owner',
      title: 'Hello',
      createdAt: at(0),
      updatedAt: at(2),
      itemCount: 3,
      lastItemId: log[2]!.id,
      lastPreview: 'Bye',
    });
    const listed = await kit.owner.threads.list();
    expect(listed.data.map(({ id }) => id)).toEqual(['today', 'old', 'older']);
    expect((await kit.owner.threads.list({ tag: 'x' })).data).toHaveLength(1);
    await kit.store.close();
    expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
  });

  test(`is the same after a second time, whatever its ids are (SEED=${seed})`, async () => {
    await using place = await create();
    const kit = await openKit({ engine: place.open() });
    const random = seededRandom(seed);
    const names = times(60, (i) => {
      // Some ids rise, some fall, some are of another kind, and some are absent.
      const minute = random.chance(0.7) ? i : random.below(60);
      return random.pick([newUuidV7(Date.parse(at(minute))), `m${i}`, undefined]);
    });
    // An item is redacted with all of its revisions.
    const redacted: boolean[] = [];
    const items = names.map((id, i) => {
      const other = random.below(i + 1);
      const before = other < i ? names[other] : undefined;
      const isRevision = before !== undefined && random.chance(0.3);
      redacted.push(isRevision ? redacted[other]! : random.chance(0.2));
      return said(`text ${i}`, {
        createdAt: at(i),
        ...(id === undefined ? { key: `key ${i}` } : { id }),
        ...(before !== undefined && (isRevision ? { replacesId: before } : { parentId: before })),
        ...(redacted[i] && { redactedAt: at(100) }),
      });
    });
    const cuts = [0, 1 + random.below(30), 31 + random.below(29), 60];
    for (const [i, cut] of cuts.slice(1).entries()) {
      const part = items.slice(cuts[i], cut);
      expect(only(await kit.store.operator.restore([history('t', part)])).itemsAdded).toBe(
        part.length,
      );
    }
    const log = await logOf(kit, 't');
    const head = await kit.owner.threads.get('t');
    expect(log.map(({ createdAt }) => createdAt)).toEqual(times(60, at));
    expect(textsIn(log)).toEqual(items.map(({ text, redactedAt }) => (redactedAt ? '' : text)));
    for (const [i, { id, key }] of log.entries()) {
      expect([id, key]).toContain(names[i] ?? `key ${i}`);
    }
    const again = only(await kit.store.operator.restore([history('t', items)]));
    expect(again).toEqual({
      threadId: 't',
      status: 'found',
      itemsAdded: 0,
      itemIds: log.map(({ id }) => id),
    });
    expect(await logOf(kit, 't')).toEqual(log);
    expect(await kit.owner.threads.get('t')).toEqual(head);
    await kit.store.close();
    expect((await doctor(place.open(), { repair: false })).problems).toEqual([]);
  });
});

describe('restore', () => {
  test('goes on after what the thread has, and leaves what was said since', async () => {
    await using kit = await openKit();
    const first = said('one', { id: 'a', createdAt: at(0) });
    await kit.store.operator.restore([history('t', [first])]);
    await kit.say('t', 'since');
    const more = [first, said('two', { id: 'b', parentId: 'a', createdAt: at(1) })];
    const outcome = only(await kit.store.operator.restore([history('t', more)]));
    expect(outcome).toMatchObject({ status: 'found', itemsAdded: 1 });
    const log = await logOf(kit, 't');
    expect(textsIn(log)).toEqual(['one', 'since', 'two']);
    expect(log[2]).toMatchObject({ parentId: log[0]!.id, createdAt: at(1) });
    expect(Date.parse((await kit.owner.threads.get('t')).updatedAt)).toBeGreaterThan(
      startOfTests - 1,
    );
  });

  test('leaves a deleted thread deleted, and what is of others alone', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'gone' });
    await kit.owner.threads.delete(['gone']);
    await kit.other.threads.create([{ id: 'theirs' }]);
    const restore = (thread: RestoredThread): Promise<unknown> =>
      kit.store.operator.restore([thread]);
    expect(await restore(history('gone', [said('back')]))).toMatchObject([{ status: 'deleted' }]);
    expect(await codeOf(kit.owner.threads.get('gone'))).toBe('not_found');
    expect(await codeOf(restore(history('theirs', [said('mine')])))).toBe('conflict');
    await restore(history('t', [said('one', { id: 'a' })]));
    expect(await codeOf(restore(history('t', [said('other', { id: 'a' })])))).toBe('key_conflict');
  });

  test.each<[string, Partial<RestoredThread>]>([
    ['an id with a space', { id: 'a b' }],
    ['a time that is none', { createdAt: 'yesterday' }],
    ['an item that answers none', { items: [said('x', { parentId: 'nowhere' })] }],
    ['an unknown field', { updateAt: at(1) } as object],
    ['too many items', { items: times(1001, () => said('x')) }],
  ])('refuses %s', async (_what, change) => {
    await using kit = await openKit();
    const thread = { ...history('t', [said('x')]), ...change };
    expect(await codeOf(kit.store.operator.restore([thread]))).toBe('invalid_request');
    expect(await codeOf(kit.owner.threads.get('t'))).toBe('not_found');
  });
});
