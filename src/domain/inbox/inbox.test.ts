import { describe, expect, test } from 'vitest';
import type { NewItem } from '../../api/item.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { memory } from '../../engines/memory/index.ts';
import { newTask } from '../../records/new-task.ts';
import { put } from '../../records/records.ts';
import { inbox, taskQueue } from '../../records/tables.ts';
import type { ItemId } from '../../shared/ids.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import { shareEngineForTesting } from '../../../test/support/store/shared-engine-for-testing.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  settled,
  storedForTesting,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

function as(kit: StoreKit, userId: string): ProjectApi {
  return kit.store.project('project').as({ userId });
}

function mentioning(...userIds: readonly string[]): NewItem {
  const mentions = userIds.map((userId) => ({ type: 'mention' as const, userId }));
  return { role: 'user', parts: [{ type: 'text', text: 'Look, ' }, ...mentions] };
}

/** A group of the owner's with grace and ada. Their invitations were seen. */
async function group(kit: StoreKit, input: object = {}): Promise<string> {
  const people = ['grace', 'ada'].map((userId) => ({ userId }));
  const { id } = await kit.thread({ mode: 'group', title: 'Trip', participants: people, ...input });
  for (const { userId } of people) {
    const { data } = await as(kit, userId).inbox.list();
    await as(kit, userId).inbox.markSeen({ ids: data.map((entry) => entry.id) });
  }
  kit.clock.advance(1000);
  return id;
}

/** What is unseen: `kind: snippet`. */
async function news(kit: StoreKit, userId: string): Promise<string[]> {
  await settled(kit);
  const { data, unseen } = await as(kit, userId).inbox.list({ unseen: true });
  expect(unseen).toBe(data.length);
  return data.map(({ kind, snippet }) => `${kind}: ${snippet ?? '-'}`);
}

describe('an inbox', () => {
  test('has mentions, replies and invitations, the newest first', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'group', title: 'Trip' });
    await kit.owner.participants.add(id, [{ userId: 'grace' }]);
    kit.clock.advance(1000);
    const grace = as(kit, 'grace');
    const [asked] = await grace.items.append(id, [{ role: 'user', text: 'When?' }]);
    kit.clock.advance(1000);
    const [reply] = await kit.owner.items.append(id, [
      { role: 'user', text: 'At *noon*.', parentId: asked!.id },
    ]);
    kit.clock.advance(1000);
    const [call] = await kit.owner.items.append(id, [mentioning('grace', 'grace')]);
    await settled(kit);
    const page = await grace.inbox.list();
    const of = { threadId: id, threadTitle: 'Trip', authorId: 'owner', seenAt: null };
    expect(page).toMatchObject({
      data: [
        { ...of, kind: 'mention', itemId: call!.id, snippet: 'Look, @grace @grace' },
        { ...of, kind: 'reply', itemId: reply!.id, snippet: 'At noon.' },
        { ...of, kind: 'invite', itemId: null, snippet: null },
      ],
      unseen: 3,
    });
    const first = await grace.inbox.list({ limit: 2 });
    expect(first.data).toEqual(page.data.slice(0, 2));
    const rest = await grace.inbox.list({ limit: 2, after: first.nextCursor! });
    expect([rest.data, rest.nextCursor]).toEqual([page.data.slice(2), null]);
    expect((await kit.owner.inbox.list()).data).toEqual([]);
  });

  test('marks what was seen, by id or by time, and only the own', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    for (const n of [1, 2, 3]) {
      await kit.owner.items.append(id, [{ ...mentioning('grace', 'ada'), key: `${n}` }]);
      kit.clock.advance(1000);
    }
    await settled(kit);
    const [grace, ada] = [as(kit, 'grace'), as(kit, 'ada')];
    const { data } = await grace.inbox.list({ unseen: true });
    expect(data).toHaveLength(3);
    expect(await ada.inbox.markSeen({ ids: data.slice(0, 1).map((entry) => entry.id) })).toEqual({
      unseen: 2,
    });
    expect(await grace.inbox.markSeen({ ids: [data[0]!.id, 'nothing'] })).toEqual({ unseen: 2 });
    const [seen] = (await grace.inbox.list()).data;
    const again = await grace.inbox.markSeen({ ids: [data[0]!.id] });
    expect([again, (await grace.inbox.list()).data[0]]).toEqual([{ unseen: 2 }, seen]);
    expect(seen!.seenAt).toBe(new Date(kit.clock.nowMs).toISOString());
    expect(await grace.inbox.markSeen({ before: data[1]!.createdAt })).toEqual({ unseen: 1 });
    expect((await grace.inbox.list({ unseen: true })).data).toEqual([data[1]]);
    const end = new Date(kit.clock.nowMs).toISOString();
    expect(await grace.inbox.markSeen({ before: end })).toEqual({ unseen: 0 });
    expect(await ada.inbox.list({ unseen: true })).toMatchObject({ unseen: 2 });
  });

  test('is for signed-in users, and takes marks of one kind', async () => {
    await using kit = await openKit();
    expect(await codeOf(kit.anonymous.inbox.list())).toBe('unauthenticated');
    expect(await codeOf(kit.anonymous.inbox.markSeen({ ids: [] }))).toBe('unauthenticated');
    for (const [path, marks] of [
      ['', {}],
      ['', { ids: [], before: '2026-01-01T00:00:00Z' }],
      ['before', { before: 'noon' }],
      ['ids', { ids: times(101, String) }],
      ['ids.0', { ids: [''] }],
      ['all', { all: true } as object],
    ] as const) {
      expect(await issuesOf(kit.owner.inbox.markSeen(marks)), path).toEqual([path]);
    }
    const more = { seen: true } as object;
    expect(await issuesOf(kit.owner.inbox.list(more))).toEqual(['seen']);
  });

  test('names the other person of a direct thread, which is no invitation', async () => {
    await using kit = await openKit();
    const host = kit.store.project('project').as({ userId: 'host', isServer: true });
    await host.users.put([{ id: 'owner', displayName: 'Olga' }]);
    const { id } = await kit.owner.direct.open('grace');
    await kit.owner.items.append(id, [mentioning('grace')]);
    expect(await news(kit, 'grace')).toEqual(['mention: Look, @grace']);
    const { data } = await as(kit, 'grace').inbox.list();
    expect(data[0]).toMatchObject({ otherUser: { id: 'owner', displayName: 'Olga' } });
  });
});

