import { expect, test } from 'vitest';
import type { ProjectApi } from '../../api/project-api.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  textsIn,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';

/** All pages of the replies, forward and back. */
async function repliesTo(
  caller: ProjectApi,
  id: string,
  itemId: string,
  order: 'asc' | 'desc' = 'asc',
): Promise<string[]> {
  const texts: string[] = [];
  let after: string | undefined;
  do {
    const options = { order, limit: 2, ...(after !== undefined && { after }) };
    const page = await caller.items.replies(id, itemId, options);
    texts.push(...textsIn(page.data));
    after = page.nextCursor ?? undefined;
  } while (after !== undefined);
  return texts;
}

test.each(enginePlaces)(
  'replies on %s are those to the item and its revisions',
  async (_, create) => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    const { id } = await kit.thread();
    const [said, unanswered] = await kit.say(id, 'hello', 'unanswered');
    await kit.append(id, { text: '1', parentId: said!.id });
    const edited = await kit.append(id, { text: 'hallo', replacesId: said!.id });
    await kit.append(id, { text: '2', parentId: edited.id });
    const again = await kit.append(id, { text: 'hola', replacesId: edited.id });
    const third = await kit.append(id, { text: '3', parentId: said!.id });
    await kit.append(id, { text: '4', parentId: again.id });
    await kit.append(id, { text: 'to a reply', parentId: third.id });
    await kit.append(id, { text: '3, edited', replacesId: third.id });
    const all = ['1', '2', '3, edited', '4'];
    for (const itemId of [said!.id, edited.id, again.id]) {
      expect(await repliesTo(kit.owner, id, itemId)).toEqual(all);
      expect(await repliesTo(kit.owner, id, itemId, 'desc')).toEqual(all.toReversed());
    }
    const { data: end, prevCursor } = await kit.owner.items.replies(id, said!.id, {
      after: third.id,
    });
    expect(textsIn(end)).toEqual(['4']);
    const before = await kit.owner.items.replies(id, said!.id, { before: prevCursor!, limit: 2 });
    expect(textsIn(before.data)).toEqual(['2', '3, edited']);
    expect(await repliesTo(kit.owner, id, unanswered!.id)).toEqual([]);
    const foreign = { after: (await kit.owner.items.list(id, { limit: 1 })).nextCursor! };
    expect(await issuesOf(kit.owner.items.replies(id, said!.id, foreign))).toEqual(['after']);
    const fork = only(await kit.owner.threads.fork([{ threadId: id, atItemId: edited.id }]));
    await kit.append(fork.id, { text: 'in the fork', parentId: edited.id });
    expect(await repliesTo(kit.owner, fork.id, said!.id)).toEqual(['1', 'in the fork']);
    expect(await repliesTo(kit.owner, id, said!.id)).toEqual(all);
  },
);

test('replies that a caller may not read are left out, and those to what it does not see', async () => {
  await using kit = await openKit();
  const stranger = kit.store.project('project').as({ userId: 'stranger' });
  const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'other' }] });
  const [said, hidden, gone] = await kit.say(id, 'hello', 'hidden', 'gone');
  const reply = (parentId: string, text: string, isPrivate = false) =>
    kit.other.items.append(id, [{ role: 'user', text, parentId, private: isPrivate }]);
  await reply(said!.id, 'open');
  const [secret] = await reply(said!.id, 'secret', true);
  const [late] = await reply(said!.id, 'hidden later');
  await reply(hidden!.id, 'to what is hidden');
  await reply(gone!.id, 'to what is gone');
  await kit.owner.items.update(id, [
    { id: late!.id, visibility: 'hidden' },
    { id: hidden!.id, visibility: 'hidden' },
  ]);
  await kit.owner.items.redact(id, [gone!.id]);
  expect(await repliesTo(kit.owner, id, said!.id)).toEqual(['open']);
  expect(await repliesTo(kit.other, id, said!.id)).toEqual(['open', 'secret']);
  expect(await repliesTo(kit.other, id, gone!.id)).toEqual(['to what is gone']);
  expect(await repliesTo(kit.owner, id, hidden!.id)).toEqual(['to what is hidden']);
  for (const [caller, itemId, code] of [
    [kit.other, hidden!.id, 'not_found'],
    [kit.owner, secret!.id, 'not_found'],
    [kit.owner, 'x', 'not_found'],
    [stranger, said!.id, 'not_found'],
    [kit.foreigner, said!.id, 'not_found'],
    [kit.anonymous, said!.id, 'unauthenticated'],
  ] as const) {
    expect(await codeOf(caller.items.replies(id, itemId))).toBe(code);
  }
  const other = { view: 'log' } as object;
  expect(await issuesOf(kit.owner.items.replies(id, said!.id, other))).not.toEqual([]);
});

test('a page of replies reads few rows, however many replies there are to however many revisions', async () => {
  await using kit = await openKit();
  const { id } = await kit.thread();
  const [said] = await kit.say(id, 'hello');
  let newest = said!.id;
  for (const i of times(8, (n) => n)) {
    await kit.owner.items.append(
      id,
      times(5, (n) => ({ role: 'user' as const, text: `${i} ${n}`, parentId: newest })),
    );
    newest = (await kit.append(id, { text: `edit ${i}`, replacesId: newest })).id;
  }
  const { data, nextCursor } = await kit.owner.items.replies(id, newest, { limit: 7 });
  expect(textsIn(data)).toEqual(['0 0', '0 1', '0 2', '0 3', '0 4', '1 0', '1 1']);
  const next = await kit.owner.items.replies(id, newest, { limit: 1000, after: nextCursor! });
  expect(next.data).toHaveLength(33);
});
