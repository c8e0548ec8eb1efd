import { expect, test } from 'vitest';
import { items } from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  codeOf,
  only,
  openKit,
  settled,
  textsIn,
} from '../../../test/support/store/store-kit-for-testing.ts';

test.each(enginePlaces)(
  'revisions on %s come in order, in pages, with the original',
  async (_, create) => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread();
    const [said] = await kit.say(id, 'one', 'another item');
    let newest = said!;
    for (const text of ['two', 'three', 'four']) {
      newest = await kit.append(id, { text, replacesId: newest.id });
    }
    for (const itemId of [said!.id, newest.id]) {
      const { data, nextCursor } = await kit.owner.items.revisions(id, itemId);
      expect(textsIn(data)).toEqual(['one', 'two', 'three', 'four']);
      expect(nextCursor).toBeNull();
    }
    const first = await kit.owner.items.revisions(id, said!.id, { limit: 1 });
    expect(textsIn(first.data)).toEqual(['one']);
    const second = await kit.owner.items.revisions(id, said!.id, {
      limit: 2,
      after: first.nextCursor!,
    });
    expect(textsIn(second.data)).toEqual(['two', 'three']);
    const back = await kit.owner.items.revisions(id, said!.id, {
      limit: 2,
      before: second.prevCursor!,
    });
    expect(textsIn(back.data)).toEqual(['one']);
    const last = await kit.owner.items.revisions(id, said!.id, { limit: 2, before: newest.id });
    expect(textsIn(last.data)).toEqual(['two', 'three']);
  },
);

test('revisions are for the author, the owner and moderators', async () => {
  await using kit = await openKit();
  const as = (userId: string) => kit.store.project('project').as({ userId });
  const { id } = await kit.thread({
    mode: 'group',
    visibility: 'public',
    participants: [
      { userId: 'other' },
      { userId: 'moderator', role: 'moderator' },
      { userId: 'reader' },
      { userId: 'banned' },
    ],
  });
  const say = async (userId: string): Promise<string> => {
    const [said] = await as(userId).items.append(id, [{ role: 'user', text: 'draft' }]);
    const edit = { role: 'user', text: 'final', replacesId: said!.id } as const;
    await as(userId).items.append(id, [edit]);
    return said!.id;
  };
  const [itemId, byBanned, byOwner] = [await say('other'), await say('banned'), await say('owner')];
  await kit.owner.participants.update(id, [{ userId: 'banned', state: 'banned' }]);
  for (const userId of ['owner', 'moderator', 'other']) {
    const { data } = await as(userId).items.revisions(id, itemId);
    expect(textsIn(data)).toEqual(['draft', 'final']);
  }
  expect(await codeOf(as('reader').items.revisions(id, itemId))).toBe('forbidden');
  expect(await codeOf(as('stranger').items.revisions(id, itemId))).toBe('forbidden');
  expect(await codeOf(as('banned').items.revisions(id, byBanned))).toBe('forbidden');
  expect(await codeOf(kit.other.items.revisions(id, byOwner))).toBe('forbidden');
  expect(await codeOf(kit.anonymous.items.revisions(id, itemId))).toBe('unauthenticated');
  expect(await codeOf(kit.foreigner.items.revisions(id, itemId))).toBe('not_found');
  expect(await codeOf(kit.owner.items.revisions(id, 'x'))).toBe('not_found');
  // What is private is kept from the owner and moderators, too, and so are its revisions.
  const [secret] = await kit.other.items.append(id, [
    { role: 'user', text: 'secret', private: true },
  ]);
  expect(await codeOf(kit.owner.items.revisions(id, secret!.id))).toBe('not_found');
  expect((await kit.other.items.revisions(id, secret!.id)).data).toHaveLength(1);
  // What was hidden from its author is not there for the author any more.
  await kit.owner.items.update(id, [{ id: itemId, visibility: 'hidden' }]);
  expect(await codeOf(kit.other.items.revisions(id, itemId))).toBe('not_found');
  expect((await as('moderator').items.revisions(id, itemId)).data).toHaveLength(2);
});

test('a redaction takes the texts of all revisions, also in forks', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const [said] = await kit.say(id, 'secret-one');
  await kit.append(id, { text: 'secret-two', replacesId: said!.id });
  const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
  await kit.append(fork.id, { text: 'secret-three', replacesId: said!.id });
  const inFork = await kit.owner.items.revisions(fork.id, said!.id);
  expect(textsIn(inFork.data)).toEqual(['secret-one', 'secret-two', 'secret-three']);
  expect((await kit.owner.items.revisions(id, said!.id)).data).toHaveLength(2);
  await kit.owner.items.redact(id, [said!.id]);
  await settled(kit);
  for (const [thread, count] of [
    [id, 2],
    [fork.id, 3],
  ] as const) {
    const { data } = await kit.owner.items.revisions(thread, said!.id);
    expect(data.map(({ parts, redactedAt }) => [parts, redactedAt !== undefined])).toEqual(
      Array.from({ length: count }, () => [[], true]),
    );
  }
  expect(JSON.stringify(await kit.rows(items))).not.toContain('secret');
});

test('a fork of what its owner saw in public has no revisions from before it', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
  const [said] = await kit.say(id, 'draft');
  const edited = await kit.append(id, { text: 'final', replacesId: said!.id });
  const fork = only(await kit.other.threads.fork([{ threadId: id }]));
  const { data } = await kit.other.items.revisions(fork.id, said!.id);
  expect(textsIn(data)).toEqual(['final']);
  await kit.other.items.append(fork.id, [{ role: 'user', text: 'mine', replacesId: edited.id }]);
  const { data: after } = await kit.other.items.revisions(fork.id, said!.id);
  expect(textsIn(after)).toEqual(['mine']);
});