describe('a mention', () => {
  test('reaches who may read, once, and tells no one who that is', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const item = mentioning('grace', 'stranger', 'owner', 'agent:helper', 'grace');
    const call = (): Promise<unknown> => kit.owner.items.append(id, [{ ...item, key: 'k' }]);
    const answers = await Promise.all([call(), call(), call()]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await news(kit, 'grace')).toEqual([expect.stringMatching(/^mention: /)]);
    for (const userId of ['stranger', 'owner', 'ada', 'agent:helper']) {
      expect((await kit.rows(inbox, ['project', userId])).filter((row) => row.itemId)).toEqual([]);
    }
    await kit.owner.participants.add(id, [{ userId: 'stranger' }]);
    expect(await news(kit, 'stranger')).toEqual(['invite: -']);
  });

  test('in a public thread reaches anybody of the project', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    await kit.owner.items.append(id, [mentioning('stranger')]);
    expect(await news(kit, 'stranger')).toHaveLength(1);
    const elsewhere = kit.store.project('elsewhere').as({ userId: 'stranger' });
    expect((await elsewhere.inbox.list()).data).toEqual([]);
    await kit.owner.threads.update([{ id, visibility: 'private' }]);
    expect(await news(kit, 'stranger')).toEqual([]);
    await kit.owner.threads.update([{ id, visibility: 'public' }]);
    expect(await news(kit, 'stranger')).toHaveLength(1);
  });

  test('in the first items of a new thread reaches who is added with it', async () => {
    await using kit = await openKit();
    const participants = [{ userId: 'grace' }];
    await kit.thread({ mode: 'group', participants, items: [mentioning('grace', 'ada')] });
    expect(await news(kit, 'grace')).toEqual(['mention: Look, @grace @ada', 'invite: -']);
    expect(await news(kit, 'ada')).toEqual([]);
  });

  test('reaches no one from what is private or saw it', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    await kit.host.items.append(id, [
      { ...mentioning('grace'), private: true },
      { ...mentioning('grace'), role: 'assistant', sawPrivate: true },
      { ...mentioning('grace'), role: 'assistant', sawPrivate: true, authorId: 'grace' },
    ]);
    expect(await news(kit, 'grace')).toEqual([]);
    expect(await kit.rows(inbox, ['project', 'grace'])).toHaveLength(1); // the invitation
  });

  test('is hidden with its item, and edited with it', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const [item] = await kit.owner.items.append(id, [mentioning('grace')]);
    const itemId = item!.id;
    expect(await news(kit, 'grace')).toHaveLength(1);
    for (const visibility of ['hidden', 'archived'] as const) {
      await kit.owner.items.update(id, [{ id: itemId, visibility }]);
      expect(await news(kit, 'grace')).toEqual([]);
    }
    await kit.owner.items.update(id, [{ id: itemId, visibility: 'visible' }]);
    expect(await news(kit, 'grace')).toHaveLength(1);
    await kit.owner.items.append(id, [{ ...mentioning('ada'), replacesId: itemId }]);
    expect(await news(kit, 'grace')).toEqual([]);
    expect(await news(kit, 'ada')).toEqual(['mention: Look, @ada']);
    await kit.owner.items.append(id, [{ ...mentioning('grace', 'ada'), replacesId: itemId }]);
    expect(await news(kit, 'grace')).toEqual(['mention: Look, @grace @ada']);
    await kit.owner.items.redact(id, [itemId]);
    expect([await news(kit, 'grace'), await news(kit, 'ada')]).toEqual([[], []]);
  });

  test('ends with the reading, and with the thread', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    await kit.owner.items.append(id, [mentioning('grace', 'ada')]);
    await settled(kit);
    await as(kit, 'grace').participants.leave(id);
    expect(await news(kit, 'grace')).toEqual([]);
    await kit.owner.participants.update(id, [{ userId: 'ada', state: 'banned' }]);
    expect((await as(kit, 'ada').inbox.list()).data).toEqual([]);
    await kit.owner.items.append(id, [mentioning('grace', 'ada')]);
    kit.clock.advance(1000);
    await kit.owner.participants.update(id, [{ userId: 'ada', state: 'joined' }]);
    expect(await news(kit, 'ada')).toEqual(['invite: -', 'mention: Look, @grace @ada']);
    await kit.owner.threads.delete([id]);
    expect(await news(kit, 'ada')).toEqual([]);
    expect(await kit.rows(inbox)).toEqual([]);
  });

  test('of who has left a public thread, or is banned there, is only text', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    for (const userId of ['grace', 'ada']) await as(kit, userId).participants.join(id);
    await as(kit, 'grace').participants.leave(id);
    await kit.owner.participants.update(id, [{ userId: 'ada', state: 'banned' }]);
    await kit.owner.items.append(id, [mentioning('grace', 'ada')]);
    await settled(kit);
    expect(await kit.rows(inbox)).toEqual([]);
  });

  test.each([
    ['all', ['invite', 'mention', 'reply']],
    ['mentions', ['invite', 'mention']],
    ['none', ['invite']],
  ] as const)('reaches a user who wants to hear of %s', async (notify, kinds) => {
    await using kit = await openKit();
    const id = await group(kit);
    const grace = as(kit, 'grace');
    await grace.participants.update(id, [{ userId: 'grace', notify }]);
    const [asked] = await grace.items.append(id, [{ role: 'user', text: 'Why?' }]);
    await kit.owner.items.append(id, [{ ...mentioning('grace'), parentId: asked!.id }]);
    await settled(kit);
    const { data } = await grace.inbox.list();
    expect(data.map(({ kind }) => kind).toSorted()).toEqual(kinds);
    await kit.owner.participants.remove(id, ['grace']);
    await kit.owner.participants.add(id, [{ userId: 'grace' }]);
    const isTold = (await grace.inbox.list()).data.some(({ kind }) => kind === 'invite');
    expect(isTold).toBe(notify !== 'none');
  });
});

