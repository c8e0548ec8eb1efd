/** Two people who talk to each other, as they and others meet them over HTTP and live. */
import { describe, expect, test } from 'vitest';
import {
  allRead,
  PeopleKitForTesting,
  peoplePlaces,
} from '../support/server/people-kit-for-testing.ts';

describe.each(peoplePlaces)('a direct thread, on $name', (place) => {
  test('is one for the two, whoever opens it, and for nobody else', async () => {
    await using kit = await PeopleKitForTesting.open(place);
    const { ada, bob, eve } = kit.people('ada', 'bob', 'eve');
    const opened = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? ada.api.direct.open('bob') : bob.api.direct.open('ada'),
      ),
    );
    const [id] = new Set(opened.map((thread) => thread.id));
    expect(new Set(opened.map((thread) => thread.id)).size).toBe(1);
    // The other one hears nothing of it before there is something to read.
    const other = opened[0]!.ownerId === 'ada' ? bob : ada;
    expect((await other.api.threads.list({ participating: true })).data).toEqual([]);

    const [adaLive, bobLive] = [await ada.follow(id!), await bob.follow(id!)];
    await ada.say(id!, 'Hello Bob');
    await bobLive.hearsText('Hello Bob');
    const { data } = await bob.api.threads.list({ participating: true });
    expect(data).toMatchObject([{ id, unread: 1, otherUser: { id: 'ada' } }]);
    await bob.say(id!, 'Hello Ada');
    await adaLive.hearsText('Hello Ada');
    await allRead([ada, bob], id!, ['Hello Bob', 'Hello Ada']);

    const eveLive = await eve.follow(id!);
    await eveLive.hearsEnd(id!);
    const items = `/v1/threads/${id!}/items`;
    const hello = { items: [{ role: 'user', text: 'Hello both' }] };
    expect(await eve.status('GET', items)).toBe(404);
    expect(await eve.status('POST', items, hello)).toBe(404);
    const third = { participants: [{ userId: 'eve' }] };
    for (const one of [ada, bob]) {
      expect(await one.status('POST', `/v1/threads/${id!}/participants`, third)).not.toBe(201);
      expect(await one.status('POST', `/v1/threads/${id!}/shares`, {})).not.toBe(201);
    }
    expect(await ada.status('PUT', '/v1/direct/ada/thread')).toBe(400);
    await allRead([ada, bob], id!, ['Hello Bob', 'Hello Ada']);
    expect(adaLive.texts(id!)).toEqual(['Hello Bob', 'Hello Ada']);
    expect(bobLive.texts(id!)).toEqual(['Hello Bob', 'Hello Ada']);
    expect(eveLive.texts(id!)).toEqual([]);
  });

  test('is hidden for who leaves until the other writes, and gone once both have left', async () => {
    await using kit = await PeopleKitForTesting.open(place);
    const { ada, bob } = kit.people('ada', 'bob');
    const { id } = await ada.api.direct.open('bob');
    await ada.say(id, 'Hello Bob');
    await bob.api.participants.leave(id);
    expect((await bob.api.threads.list({ participating: true })).data).toEqual([]);
    await ada.say(id, 'Are you there?');
    expect((await bob.api.threads.list({ participating: true })).data).toMatchObject([{ id }]);
    for (const one of [ada, bob]) await one.api.participants.leave(id);
    expect(await ada.status('GET', `/v1/threads/${id}/items`)).toBe(404);
    expect(await bob.status('GET', `/v1/threads/${id}/items`)).toBe(404);
    expect((await ada.api.direct.open('bob')).itemCount).toBe(0);
  });
});
