import { describe, expect, test } from 'vitest';
import type { NewThread } from '../../api/thread.ts';
import type { LiveEvent } from '../../api/live.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { participants } from '../../records/tables.ts';
import {
  codeOf,
  issuesOf,
  openKit,
  settled,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';

function as(kit: StoreKit, userId: string): ProjectApi {
  return kit.store.project('project').as({ userId });
}

const hello = [{ role: 'user', text: 'hello' }] as const;

/** A thread of the owner's with grace, who takes part, and mo, who moderates. */
async function withPeople(kit: StoreKit, input: NewThread): Promise<string> {
  const people = [{ userId: 'grace' }, { userId: 'mo', role: 'moderator' as const }];
  return (await kit.thread({ participants: people, ...input })).id;
}

async function idsOf(caller: ProjectApi, threadId: string): Promise<string[]> {
  return (await caller.participants.list(threadId)).data.map(({ userId }) => userId);
}

describe('a participant', () => {
  test.each(['assistant', 'group', 'channel', 'feed'] as const)(
    'reads what was said before, and no one else does: %s',
    async (mode) => {
      await using kit = await openKit();
      const { id } = await kit.thread({ mode });
      await kit.say(id, 'before');
      expect(await codeOf(as(kit, 'grace').items.list(id))).toBe('not_found');
      const [added] = await kit.owner.participants.add(id, [{ userId: 'grace' }]);
      expect(added).toMatchObject({ userId: 'grace', role: 'participant', state: 'joined' });
      expect(added).toMatchObject({ threadId: id, addedBy: 'owner' });
      const { data } = await as(kit, 'grace').items.list(id);
      expect(textsIn(data)).toEqual(['before']);
      expect(await codeOf(kit.other.items.list(id))).toBe('not_found');
      expect(await codeOf(kit.anonymous.items.list(id))).toBe('unauthenticated');
      expect(await codeOf(kit.foreigner.items.list(id))).toBe('not_found');
    },
  );

  test('writes where the mode lets it, as itself alone', async () => {
    await using kit = await openKit();
    for (const mode of ['assistant', 'group', 'channel', 'feed'] as const) {
      const id = await withPeople(kit, { mode });
      const expected = mode === 'channel' ? 'forbidden' : 'none';
      expect([mode, await codeOf(as(kit, 'grace').items.append(id, hello))]).toEqual([
        mode,
        expected,
      ]);
      for (const caller of [kit.owner, as(kit, 'mo')]) {
        expect([mode, await codeOf(caller.items.append(id, hello))]).toEqual([mode, 'none']);
        for (const forged of [{ authorId: 'grace' }, { role: 'assistant' as const }]) {
          const item = { ...hello[0], ...forged };
          expect(await codeOf(caller.items.append(id, [item]))).toBe('forbidden');
        }
      }
      expect(await codeOf(kit.host.items.append(id, [{ ...hello[0], authorId: 'x' }]))).toBe(
        'none',
      );
    }
  });

  test('reads and writes nothing once it is removed, and comes back when it is added', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group' });
    const grace = as(kit, 'grace');
    const [own] = await grace.items.append(id, hello);
    await as(kit, 'mo').participants.remove(id, ['grace']);
    await as(kit, 'mo').participants.remove(id, ['grace']); // a retry
    for (const attempt of [
      grace.items.list(id),
      grace.items.append(id, hello),
      grace.items.redact(id, [own!.id]),
      grace.participants.list(id),
      grace.participants.leave(id),
      grace.threads.live(id).next(),
    ]) {
      expect(await codeOf(attempt)).toBe('not_found');
    }
    expect(await idsOf(kit.owner, id)).toEqual(['mo', 'owner']);
    const { data: left } = await kit.owner.participants.list(id, { state: 'left' });
    expect(left.map(({ userId }) => userId)).toEqual(['grace']);
    await kit.owner.participants.add(id, [{ userId: 'grace' }]);
    expect(await codeOf(grace.items.append(id, hello))).toBe('none');
  });

  test('that is muted reads and does not write, until the time is over', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group' });
    const grace = as(kit, 'grace');
    const mutedUntil = new Date(kit.clock.nowMs + 60_000).toISOString();
    await as(kit, 'mo').participants.update(id, [{ userId: 'grace', mutedUntil }]);
    expect(await codeOf(grace.items.list(id))).toBe('none');
    expect(await codeOf(grace.items.append(id, hello))).toBe('forbidden');
    kit.clock.advance(60_000);
    expect(await codeOf(grace.items.append(id, hello))).toBe('none');
    await kit.owner.participants.update(id, [
      { userId: 'grace', mutedUntil: '2999-01-01T00:00:00+01:00' },
    ]);
    expect(await codeOf(grace.items.append(id, hello))).toBe('forbidden');
    await kit.owner.participants.update(id, [{ userId: 'grace', mutedUntil: null }]);
    expect(await codeOf(grace.items.append(id, hello))).toBe('none');
  });

  test.each(['assistant', 'group', 'channel', 'feed'] as const)(
    'that is muted reads nothing once it is gone: %s',
    async (mode) => {
      await using kit = await openKit();
      const mutedUntil = '2999-01-01T00:00:00Z';
      for (const visibility of ['private', 'public'] as const) {
        const id = await withPeople(kit, { mode, visibility });
        const grace = as(kit, 'grace');
        await kit.owner.participants.update(id, [
          { userId: 'grace', mutedUntil },
          { userId: 'mo', mutedUntil },
        ]);
        await grace.participants.leave(id);
        await kit.owner.participants.remove(id, ['mo']);
        for (const caller of [grace, as(kit, 'mo')]) {
          const reads = visibility === 'public' ? 'none' : 'not_found';
          expect(await codeOf(caller.items.list(id))).toBe(reads);
          expect(await codeOf(caller.threads.live(id).next())).toBe(reads);
          const refused = visibility === 'public' ? 'forbidden' : 'not_found';
          expect(await codeOf(caller.items.append(id, hello))).toBe(refused);
          expect(await codeOf(caller.participants.join(id))).toBe(refused);
        }
      }
    },
  );

  test('lifts no mute but as a moderator may set one', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group' });
    await kit.owner.participants.add(id, [{ userId: 'moe', role: 'moderator' }]);
    const mutedUntil = '2999-01-01T00:00:00Z';
    await kit.owner.participants.update(id, [
      { userId: 'grace', mutedUntil },
      { userId: 'moe', mutedUntil },
    ]);
    const lift = (caller: string, userId: string, more: object = {}) =>
      codeOf(as(kit, caller).participants.update(id, [{ userId, mutedUntil: null, ...more }]));
    expect(await lift('grace', 'grace')).toBe('forbidden');
    expect(await lift('grace', 'grace', { pinned: true, notify: 'all' })).toBe('forbidden');
    expect(await lift('moe', 'moe')).toBe('forbidden');
    expect(await lift('mo', 'moe')).toBe('forbidden');
    expect(await codeOf(as(kit, 'grace').items.append(id, hello))).toBe('forbidden');
    expect(await lift('mo', 'grace')).toBe('none');
    expect(await codeOf(as(kit, 'grace').items.append(id, hello))).toBe('none');
  });

  test('that is banned from a public thread reads as all do, and neither writes nor joins', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const troll = as(kit, 'troll');
    await troll.items.append(id, hello);
    await kit.owner.participants.update(id, [{ userId: 'troll', state: 'banned' }]);
    expect(await codeOf(troll.items.list(id))).toBe('none');
    expect(await codeOf(troll.items.append(id, hello))).toBe('forbidden');
    expect(await codeOf(troll.participants.join(id))).toBe('forbidden');
    // A stranger can be kept out before they come.
    await kit.owner.participants.update(id, [{ userId: 'stranger', state: 'banned' }]);
    expect(await codeOf(as(kit, 'stranger').items.append(id, hello))).toBe('forbidden');
    await kit.owner.participants.update(id, [{ userId: 'troll', state: 'joined' }]);
    expect(await codeOf(troll.items.append(id, hello))).toBe('none');
    const group = await withPeople(kit, { mode: 'group' });
    await kit.owner.participants.update(group, [{ userId: 'grace', state: 'banned' }]);
    expect(await codeOf(as(kit, 'grace').items.list(group))).toBe('not_found');
  });

  test('joins a public thread by writing, and a public channel by joining', async () => {
    await using kit = await openKit();
    const room = await kit.thread({ mode: 'public', visibility: 'public' });
    await kit.other.items.append(room.id, hello);
    expect(await idsOf(kit.owner, room.id)).toEqual(['other', 'owner']);
    const news = await kit.thread({ mode: 'channel', visibility: 'public' });
    expect(await kit.other.participants.join(news.id)).toMatchObject({ state: 'joined' });
    expect(await kit.other.participants.join(news.id)).toMatchObject({ state: 'joined' });
    expect(await codeOf(kit.other.items.append(news.id, hello))).toBe('forbidden');
    await kit.other.participants.leave(news.id);
    await kit.other.participants.leave(room.id);
    for (const mode of ['assistant', 'group', 'feed', 'direct'] as const) {
      const { id } = await kit.thread({
        mode,
        ...(mode !== 'direct' && { visibility: 'public' as const }),
      });
      const refusal = mode === 'direct' ? 'not_found' : 'forbidden';
      expect([mode, await codeOf(kit.other.participants.join(id))]).toEqual([mode, refusal]);
    }
    expect(await codeOf(kit.anonymous.participants.join(room.id))).toBe('unauthenticated');
  });

  test('keeps its pin and notifications to itself', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group' });
    const grace = as(kit, 'grace');
    const [own] = await grace.participants.update(id, [
      { userId: 'grace', pinned: true, notify: 'mentions' },
    ]);
    expect(own).toMatchObject({ pinned: true, notify: 'mentions' });
    const seen = await kit.owner.participants.get(id, 'grace');
    expect(seen).not.toHaveProperty('pinned');
    expect(seen).not.toHaveProperty('notify');
    const theirs = kit.owner.participants.update(id, [{ userId: 'grace', pinned: false }]);
    expect(await codeOf(theirs)).toBe('forbidden');
    // The owner of an assistant's thread has a row as soon as something is kept of them.
    const alone = await kit.thread();
    expect(await kit.rows(participants, [alone.id])).toEqual([]);
    await kit.owner.participants.update(alone.id, [{ userId: 'owner', pinned: true }]);
    expect(await kit.owner.participants.get(alone.id, 'owner')).toMatchObject({
      role: 'owner',
      pinned: true,
    });
  });
});