describe('a reply', () => {
  test('is of another person, to something that is not private', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const grace = as(kit, 'grace');
    const say = async (caller: ProjectApi, item: Partial<NewItem>): Promise<ItemId> => {
      return (await caller.items.append(id, [{ role: 'user', text: 'x', ...item }]))[0]!.id;
    };
    const open = await say(grace, {});
    const secret = await say(grace, { private: true });
    await say(grace, { parentId: open });
    await say(kit.host, { parentId: open, role: 'assistant' });
    await say(grace, { parentId: secret });
    await say(kit.owner, { parentId: open, private: true });
    expect(await news(kit, 'grace')).toEqual([]);
    await say(kit.owner, { parentId: open, text: 'Because.' });
    await say(kit.host, { parentId: open, role: 'assistant', authorId: 'agent:helper' });
    expect(await news(kit, 'grace')).toEqual(['reply: x', 'reply: Because.']);
  });
});

describe('entries', () => {
  test.each(enginePlaces)(
    'on %s are written once, by however many servers',
    async (_name, create) => {
      await using place = await create();
      const shared = shareEngineForTesting(place.open());
      await using kit = await openKit({ engine: shared() });
      const id = await group(kit);
      const items = times(250, (n) => ({ ...mentioning('grace', 'ada'), key: `k${n}` }));
      await kit.owner.items.append(id, items);
      await settled(kit);
      const stored = await kit.rows(inbox, ['project', 'grace']);
      expect(stored.filter(({ kind }) => kind === 'mention')).toHaveLength(250);
      expect((await as(kit, 'grace').inbox.list({ unseen: true })).unseen).toBe(100);
      const grace = as(kit, 'grace');
      await grace.inbox.markSeen({ before: new Date(kit.clock.nowMs + 1).toISOString() });
      const seen = await kit.rows(inbox, ['project', 'grace']);
      // As after a crash: another server does the same work again, at the same time.
      await using second = await openKit({ engine: shared() });
      const threadId = storedForTesting(id);
      const promised = stored.filter(({ kind }) => kind === 'mention').slice(0, 3);
      await kit.engine.commit({
        puts: promised.map(({ itemId }) =>
          put(taskQueue, newTask(0, { kind: 'fill-inboxes', threadId, itemId: itemId! }), null),
        ),
      });
      await using third = await openKit({ engine: shared() });
      await settled(kit);
      expect(await kit.rows(inbox, ['project', 'grace'])).toEqual(seen);
      expect(await as(second, 'grace').inbox.list({ limit: 5 })).toEqual(
        await as(third, 'grace').inbox.list({ limit: 5 }),
      );
    },
  );

  test('that a crash has left behind are written when the store opens', async () => {
    const shared = shareEngineForTesting(memory());
    const kit = await openKit({ engine: shared() });
    const id = await group(kit);
    await kit.owner.items.append(id, [mentioning('grace')]);
    await settled(kit);
    const rows = await kit.rows(inbox, ['project', 'grace']);
    const row = rows.find(({ itemId }) => itemId);
    const task = newTask(0, {
      kind: 'fill-inboxes',
      threadId: row!.threadId,
      itemId: row!.itemId!,
    });
    await kit.engine.commit({
      deletes: [{ table: inbox, key: ['project', 'grace', row!.id] }],
      puts: [put(taskQueue, task, null)],
    });
    await kit.store.close();
    await using again = await openKit({ engine: shared() });
    expect(await news(again, 'grace')).toEqual(['mention: Look, @grace']);
  });

  test('beyond the newest thousand go', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'grace' }] });
    for (const round of times(20, Number)) {
      kit.clock.advance(1000);
      const items = times(100, (n) => ({ ...mentioning('grace'), key: `${round} ${n}` }));
      await kit.owner.items.append(id, items);
    }
    await settled(kit);
    const rows = await kit.rows(inbox, ['project', 'grace']);
    expect(rows.length).toBeGreaterThanOrEqual(1000);
    expect(rows.length).toBeLessThan(1400);
    const page = await kit.owner.items.list(id, { order: 'desc', limit: 1000 });
    const kept = new Set(rows.map(({ itemId }) => itemId));
    expect(page.data.every((item) => kept.has(item.id))).toBe(true);
    const end = new Date(kit.clock.nowMs + 1000).toISOString();
    expect(await as(kit, 'grace').inbox.markSeen({ before: end })).toEqual({ unseen: 0 });
  });
});
