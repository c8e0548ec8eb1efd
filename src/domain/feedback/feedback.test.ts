import { describe, expect, test } from 'vitest';
import type { Feedback } from '../../api/feedback.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { feedback } from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  allPages,
  codeOf,
  issuesOf,
  only,
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { problemsOf } from '../../../test/support/store/transfer-kit-for-testing.ts';

function as(kit: StoreKit, userId: string): ProjectApi {
  return kit.store.project('project').as({ userId });
}

/** A group of the owner, a moderator, `other` and these users. */
async function group(kit: StoreKit, ...userIds: readonly string[]): Promise<string> {
  const people = ['other', ...userIds].map((userId) => ({ userId }));
  const participants = [{ userId: 'moderator', role: 'moderator' as const }, ...people];
  return (await kit.thread({ mode: 'group', participants })).id;
}

function rate(
  caller: ProjectApi,
  id: string,
  itemId: string,
  comment?: string,
): Promise<readonly Feedback[]> {
  return caller.feedback.set(id, [{ itemId, rating: 'down', ...(comment && { comment }) }]);
}

async function comments(caller: ProjectApi, id: string, options = {}): Promise<string[]> {
  const { data } = await caller.feedback.list(id, options);
  return data.map(({ userId, comment }) => `${userId}: ${comment}`);
}

describe.each(enginePlaces)('feedback on %s', (_name, create) => {
  test('is one a user, the last, for them and for those who lead the thread', async () => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    const id = await group(kit, 'grace');
    const [first, second] = await kit.say(id, 'one', 'two');
    const { version, updatedAt } = await kit.owner.threads.get(id);
    kit.clock.advance(10_000);
    await kit.other.feedback.set(id, [
      { itemId: first!.id, rating: 'up', comment: 'good' },
      { itemId: second!.id, rating: 'up', comment: 'both' },
    ]);
    kit.clock.advance(1000);
    const again = await kit.other.feedback.set(id, [{ itemId: first!.id, rating: 'down' }]);
    expect(again).toEqual([
      {
        ...{ threadId: id, itemId: first!.id, userId: 'other', rating: 'down' },
        createdAt: '2026-01-01T00:00:10.000Z',
        updatedAt: '2026-01-01T00:00:11.000Z',
      },
    ]);
    await rate(as(kit, 'grace'), id, first!.id, 'mine');
    const all = ['grace: mine', 'other: undefined', 'other: both'];
    expect(await comments(kit.owner, id)).toEqual(all);
    expect(await comments(as(kit, 'moderator'), id)).toEqual(all);
    expect(await comments(kit.other, id)).toEqual(all.slice(1));
    expect(await comments(kit.other, id, { itemId: second!.id })).toEqual(['other: both']);
    expect(await comments(kit.owner, id, { itemId: first!.id })).toEqual(all.slice(0, 2));
    expect(await comments(kit.owner, id, { mine: true })).toEqual([]);
    for (const options of [{}, { itemId: first!.id }]) {
      const pages = allPages((after) =>
        kit.owner.feedback.list(id, { ...options, ...(after && { after }), limit: 1 }),
      );
      expect(await pages).toEqual((await kit.owner.feedback.list(id, options)).data);
    }
    expect(await kit.owner.threads.get(id)).toMatchObject({ version, updatedAt });
    await kit.other.feedback.remove(id, [first!.id, first!.id]);
    expect(await comments(kit.owner, id)).toEqual(['grace: mine', 'other: both']);
    const { engine } = kit;
    await kit.store.close();
    expect(await problemsOf(engine)).toEqual([]);
  });
});

test('the last of many at once counts, and is stored once', async () => {
  await using kit = await openKit();
  const id = await group(kit);
  const [said] = await kit.say(id, 'hello');
  await Promise.all(times(10, (i) => rate(kit.other, id, said!.id, `try ${i}`)));
  await Promise.all([rate(kit.other, id, said!.id, 'last'), kit.say(id, 'more')]);
  expect(await comments(kit.other, id)).toEqual(['other: last']);
  await Promise.all([
    rate(kit.other, id, said!.id, 'not yet'),
    kit.other.feedback.remove(id, [said!.id]),
  ]);
  expect(await kit.rows(feedback, [id])).toEqual([]);
});