describe('who may change whom', () => {
  test('moderators have no say over the owner, over each other, and over roles', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group' });
    await kit.owner.participants.add(id, [{ userId: 'moe', role: 'moderator' }]);
    const mo = as(kit, 'mo').participants;
    expect(await codeOf(mo.remove(id, ['moe']))).toBe('forbidden');
    expect(await codeOf(mo.remove(id, ['owner']))).toBe('conflict');
    expect(await codeOf(mo.update(id, [{ userId: 'moe', state: 'banned' }]))).toBe('forbidden');
    expect(await codeOf(mo.update(id, [{ userId: 'owner', state: 'banned' }]))).toBe('conflict');
    expect(await codeOf(mo.update(id, [{ userId: 'grace', role: 'moderator' }]))).toBe('forbidden');
    expect(await codeOf(mo.add(id, [{ userId: 'x', role: 'moderator' }]))).toBe('forbidden');
    expect(await codeOf(mo.add(id, [{ userId: 'x' }]))).toBe('none');
    expect(await codeOf(kit.owner.participants.remove(id, ['moe']))).toBe('none');
  });

  test('participants and strangers change nobody', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group', visibility: 'public' });
    for (const caller of [as(kit, 'grace'), kit.other]) {
      for (const attempt of [
        caller.participants.add(id, [{ userId: 'x' }]),
        caller.participants.remove(id, ['mo']),
        caller.participants.update(id, [{ userId: 'mo', role: 'participant' }]),
        caller.participants.update(id, [{ userId: 'mo', state: 'banned' }]),
        caller.participants.handOver(id, { userId: 'grace' }),
        caller.threads.update([{ id, mode: 'channel' }]),
      ]) {
        expect(await codeOf(attempt)).toBe('forbidden');
      }
    }
  });

  test('one call is one commit: if a part is refused, nothing has changed', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group' });
    const before = await kit.rows(participants, [id]);
    const mo = as(kit, 'mo').participants;
    expect(await codeOf(mo.remove(id, ['grace', 'owner']))).toBe('conflict');
    const updates = [
      { userId: 'grace', mutedUntil: '2999-01-01T00:00:00Z' },
      { userId: 'nobody', answers: 'always' as const },
    ];
    expect(await issuesOf(mo.update(id, updates))).toEqual(['updates.1.answers']);
    expect(await kit.rows(participants, [id])).toEqual(before);
  });

  test('a group has a bound, and joining again does not count twice', async () => {
    await using kit = await openKit({ limits: { participantsMax: 4 } });
    const id = await withPeople(kit, { mode: 'group' });
    await kit.owner.participants.add(id, [{ userId: 'grace' }, { userId: 'a' }]);
    expect(await codeOf(kit.owner.participants.add(id, [{ userId: 'b' }]))).toBe('conflict');
    await as(kit, 'grace').participants.leave(id);
    expect(await codeOf(kit.owner.participants.add(id, [{ userId: 'b' }]))).toBe('none');
    const all = times(7, (i) => ({ userId: `user-${i}` }));
    const channel = await kit.thread({ mode: 'channel', participants: all });
    expect(await idsOf(kit.owner, channel.id)).toHaveLength(8);
  });
});

