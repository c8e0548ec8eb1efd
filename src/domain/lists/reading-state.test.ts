import { describe, expect, test } from 'vitest';
import type { ProjectApi } from '../../api/project-api.ts';
import type { ThreadEntry } from '../../api/reading-state.ts';
import { items, participants, threads } from '../../records/tables.ts';
import { put } from '../../records/records.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  settled,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { doctor } from '../../store/doctor/doctor.ts';

function as(kit: StoreKit, userId: string): ProjectApi {
  return kit.store.project('project').as({ userId });
}

async function entryOf(caller: ProjectApi, threadId: string): Promise<ThreadEntry | undefined> {
  const { data } = await caller.threads.list({ participating: true });
  return data.find(({ id }) => id === threadId);
}

async function unreadOf(caller: ProjectApi, threadId: string): Promise<number | undefined> {
  return (await entryOf(caller, threadId))?.unread;
}

async function group(kit: StoreKit): Promise<string> {
  return (await kit.thread({ mode: 'group', participants: [{ userId: 'grace' }] })).id;
}

describe('what is unread', () => {
  test('are the messages of others after the last one that was read', async () => {
    await using kit = await openKit();
    const grace = as(kit, 'grace');
    const id = await group(kit);
    const [, second] = await kit.say(id, 'one', 'two', 'three');
    expect(await unreadOf(grace, id)).toBe(3);
    expect(await unreadOf(kit.owner, id)).toBe(0);
    const state = await grace.reads.mark(id, { itemId: second!.id });
    expect(state).toEqual({
      threadId: id,
      readItemId: second!.id,
      deliveredItemId: second!.id,
      unread: 1,
    });
    expect(await entryOf(grace, id)).toMatchObject({ unread: 1, lastReadItemId: second!.id });
    const own = only(await grace.items.append(id, [{ role: 'user', text: 'own' }]));
    expect(await entryOf(grace, id)).toMatchObject({ unread: 0, lastReadItemId: own.id });
    expect(await unreadOf(kit.owner, id)).toBe(1);
  });

  test('never goes back when it is marked as read, and does when it is marked as unread', async () => {
    await using kit = await openKit();
    const grace = as(kit, 'grace');
    const id = await group(kit);
    const said = await kit.say(id, 'one', 'two', 'three');
    await grace.reads.mark(id, { itemId: said[2]!.id });
    expect((await grace.reads.mark(id, { itemId: said[0]!.id })).unread).toBe(0);
    const own = only(await grace.items.append(id, [{ role: 'user', text: 'own' }]));
    const back = await grace.reads.markUnread(id, { itemId: said[1]!.id });
    expect(back).toMatchObject({ unread: 3, readItemId: said[0]!.id });
    // It is unread already.
    expect((await grace.reads.markUnread(id, { itemId: own.id })).unread).toBe(3);
    expect((await grace.reads.markUnread(id, { itemId: said[0]!.id })).unread).toBe(4);
    expect(await entryOf(grace, id)).toMatchObject({ unread: 4, lastReadItemId: null });
    expect((await grace.reads.mark(id, { itemId: said[1]!.id })).unread).toBe(2);
    await grace.items.append(id, [{ role: 'user', text: 'own again' }]);
    expect(await unreadOf(grace, id)).toBe(0);
  });

  test('is no item that people do not see among the messages', async () => {
    await using kit = await openKit();
    const id = (await kit.thread({ participants: [{ userId: 'grace' }] })).id;
    const grace = as(kit, 'grace');
    const shown = only(await kit.say(id, 'shown'));
    for (const item of [
      { role: 'system' as const },
      { role: 'tool' as const },
      { visibility: 'hidden' as const },
      { visibility: 'archived' as const },
      { role: 'assistant' as const, sawPrivate: true },
      { private: true },
      { replacesId: shown.id },
    ]) {
      await kit.host.items.append(id, [{ role: 'user', text: 'x', ...item }]);
    }
    expect(await unreadOf(grace, id)).toBe(1);
    const answer = { role: 'assistant' as const, text: 'answer' };
    await kit.host.items.append(id, [answer]);
    expect(await unreadOf(grace, id)).toBe(2);
    // The positions stay where they are, whatever is hidden or redacted later.
    await kit.owner.items.redact(id, [shown.id]);
    expect(await unreadOf(grace, id)).toBe(2);
    const positions = (await kit.rows(items, [id])).map(({ messagePosition }) => messagePosition);
    expect(positions).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 2]);
    await expectSound(kit);
  });

  test('is what follows one’s own messages, for the owner of a chat without a row', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, 'question');
    expect(await kit.rows(participants)).toEqual([]);
    await kit.host.items.append(id, [{ role: 'assistant', text: 'answer' }]);
    const { data } = await kit.owner.threads.list();
    expect(only(data)).toMatchObject({ unread: 1, pinned: false, activeRun: null });
    await kit.owner.reads.mark(id, { itemId: only(data).lastItemId! });
    expect(await unreadOf(kit.owner, id)).toBe(0);
    expect((await kit.owner.threads.get(id)).version).toBe(only(data).version);
    expect(await kit.rows(participants)).toHaveLength(1);
  });

  test('counts on in a fork, whose owner has read what it inherits', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, 'one', 'two');
    const [, second] = (await kit.owner.items.list(id)).data;
    const fork = only(await kit.owner.threads.fork([{ threadId: id, atItemId: second!.id }]));
    expect(await unreadOf(kit.owner, fork.id)).toBe(0);
    await kit.host.items.append(fork.id, [{ role: 'assistant', text: 'answer' }]);
    expect(await unreadOf(kit.owner, fork.id)).toBe(1);
    expect((await kit.rows(threads, [fork.id]))[0]).toMatchObject({ messagePosition: 3 });
    await expectSound(kit);
  });

  test('is nothing that older versions have written', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    await kit.say(id, 'one', 'two');
    await kit.say(id, 'three');
    await forget(kit, id);
    const grace = as(kit, 'grace');
    expect(await unreadOf(grace, id)).toBe(0);
    await kit.owner.items.append(id, [{ role: 'user', text: 'new' }]);
    expect(await unreadOf(grace, id)).toBe(1);
    const [first] = (await grace.items.list(id)).data;
    expect((await grace.reads.markUnread(id, { itemId: first!.id })).unread).toBe(4);
    await expectSound(kit);
  });

  test('is each item once, whoever of many wrote it', async () => {
    await using kit = await openKit();
    const people = times(60, (i) => ({ userId: `u${i}` }));
    const { id } = await kit.thread({ mode: 'group', participants: people });
    for (const { userId } of people) {
      await as(kit, userId).items.append(id, [{ role: 'user', text: userId }]);
      kit.clock.advance(1100);
    }
    for (const [i, { userId }] of people.entries()) {
      expect([userId, await unreadOf(as(kit, userId), id)]).toEqual([userId, 59 - i]);
    }
  });
});

