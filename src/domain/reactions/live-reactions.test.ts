import { describe, expect, test } from 'vitest';
import { createThreadObserver } from '../../client/thread-observer.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { Tail, nameOf } from '../../../test/support/domain/live-kit-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { openKit, type StoreKit } from '../../../test/support/store/store-kit-for-testing.ts';

const thumb = '\u{1F44D}';

async function groupWithItem(kit: StoreKit): Promise<{ id: string; itemId: string }> {
  const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'other' }] });
  const [said] = await kit.say(id, 'hello');
  return { id, itemId: said!.id };
}

function reactBy(
  { reactions }: ProjectApi,
  { id, itemId }: { id: string; itemId: string },
): Promise<unknown> {
  return reactions.add(id, [{ itemId, emoji: thumb }]);
}

describe('a live tail', () => {
  test('tells of reactions, and of no head, since that stays', async () => {
    await using kit = await openKit();
    const place = await groupWithItem(kit);
    const { id, itemId } = place;
    await using tail = new Tail(kit.owner, id);
    const first = await tail.next();
    await reactBy(kit.other, place);
    const told = await tail.next();
    const change = { itemId, emoji: thumb, userId: 'other', added: true, count: 1 };
    expect(told).toEqual({ type: 'reaction', cursor: told!.cursor, reaction: change });
    await reactBy(kit.owner, place);
    const second = await tail.next();
    const own = { ...change, userId: 'owner', count: 2, mine: true };
    expect(second).toMatchObject({ type: 'reaction', reaction: own });
    await kit.other.reactions.remove(id, [{ itemId, emoji: thumb }]);
    expect(await tail.next()).toMatchObject({ reaction: { added: false, count: 1 } });
    await kit.owner.threads.update([{ id, title: 'Named' }]);
    expect(await tail.next()).toMatchObject({ type: 'head', thread: { title: 'Named' } });
    // Who comes back later gets the same from the log.
    await using again = new Tail(kit.owner, id, { after: first!.cursor });
    const names = [];
    for (let i = 0; i < 4; i++) names.push(nameOf((await again.next())!));
    expect(names.slice(0, 3)).toEqual([
      `reaction ${thumb} other 1`,
      `reaction ${thumb} owner 2`,
      `reaction ${thumb} other 1`,
    ]);
    expect(names[3]).toMatch(/^head /);
    await using since = new Tail(kit.owner, id, { after: second!.cursor });
    expect(nameOf((await since.next())!)).toBe(`reaction ${thumb} other 1`);
  });

  test('tells of a head that changed just before a reaction', async () => {
    await using kit = await openKit();
    const place = await groupWithItem(kit);
    const { cursor } = await kit.owner.items.list(place.id);
    await kit.owner.threads.update([{ id: place.id, title: 'Named' }]);
    await reactBy(kit.owner, place);
    await using tail = new Tail(kit.owner, place.id, { after: cursor });
    expect(await tail.next()).toMatchObject({ type: 'reaction' });
    expect(await tail.next()).toMatchObject({ type: 'head', thread: { title: 'Named' } });
  });

  test('of a link tells of counts, and of no users', async () => {
    await using kit = await openKit();
    const place = await groupWithItem(kit);
    await reactBy(kit.owner, place);
    const { token } = await kit.owner.shares.create(place.id, { showAuthors: true });
    const frozen = await kit.owner.shares.create(place.id, { frozen: true });
    const [item] = (await kit.anonymous.shared.items(token)).data;
    expect(item!.reactions).toEqual([{ emoji: thumb, count: 1 }]);
    const [still] = (await kit.anonymous.shared.items(frozen.token)).data;
    expect(still!.reactions).toBeUndefined();
    const tail = kit.anonymous.shared.live(token);
    await tail.next();
    await reactBy(kit.other, place);
    const { value } = await tail.next();
    const { itemId } = place;
    expect(value).toMatchObject({ reaction: { itemId, emoji: thumb, count: 2 } });
    expect(JSON.stringify(value)).not.toContain('other');
    await tail.return();
  });
});

test('an observer shows the reactions of all, and which are its own', async () => {
  await using kit = await openKit();
  const place = await groupWithItem(kit);
  await reactBy(kit.other, place);
  const observer = createThreadObserver(kit.owner, place.id);
  const stop = observer.subscribe(() => undefined);
  const shown = () => observer.getSnapshot().items[0]?.reactions;
  const { itemId } = place;
  await until(() => shown()?.[0]?.count === 1);
  await kit.owner.reactions.add(place.id, [
    { itemId, emoji: thumb },
    { itemId, emoji: ':yes:' },
  ]);
  const both = { emoji: thumb, count: 2, mine: true, userIds: ['other', 'owner'] };
  await until(() => shown()?.length === 2);
  expect(shown()).toEqual([both, { emoji: ':yes:', count: 1, mine: true, userIds: ['owner'] }]);
  await kit.owner.reactions.remove(place.id, [{ itemId, emoji: ':yes:' }]);
  await until(() => shown()?.length === 1);
  expect(shown()).toEqual([both]);
  await kit.other.reactions.remove(place.id, [{ itemId, emoji: thumb }]);
  await until(() => shown()?.[0]?.count === 1);
  expect(shown()).toEqual([{ emoji: thumb, count: 1, mine: true, userIds: ['owner'] }]);
  await kit.owner.reactions.remove(place.id, [{ itemId, emoji: thumb }]);
  await until(() => shown() === undefined);
  stop();
});