describe('a thread', () => {
  test('is handed over to a participant who accepts', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group', tags: ['t'] });
    const grace = as(kit, 'grace');
    expect(await codeOf(grace.participants.handOver(id, { userId: 'grace' }))).toBe('forbidden');
    const stranger = kit.owner.participants.handOver(id, { userId: 'stranger' });
    expect(await issuesOf(stranger)).toEqual(['userId']);
    const offered = await kit.owner.participants.handOver(id, { userId: 'grace' });
    expect(offered).toMatchObject({ ownerId: 'owner', offeredTo: 'grace' });
    const taken = await grace.participants.handOver(id, { userId: 'grace' });
    expect(taken.ownerId).toBe('grace');
    expect(taken).not.toHaveProperty('offeredTo');
    expect(await kit.owner.participants.get(id, 'owner')).toMatchObject({ role: 'moderator' });
    expect(await codeOf(kit.owner.threads.update([{ id, title: 'mine' }]))).toBe('forbidden');
    expect((await grace.threads.list({ tag: 't' })).data.map((thread) => thread.id)).toEqual([id]);
    expect((await kit.owner.threads.list({ tag: 't' })).data).toEqual([]);
    const alone = await kit.thread();
    const handing = kit.owner.participants.handOver(alone.id, { userId: 'grace' });
    expect(await codeOf(handing)).toBe('conflict');
  });

  test('of an assistant becomes a group in which nobody speaks for another', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.append(id, { text: 'my secret', private: true });
    await kit.append(id, { role: 'assistant', text: 'its answer' });
    await kit.owner.threads.update([{ id, mode: 'group' }]);
    await kit.owner.participants.add(id, [{ userId: 'grace' }]);
    expect(textsIn((await as(kit, 'grace').items.list(id)).data)).toEqual(['its answer']);
    expect(textsIn((await kit.owner.items.list(id)).data)).toEqual(['my secret', 'its answer']);
    expect(await codeOf(kit.append(id, { role: 'assistant', text: 'forged' }))).toBe('forbidden');
    for (const mode of ['assistant', 'public', 'direct', 'feed'] as const) {
      expect(await codeOf(kit.owner.threads.update([{ id, mode }]))).toBe('conflict');
    }
  });

  test('that is a group becomes a channel, and back, with all who take part', async () => {
    await using kit = await openKit({ limits: { participantsMax: 200 } });
    const { id } = await kit.thread({ mode: 'group' });
    for (let i = 0; i < 2; i++) {
      await kit.owner.participants.add(
        id,
        times(80, (n) => ({ userId: `u${i}-${n}` })),
      );
    }
    const placed = async (): Promise<(string | undefined)[]> => {
      await settled(kit);
      const rows = await kit.rows(participants, [id]);
      return [...new Set(rows.map(({ bigAt, listedAt }) => `${!!bigAt} ${!!listedAt}`))];
    };
    expect(await placed()).toEqual(['false true']);
    await kit.owner.threads.update([{ id, mode: 'channel' }]);
    expect(await placed()).toEqual(['true false']);
    await kit.owner.threads.update([{ id, mode: 'group' }]);
    expect(await placed()).toEqual(['false true']);
    const full = kit.owner.participants.add(
      id,
      times(80, (n) => ({ userId: `more-${n}` })),
    );
    expect(await codeOf(full)).toBe('conflict');
  });
});

