/** A public thread: strangers read and write, and one of them is kept out. */
import { describe, expect, test } from 'vitest';
import {
  allRead,
  PeopleKitForTesting,
  peoplePlaces,
} from '../support/server/people-kit-for-testing.ts';

describe.each(peoplePlaces)('a public thread, on $name', (place) => {
  test('strangers read and write, anonymous callers read, and who is banned writes no more', async () => {
    await using kit = await PeopleKitForTesting.open(place);
    const { ada, bob, troll } = kit.people('ada', 'bob', 'troll');
    const anonymous = kit.anonymous();
    const [thread] = await ada.api.threads.create([{ mode: 'public', visibility: 'public' }]);
    const { id } = thread!;
    const items = `/v1/threads/${id}/items`;
    const live = await Promise.all([ada, bob, troll, anonymous].map((one) => one.follow(id)));
    await bob.say(id, 'Hello from Bob');
    await troll.say(id, 'Hello from me');
    for (const one of live) await one.hearsText('Hello from me');
    expect(await bob.api.participants.get(id, 'bob')).toMatchObject({ state: 'joined' });
    const hello = { items: [{ role: 'user', text: 'Not heard' }] };
    expect(await anonymous.status('POST', items, hello)).toBe(401);

    await ada.api.participants.update(id, [{ userId: 'troll', state: 'banned' }]);
    expect(await troll.status('POST', items, hello)).toBe(403);
    expect(await troll.status('POST', `/v1/threads/${id}/join`)).toBe(403);
    expect(await troll.status('GET', items)).toBe(200);
    await bob.say(id, 'Peace');
    for (const one of live) await one.hearsText('Peace');
    const all = ['Hello from Bob', 'Hello from me', 'Peace'];
    await allRead([ada, bob, troll, anonymous], id, all);
    for (const one of live) expect(one.texts(id)).toEqual(all);

    // Private again: only who takes part has a way in.
    await ada.api.threads.update([{ id, visibility: 'private' }]);
    expect(await anonymous.status('GET', items)).toBe(401);
    expect(await troll.status('GET', items)).toBe(404);
    for (const one of live.slice(2)) await one.hearsEnd(id);
  });
});
