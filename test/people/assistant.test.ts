/** The chat of one person and a model, which a second person joins. */
import { describe, expect, test } from 'vitest';
import { scripted, textChunks } from '../support/domain/responders-for-testing.ts';
import { textIn } from '../support/store/store-kit-for-testing.ts';
import {
  allRead,
  PeopleKitForTesting,
  peoplePlaces,
} from '../support/server/people-kit-for-testing.ts';

/** Says what it was asked. */
const model = scripted(
  ({ items }) =>
    textChunks(
      `To ${textIn(items.findLast(({ role }) => role === 'user')!).replace(/^(?:@\S+)?\s*/, '')}`,
    ),
  'test/model',
);

describe.each(peoplePlaces)('a chat with a model, on $name', (place) => {
  test('a second person reads and asks in it, and learns nothing that was private', async () => {
    await using kit = await PeopleKitForTesting.open(place, { responders: [model] });
    const { ada, bob } = kit.people('ada', 'bob');
    const [thread] = await ada.api.threads.create([{ title: 'Trip' }]);
    const { id } = thread!;
    await (
      await ada.api.runs.start(id, { input: 'Where?' })
    ).done;
    const secret = { role: 'user', text: 'My PIN is 1234', private: true } as const;
    await (
      await ada.api.runs.start(id, { input: [secret] })
    ).done;
    expect(await bob.status('GET', `/v1/threads/${id}/items`)).toBe(404);
    const adaLive = await ada.follow(id);

    await ada.api.participants.add(id, [{ userId: 'bob' }]);
    await adaLive.hearsParticipant('bob', 'joined');
    await allRead([bob], id, ['Where?', 'To Where?']);
    const bobLive = await bob.follow(id);
    const { run, done } = await bob.api.runs.start(id, { input: 'When?' });
    expect(run).toMatchObject({ userId: 'bob' });
    expect(await done).toMatchObject({ status: 'completed' });
    for (const live of [adaLive, bobLive]) await live.hearsText('To When?');
    const again = await ada.api.runs.start(id, { input: [{ ...secret, text: 'Another PIN' }] });
    await again.done;
    await adaLive.hearsText('To Another PIN');
    await ada.say(id, 'Good');
    for (const live of [adaLive, bobLive]) await live.hearsText('Good');

    const open = ['Where?', 'To Where?', 'When?', 'To When?', 'Good'];
    await allRead([bob], id, open);
    expect(bobLive.texts(id)).toEqual(['When?', 'To When?', 'Good']);
    expect(JSON.stringify([bobLive.bySocket, bobLive.byEvents])).not.toMatch(/PIN/);
    expect((await ada.reads(id)).filter((text) => text.includes('PIN'))).toHaveLength(4);
    // Nor by the runs, a copy or the summary of the thread.
    expect(JSON.stringify(await bob.api.runs.list(id))).not.toMatch(/PIN/);
    const [fork] = await bob.api.threads.fork([{ threadId: id }]);
    expect(await bob.reads(fork!.id)).toEqual(open);

    await ada.api.participants.remove(id, ['bob']);
    await bobLive.hearsEnd(id);
    expect(await bob.status('POST', `/v1/threads/${id}/runs`, { input: 'Still?' })).toBe(404);
  });

  test('it becomes a group in which the model answers those who mention it', async () => {
    await using kit = await PeopleKitForTesting.open(place, { responders: [model] });
    const { ada, bob } = kit.people('ada', 'bob');
    const [thread] = await ada.api.threads.create([{ title: 'Trip' }]);
    const { id } = thread!;
    await (
      await ada.api.runs.start(id, { input: 'Where?' })
    ).done;
    await ada.api.threads.update([{ id, mode: 'group' }]);
    await ada.api.participants.add(id, [{ userId: 'bob' }, { userId: 'agent:test/model' }]);
    const live = [await ada.follow(id), await bob.follow(id)];
    await bob.say(id, 'This is for Ada');
    const mention = { type: 'mention', userId: 'agent:test/model' };
    await bob.api.items.append(id, [
      { role: 'user', parts: [mention, { type: 'text', text: 'When?' }] },
    ]);
    for (const one of live) await one.hearsText('To When?');
    await allRead([ada, bob], id, ['Where?', 'To Where?', 'This is for Ada', 'When?', 'To When?']);
  });
});