describe('live readers', () => {
  test('hear who comes, goes and is muted; one that is removed hears no more', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'grace' }] });
    const tail = kit.owner.threads.live(id);
    const theirs = as(kit, 'grace').threads.live(id);
    await tail.next();
    await theirs.next();
    await kit.owner.participants.add(id, [{ userId: 'mo', role: 'moderator' }]);
    await kit.owner.participants.remove(id, ['grace']);
    await kit.say(id, 'secret');
    const names: string[] = [];
    for await (const event of tail) {
      names.push(nameOf(event));
      if (event.type === 'item') break;
    }
    expect(names.filter((name) => name !== 'head')).toEqual([
      'joined mo moderator',
      'left grace participant',
      'item',
    ]);
    const heard: string[] = [];
    for await (const event of theirs) heard.push(nameOf(event));
    expect(heard).not.toContain('item');
  });

  test('hear when a mute is lifted', async () => {
    await using kit = await openKit();
    const id = await withPeople(kit, { mode: 'group' });
    const mutedUntil = '2999-01-01T00:00:00Z';
    await kit.owner.participants.update(id, [{ userId: 'grace', mutedUntil }]);
    const tail = as(kit, 'grace').threads.live(id);
    await tail.next();
    await kit.owner.participants.update(id, [{ userId: 'grace', mutedUntil: null }]);
    await kit.say(id, 'after');
    const names: string[] = [];
    for await (const event of tail) {
      names.push(nameOf(event));
      if (event.type === 'item') break;
    }
    expect(names).toContain('joined grace participant');
  });

  test('of a channel hear of roles and bans, and not of who joins', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ mode: 'channel', visibility: 'public' });
    const tail = kit.owner.threads.live(id);
    await tail.next();
    await kit.other.participants.join(id);
    await kit.owner.participants.update(id, [{ userId: 'other', role: 'moderator' }]);
    const next = await tail.next();
    expect(next.value && nameOf(next.value)).toBe('joined other moderator');
    await tail.return();
  });

  function nameOf(event: LiveEvent): string {
    if (event.type !== 'participant') return event.type;
    const { state, userId, role } = event.participant;
    return `${state} ${userId} ${role}`;
  }
});