describe('who may not', () => {
  test('write rates nothing, and takes back what they said', async () => {
    await using kit = await openKit();
    const id = await group(kit, 'muted');
    const [said] = await kit.say(id, 'hello');
    const muted = as(kit, 'muted');
    await rate(muted, id, said!.id, 'bad');
    const mutedUntil = '2027-01-01T00:00:00Z';
    await kit.owner.participants.update(id, [{ userId: 'muted', mutedUntil }]);
    expect(await codeOf(rate(muted, id, said!.id))).toBe('forbidden');
    expect(await codeOf(rate(kit.anonymous, id, said!.id))).toBe('unauthenticated');
    expect(await codeOf(rate(as(kit, 'stranger'), id, said!.id))).toBe('not_found');
    await muted.feedback.remove(id, [said!.id]);
    expect(await kit.rows(feedback, [id])).toEqual([]);
  });

  test('see an item sees no feedback on it, not even their own', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const secret = await kit.append(id, { text: 'secret', private: true });
    const [said] = await kit.say(id, 'hello');
    expect(await codeOf(rate(kit.other, id, secret.id))).toBe('not_found');
    await rate(kit.owner, id, secret.id, 'my secret');
    await rate(kit.other, id, said!.id, 'hi');
    expect(await comments(as(kit, 'moderator'), id)).toEqual(['other: hi']);
    const asked = as(kit, 'moderator').feedback.list(id, { itemId: secret.id });
    expect(await codeOf(asked)).toBe('not_found');
    await kit.owner.items.update(id, [{ id: said!.id, visibility: 'hidden' }]);
    expect(await comments(kit.other, id)).toEqual([]);
    expect(await comments(kit.owner, id)).toEqual(['owner: my secret', 'other: hi']);
    expect(await codeOf(rate(kit.other, id, said!.id))).toBe('not_found');
    expect(await codeOf(rate(kit.owner, id, said!.id))).toBe('conflict');
  });

  test('lead a public thread sees their own; anonymous readers see none', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [said] = await kit.say(id, 'hello');
    await rate(kit.other, id, said!.id, 'no');
    expect(await comments(as(kit, 'stranger'), id)).toEqual([]);
    expect(await codeOf(kit.anonymous.feedback.list(id))).toBe('unauthenticated');
    expect(await comments(kit.owner, id)).toEqual(['other: no']);
    expect(await codeOf(kit.foreigner.feedback.list(id))).toBe('not_found');
  });
});

describe('an item', () => {
  test('that was edited keeps its feedback, whichever revision is named', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const [said] = await kit.say(id, 'hello');
    await rate(kit.other, id, said!.id, 'before');
    const revision = await kit.append(id, { text: 'hello again', replacesId: said!.id });
    const [given] = await rate(kit.other, id, revision.id, 'after');
    expect(given!.itemId).toBe(said!.id);
    expect(await comments(kit.owner, id, { itemId: revision.id })).toEqual(['other: after']);
  });

  test('that is redacted has none, however much it had, also in forks', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [said] = await kit.say(id, 'hello');
    const users = times(230, (i) => `user-${String(i).padStart(3, '0')}`);
    await Promise.all(users.map((userId) => rate(as(kit, userId), id, said!.id, 'quote')));
    const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
    expect(await comments(kit.owner, fork.id)).toEqual([]);
    await rate(kit.owner, fork.id, said!.id, 'quote');
    await kit.owner.items.redact(id, [said!.id]);
    await settled(kit);
    expect(await kit.rows(feedback)).toEqual([]);
    expect(await codeOf(rate(kit.other, id, said!.id))).toBe('conflict');
    const { engine } = kit;
    await kit.store.close();
    expect(await problemsOf(engine)).toEqual([]);
  });

  test('of a deleted thread takes its feedback along; a fork keeps its own', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const [said] = await kit.say(id, 'hello');
    await rate(kit.other, id, said!.id, 'here');
    const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
    await rate(kit.owner, fork.id, said!.id, 'there');
    await kit.owner.threads.delete([id]);
    await settled(kit);
    expect(await comments(kit.owner, fork.id)).toEqual(['owner: there']);
    expect(await kit.rows(feedback)).toHaveLength(1);
    const { engine } = kit;
    await kit.store.close();
    expect(await problemsOf(engine)).toEqual([]);
  });
});

test('what is no feedback is refused, and says where', async () => {
  await using kit = await openKit();
  const id = await group(kit);
  const [said] = await kit.say(id, 'hello');
  const itemId = said!.id;
  const wrong: readonly (readonly [given: object, at: string])[] = [
    [{ itemId, rating: 'so-so' }, 'feedback.0.rating'],
    [{ itemId, rating: 'up', comment: '' }, 'feedback.0.comment'],
    [{ itemId, rating: 'up', comment: 'x'.repeat(4001) }, 'feedback.0.comment'],
    [{ itemId, rating: 'up', mood: 'fine' }, 'feedback.0.mood'],
  ];
  for (const [given, at] of wrong) {
    const refused = kit.other.feedback.set(id, [given as never]);
    expect((await issuesOf(refused)).join()).toContain(at);
  }
  expect(await kit.other.feedback.set(id, [])).toEqual([]);
  const unknown = kit.other.feedback.set(id, [{ itemId: 'no-item', rating: 'up' }]);
  expect(await codeOf(unknown)).toBe('not_found');
});
