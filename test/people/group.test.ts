/** A group: people are invited and removed while others talk. */
import { describe, expect, test } from 'vitest';
import {
  allRead,
  PeopleKitForTesting,
  peoplePlaces,
} from '../support/server/people-kit-for-testing.ts';

describe.each(peoplePlaces)('a group, on $name', (place) => {
  test('is read and written by who is invited, until they are removed in mid-conversation', async () => {
    await using kit = await PeopleKitForTesting.open(place);
    const { ada, bob, carol } = kit.people('ada', 'bob', 'carol');
    const [thread] = await ada.api.threads.create([
      { mode: 'group', participants: [{ userId: 'bob' }] },
    ]);
    const { id } = thread!;
    const items = `/v1/threads/${id}/items`;
    const hello = { items: [{ role: 'user', text: 'Not heard' }] };
    const [adaLive, bobLive] = [await ada.follow(id), await bob.follow(id)];
    await ada.say(id, 'Hello Bob');
    await bobLive.hearsText('Hello Bob');
    expect(await carol.status('GET', items)).toBe(404);
    expect(await carol.status('POST', items, hello)).toBe(404);
    // One who takes part and does not lead invites no one.
    const invited = { participants: [{ userId: 'carol' }] };
    expect(await bob.status('POST', `/v1/threads/${id}/participants`, invited)).toBe(403);

    await ada.api.participants.add(id, [{ userId: 'carol' }]);
    await bobLive.hearsParticipant('carol', 'joined');
    await allRead([carol], id, ['Hello Bob']);
    const carolLive = await carol.follow(id);
    await carol.say(id, 'Hello all');
    for (const live of [adaLive, bobLive, carolLive]) await live.hearsText('Hello all');

    await ada.api.participants.remove(id, ['carol']);
    for (const live of [adaLive, bobLive]) await live.hearsParticipant('carol', 'left');
    expect(await carol.status('POST', items, hello)).toBe(404);
    expect(await carol.status('GET', items)).toBe(404);
    await carolLive.hearsEnd(id);
    await bob.say(id, 'She has gone');
    for (const live of [adaLive, bobLive]) await live.hearsText('She has gone');
    expect(carolLive.texts(id)).toEqual(['Hello all']);
    const all = ['Hello Bob', 'Hello all', 'She has gone'];
    await allRead([ada, bob], id, all);
    for (const live of [adaLive, bobLive]) expect(live.texts(id)).toEqual(all);
  });

  test('is heard by everybody once and in one order, however many talk at once', async () => {
    await using kit = await PeopleKitForTesting.open(place);
    const people = Object.values(kit.people('ada', 'bob', 'carol', 'dave'));
    const [ada, ...others] = people;
    const [thread] = await ada!.api.threads.create([
      { mode: 'group', participants: others.map(({ userId }) => ({ userId })) },
    ]);
    const { id } = thread!;
    const readers = await Promise.all(people.map((person) => person.follow(id)));
    await Promise.all(
      people.map(async ({ userId, say }) => {
        for (let i = 0; i < 10; i++) await say(id, `${userId} ${i}`);
        await say(id, `${userId} is done`);
      }),
    );
    for (const reader of readers) {
      for (const { userId } of people) await reader.hearsText(`${userId} is done`);
    }
    const log = await ada!.reads(id);
    expect(log).toHaveLength(44);
    for (const reader of readers) expect(reader.texts(id)).toEqual(log);
  });
});