async function expectSound(kit: StoreKit): Promise<void> {
  await settled(kit);
  await kit.store.close();
  expect((await doctor(kit.engine, { repair: false })).problems).toEqual([]);
}

/** Takes from a thread what older versions did not keep. */
async function forget(kit: StoreKit, id: string): Promise<void> {
  const head = only(await kit.rows(threads, [id]));
  const old = { messagePosition: undefined, ownerItemId: undefined, ownerPosition: undefined };
  const rows = (await kit.rows(items, [id])).map((row) =>
    put(items, { ...row, messagePosition: undefined }, row),
  );
  await kit.engine.commit({
    puts: [put(threads, { ...head, ...old, version: head.version + 1 }, head), ...rows],
  });
}

describe('reading state', () => {
  test('is kept of those who may read, and of no one else', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const mark = { itemId: only(await kit.say(id, 'hello')).id };
    for (const call of ['mark', 'markUnread', 'markDelivered'] as const) {
      expect(await codeOf(kit.other.reads[call](id, mark))).toBe('not_found');
      expect(await codeOf(kit.foreigner.reads[call](id, mark))).toBe('not_found');
      expect(await codeOf(kit.anonymous.reads[call](id, mark))).toBe('unauthenticated');
    }
    expect(await codeOf(kit.other.reads.receipts(id))).toBe('not_found');
    expect(await codeOf(kit.anonymous.reads.receipts(id))).toBe('unauthenticated');
  });

  test('names an item of the thread that is not kept from the caller', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const other = only(await kit.say((await kit.thread()).id, 'elsewhere'));
    const secret = await kit.append(id, { private: true });
    const grace = as(kit, 'grace');
    for (const itemId of ['', 'x', other.id, secret.id]) {
      expect(await issuesOf(grace.reads.mark(id, { itemId }))).toEqual(['itemId']);
    }
  });

  test('is told to participants of threads with a bound as receipts', async () => {
    await using kit = await openKit();
    const id = await group(kit);
    const [first, second] = await kit.say(id, 'one', 'two');
    const grace = as(kit, 'grace');
    await grace.reads.mark(id, { itemId: first!.id });
    await grace.reads.markDelivered(id, { itemId: second!.id });
    await grace.reads.markDelivered(id, { itemId: first!.id });
    expect((await kit.owner.reads.receipts(id)).data).toEqual([
      { userId: 'grace', readItemId: first!.id, deliveredItemId: second!.id },
      { userId: 'owner', readItemId: second!.id, deliveredItemId: second!.id },
    ]);
    const channel = (await kit.thread({ mode: 'channel' })).id;
    expect(await codeOf(kit.owner.reads.receipts(channel))).toBe('forbidden');
  });

  test('of a guest of a feed gives no rights', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'feed', scopeType: 'ticket', scopeId: 'T-1' });
    const itemId = only(await kit.say(id, 'hello')).id;
    const guest = kit.store.project('project').as({ userId: 'guest', scopes: ['ticket:T-1'] });
    await guest.reads.mark(id, { itemId });
    await guest.items.append(id, [{ role: 'user', text: 'hi' }]);
    expect(await codeOf(as(kit, 'guest').items.list(id))).toBe('not_found');
  });
});
