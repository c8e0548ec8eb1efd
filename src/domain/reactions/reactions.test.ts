import { describe, expect, test } from 'vitest';
import type { LiveEvent } from '../../api/live.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import type { Item } from '../../api/item.ts';
import { changes, items, reactionCounts, reactions } from '../../records/tables.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  only,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { problemsOf } from '../../../test/support/store/transfer-kit-for-testing.ts';
import {
  recordCalls,
  TappedEngine,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import { memory } from '../../engines/memory/index.ts';

const [thumb, heart, rocket] = ['\u{1F44D}', '\u2764\uFE0F', '\u{1F680}'] as const;

/** A group of the owner, `other` and these users. */
async function group(kit: StoreKit, ...userIds: readonly string[]): Promise<string> {
  const users = ['other', ...userIds].map((userId) => ({ userId }));
  return (await kit.thread({ mode: 'group', participants: users })).id;
}

function as(kit: StoreKit, userId: string): ProjectApi {
  return kit.store.project('project').as({ userId });
}

async function reactionsIn(caller: ProjectApi, id: string, itemId: string): Promise<unknown> {
  const { data } = await caller.items.list(id);
  const listed = data.find((item) => (item.replacesId ?? item.id) === itemId || item.id === itemId);
  const { reactions: got } = await caller.items.get(id, itemId);
  expect(listed?.reactions).toEqual(got);
  return got;
}

describe.each(enginePlaces)('reactions on %s', (_name, create) => {
  test('are counted once a user and emoji, however often and however written', async () => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    const id = await group(kit);
    const [said] = await kit.say(id, 'hello');
    const { version, updatedAt } = await kit.owner.threads.get(id);
    kit.clock.advance(10_000);
    const react = (caller: ProjectApi, emoji: string) =>
      caller.reactions.add(id, [{ itemId: said!.id, emoji }]);
    const first = { emoji: heart, count: 1, mine: true, userIds: ['owner'] };
    expect(await react(kit.owner, '\u2764')).toEqual([first]);
    expect(await react(kit.owner, heart)).toEqual([first]);
    await react(kit.other, '\u2764\uFE0E');
    await react(kit.other, thumb);
    expect(await reactionsIn(kit.owner, id, said!.id)).toEqual([
      { emoji: heart, count: 2, mine: true, userIds: ['owner', 'other'] },
      { emoji: thumb, count: 1, mine: false, userIds: ['other'] },
    ]);
    // The thread is what it was, and stands where it stood.
    expect(await kit.owner.threads.get(id)).toMatchObject({ version, updatedAt });
    await kit.owner.threads.update([{ id, title: 'x', ifVersion: version }]);
    const take = (caller: ProjectApi, emoji: string) =>
      caller.reactions.remove(id, [{ itemId: said!.id, emoji }]);
    await take(kit.owner, '\u2764');
    await take(kit.owner, heart);
    await take(kit.owner, rocket);
    await take(kit.other, thumb);
    expect(await reactionsIn(kit.owner, id, said!.id)).toEqual([
      { emoji: heart, count: 1, mine: false, userIds: ['other'] },
    ]);
    await take(kit.other, heart);
    expect(await reactionsIn(kit.owner, id, said!.id)).toBeUndefined();
    expect([...(await kit.rows(reactions)), ...(await kit.rows(reactionCounts))]).toEqual([]);
    await kit.store.close();
    expect(await problemsOf(place.open())).toEqual([]);
  });

  test('of many at once are all counted', async () => {
    await using place = await create();
    await using kit = await openKit({ engine: place.open() });
    // Where several processes may open a store, two do.
    await using there = kit.store.capabilities.shared
      ? await openKit({ engine: place.open() })
      : undefined;
    const users = times(24, (i) => `user-${i}`);
    const id = await group(kit, ...users);
    const said = await kit.say(id, 'a', 'b');
    const keys = said.map((item) => ({ itemId: item.id, emoji: thumb }));
    const callers = users.map((userId, i) => as(i % 2 === 0 ? kit : (there ?? kit), userId));
    await Promise.all(callers.map((caller) => caller.reactions.add(id, keys)));
    for (const { id: itemId } of said) {
      const { reactions: shown } = await kit.owner.items.get(id, itemId);
      expect([shown![0]!.count, new Set(shown![0]!.userIds).size]).toEqual([24, 10]);
      const page = await kit.owner.reactions.list(id, itemId, thumb, { limit: 20 });
      const rest = await kit.owner.reactions.list(id, itemId, thumb, { after: page.nextCursor! });
      const listed = [...page.data, ...rest.data].map(({ userId }) => userId);
      expect(listed).toEqual(users.toSorted());
    }
    // Half of them take it back while others react with something else.
    await Promise.all(
      callers.map((caller, i) =>
        i < 12
          ? caller.reactions.remove(id, keys)
          : caller.reactions.add(id, [{ itemId: said[0]!.id, emoji: rocket }]),
      ),
    );
    const [first] = (await kit.owner.items.get(id, said[0]!.id)).reactions!;
    expect(first).toMatchObject({ emoji: thumb, count: 12 });
    expect(new Set(first!.userIds).size).toBe(10);
    expect(first!.userIds.every((userId) => users.indexOf(userId) >= 12)).toBe(true);
    await Promise.all([kit.store.close(), there?.store.close()]);
    expect(await problemsOf(place.open())).toEqual([]);
  });
});

describe('who', () => {
  test('may react is who may write, and reacting in public is joining', async () => {
    await using kit = await openKit();
    const group_ = await group(kit, 'muted', 'banned');
    const [said] = await kit.say(group_, 'hello');
    await kit.owner.participants.update(group_, [
      { userId: 'muted', mutedUntil: new Date(kit.clock.nowMs + 60_000).toISOString() },
      { userId: 'banned', state: 'banned' },
    ]);
    const react = (caller: ProjectApi, id = group_, itemId = said!.id) =>
      codeOf(caller.reactions.add(id, [{ itemId, emoji: thumb }]));
    expect(await react(kit.other)).toBe('none');
    expect(await react(as(kit, 'muted'))).toBe('forbidden');
    expect(await react(as(kit, 'banned'))).toBe('not_found');
    expect(await react(as(kit, 'stranger'))).toBe('not_found');
    expect(await react(kit.foreigner)).toBe('not_found');
    expect(await react(kit.anonymous)).toBe('unauthenticated');
    const open = await kit.thread({ mode: 'public', visibility: 'public' });
    const [there] = await kit.say(open.id, 'hello');
    expect(await react(as(kit, 'stranger'), open.id, there!.id)).toBe('none');
    const { data } = await kit.owner.participants.list(open.id);
    expect(data.map(({ userId }) => userId)).toContain('stranger');
    expect(await react(kit.anonymous, open.id, there!.id)).toBe('unauthenticated');
    const page = await kit.anonymous.items.list(open.id);
    expect(page.data[0]!.reactions).toEqual([
      { emoji: thumb, count: 1, mine: false, userIds: ['stranger'] },
    ]);
  });

  test('does not see an item does not see its reactions, and cannot react to it', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const [secret] = await kit.other.items.append(id, [
      { role: 'user', text: 'secret', private: true },
    ]);
    const [hidden] = await kit.say(id, 'hidden');
    const tail = kit.owner.threads.live(id);
    await tail.next();
    await kit.other.reactions.add(id, [{ itemId: secret!.id, emoji: rocket }]);
    await kit.owner.reactions.add(id, [{ itemId: hidden!.id, emoji: thumb }]);
    await kit.owner.items.update(id, [{ id: hidden!.id, visibility: 'hidden' }]);
    for (const [caller, item, code] of [
      [kit.owner, secret, 'not_found'],
      [kit.other, hidden, 'not_found'],
      [kit.owner, hidden, 'conflict'],
      [kit.owner, { id: '019aa000-0000-7000-8000-000000000000' }, 'not_found'],
      [kit.owner, { id: 'x' }, 'not_found'],
    ] as const) {
      const inputs = [{ itemId: item!.id, emoji: heart }];
      expect(await codeOf(caller.reactions.add(id, inputs))).toBe(code);
      if (code === 'conflict') continue;
      expect(await codeOf(caller.reactions.remove(id, inputs))).toBe(code);
      expect(await codeOf(caller.reactions.list(id, item!.id, rocket))).toBe(code);
    }
    const events: LiveEvent[] = [];
    for await (const event of tail) {
      events.push(event);
      if (event.type === 'change') break;
    }
    const told = events.flatMap((event) => (event.type === 'reaction' ? [event.reaction] : []));
    expect(told.map(({ itemId }) => itemId)).not.toContain(secret!.id);
  });

  test('gives what is no emoji, or one emoji too many, is told so', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [said] = await kit.say(id, 'hello');
    const itemId = said!.id;
    for (const emoji of ['', 'ok', `${thumb}${thumb}`, 7 as unknown as string]) {
      const wrong = kit.owner.reactions.add(id, [{ itemId, emoji }]);
      expect(await issuesOf(wrong)).toEqual(['reactions.0.emoji']);
    }
    expect(await issuesOf(kit.owner.reactions.list(id, itemId, 'ok'))).toEqual(['emoji']);
    const many = times(51, (i) => ({ itemId, emoji: `:e${i}:` }));
    expect(await codeOf(kit.owner.reactions.add(id, many))).toBe('conflict');
    expect(await kit.rows(reactions)).toEqual([]);
    await kit.owner.reactions.add(id, many.slice(1));
    expect(await codeOf(kit.owner.reactions.add(id, many.slice(0, 1)))).toBe('conflict');
    await kit.owner.reactions.remove(id, many.slice(1, 2));
    await kit.owner.reactions.add(id, many.slice(0, 1));
    const { reactions: shown } = await kit.owner.items.get(id, itemId);
    expect(shown?.map(({ emoji }) => emoji)).toEqual(
      [...many.slice(2), many[0]!].map(({ emoji }) => emoji),
    );
    const tooMany = times(101, () => ({ itemId, emoji: thumb }));
    expect(await issuesOf(kit.owner.reactions.add(id, tooMany))).toEqual(['reactions']);
    expect(await kit.owner.reactions.add(id, [])).toEqual([]);
  });
});

describe('an item', () => {
  test('that is edited keeps its reactions, under both of its ids', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const [said] = await kit.say(id, 'hello');
    await kit.other.reactions.add(id, [{ itemId: said!.id, emoji: thumb }]);
    const edited = await kit.append(id, { text: 'hallo', replacesId: said!.id });
    await kit.owner.reactions.add(id, [{ itemId: edited.id, emoji: thumb }]);
    const shown = [{ emoji: thumb, count: 2, mine: true, userIds: ['other', 'owner'] }];
    for (const itemId of [said!.id, edited.id]) {
      expect((await kit.owner.items.get(id, itemId)).reactions).toEqual(shown);
      const { data } = await kit.other.reactions.list(id, itemId, thumb);
      expect(data).toHaveLength(2);
    }
    const { data } = await kit.owner.items.list(id);
    expect(data.map((item) => item.reactions)).toEqual([shown]);
  });

  test('that is redacted has none, however many it had', async () => {
    await using kit = await openKit();
    const users = times(120, (i) => `user-${i}`);
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const [said, kept] = await kit.say(id, 'hello', 'kept');
    const keys = [said!, kept!].map((item) => ({ itemId: item.id, emoji: thumb }));
    await Promise.all(users.map((userId) => as(kit, userId).reactions.add(id, keys)));
    await kit.owner.reactions.add(id, [{ itemId: said!.id, emoji: rocket }]);
    const [tombstone] = await kit.owner.items.redact(id, [said!.id]);
    expect(tombstone!.reactions).toBeUndefined();
    expect(await reactionsIn(kit.owner, id, said!.id)).toBeUndefined();
    const again = [{ itemId: said!.id, emoji: heart }];
    expect(await codeOf(kit.owner.reactions.add(id, again))).toBe('conflict');
    await settled(kit);
    const told = await kit.rows(changes);
    expect(told.filter(({ reactedId }) => reactedId === said!.id)).toEqual([]);
    expect(JSON.stringify(told)).not.toContain(rocket);
    for (const table of [reactions, reactionCounts]) {
      const left = await kit.rows<{ itemId: string }>(table);
      expect(new Set(left.map(({ itemId }) => itemId))).toEqual(new Set([kept!.id]));
    }
    await kit.store.close();
    expect(await problemsOf(kit.engine)).toEqual([]);
  });

  test('that a fork inherits has the reactions of the fork alone', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [said] = await kit.say(id, 'hello');
    await kit.owner.reactions.add(id, [{ itemId: said!.id, emoji: thumb }]);
    const fork = only(await kit.owner.threads.fork([{ threadId: id }]));
    expect(await reactionsIn(kit.owner, fork.id, said!.id)).toBeUndefined();
    const { version } = await kit.owner.threads.get(fork.id);
    await kit.owner.reactions.add(fork.id, [{ itemId: said!.id, emoji: rocket }]);
    const own = [{ emoji: rocket, count: 1, mine: true, userIds: ['owner'] }];
    expect(await reactionsIn(kit.owner, fork.id, said!.id)).toEqual(own);
    await kit.owner.reactions.add(fork.id, [{ itemId: said!.id, emoji: heart }]);
    await kit.owner.reactions.remove(fork.id, [{ itemId: said!.id, emoji: heart }]);
    expect((await kit.owner.threads.get(fork.id)).version - version).toBeLessThan(3);
    expect(await reactionsIn(kit.owner, id, said!.id)).toMatchObject([{ emoji: thumb }]);
    const grandchild = only(await kit.owner.threads.fork([{ threadId: fork.id }]));
    expect(await reactionsIn(kit.owner, grandchild.id, said!.id)).toBeUndefined();
    // The fork gets its own copy.
    await kit.owner.threads.delete([id]);
    await settled(kit);
    expect(await reactionsIn(kit.owner, fork.id, said!.id)).toEqual(own);
    await kit.owner.items.redact(fork.id, [said!.id]);
    expect(await reactionsIn(kit.owner, fork.id, said!.id)).toBeUndefined();
    await kit.owner.threads.delete([fork.id, grandchild.id]);
    await settled(kit);
    for (const table of [reactions, reactionCounts, items, changes]) {
      expect(await kit.rows(table as never)).toEqual([]);
    }
  });
});

test('what live readers are told of a redacted item holds no reactions, even in one commit', async () => {
  await using kit = await openKit();
  const id = await group(kit);
  const [said] = await kit.say(id, 'hello');
  const { cursor } = await kit.owner.items.list(id);
  const reaction = [{ itemId: said!.id, emoji: ':secret:' }];
  await Promise.all([
    kit.owner.reactions.add(id, reaction),
    kit.other.reactions.add(id, reaction),
    kit.other.reactions.remove(id, reaction),
    kit.owner.items.redact(id, [said!.id]),
  ]);
  await settled(kit);
  const events: LiveEvent[] = [];
  for await (const event of kit.owner.threads.live(id, { after: cursor })) {
    events.push(event);
    if (event.type === 'head') break;
  }
  expect(JSON.stringify(events)).not.toContain('secret');
  const tables = [changes, reactions, reactionCounts, items] as const;
  const rows = await Promise.all(tables.map((table) => kit.rows<object>(table)));
  expect(JSON.stringify(rows)).not.toContain('secret');
});

test('a page without reactions takes no read for them, and one with them takes two', async () => {
  const engine = new TappedEngine(memory());
  await using kit = await openKit({ engine });
  const id = await group(kit);
  const said = await kit.say(id, ...times(50, String));
  const readsOf = async (): Promise<number> => {
    const calls = recordCalls(engine);
    await kit.owner.items.list(id);
    return calls.length;
  };
  const before = await readsOf();
  const half: readonly Item[] = said.slice(25);
  for (const { id: itemId } of half) {
    const emojis = times(4, (i) => ({ itemId, emoji: `:e${i}:` }));
    await kit.other.reactions.add(id, emojis);
  }
  expect((await readsOf()) - before).toBeLessThanOrEqual(2);
});
