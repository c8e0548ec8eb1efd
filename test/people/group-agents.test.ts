/** A group with two agents, as people meet them over HTTP and live. */
import { describe, expect, test } from 'vitest';
import type { Run } from '../../src/api/run.ts';
import type { NewItem } from '../../src/api/item.ts';
import type { Responder } from '../../src/api/responder.ts';
import type { AnswerRule } from '../../src/api/participation.ts';
import { scripted, textChunks } from '../support/domain/responders-for-testing.ts';
import { until } from '../support/shared/waits-for-testing.ts';
import {
  allRead,
  PeopleKitForTesting,
  peoplePlaces,
  type PersonForTesting,
} from '../support/server/people-kit-for-testing.ts';

function agent(name: string, answer: string): Responder {
  return { ...scripted(() => textChunks(answer), name), kind: 'agent' };
}

const polite = [agent('helper', 'I help.'), agent('critic', 'I doubt.')];
/** Each tells the other to go on. */
const endless = [agent('helper', 'Say more, @critic'), agent('critic', 'And you, @helper')];

async function groupOf(ada: PersonForTesting, answers: AnswerRule): Promise<string> {
  const participants = ['agent:helper', 'agent:critic'].map((userId) => ({ userId, answers }));
  const [thread] = await ada.api.threads.create([
    { mode: 'group', participants: [{ userId: 'bob' }, ...participants] },
  ]);
  return thread!.id;
}

function mention(userId: string, text: string): NewItem {
  return {
    role: 'user',
    parts: [
      { type: 'mention', userId },
      { type: 'text', text },
    ],
  };
}

/** Waits until so many runs have ended. */
async function ended(person: PersonForTesting, id: string, count: number): Promise<Run[]> {
  const runs = async (): Promise<Run[]> => [...(await person.api.runs.list(id)).data];
  const isOver = ({ status }: Run): boolean => status !== 'queued' && status !== 'running';
  await until(async () => (await runs()).filter(isOver).length >= count);
  return runs();
}

describe.each(peoplePlaces)('a group with two agents, on $name', (place) => {
  test('each answers when it is mentioned, to the one who asked, and not when it is out', async () => {
    await using kit = await PeopleKitForTesting.open(place, { responders: polite });
    const { ada, bob } = kit.people('ada', 'bob');
    const id = await groupOf(ada, 'mentioned');
    const live = [await ada.follow(id), await bob.follow(id)];
    await ada.say(id, 'Hello Bob');
    await bob.api.items.append(id, [mention('agent:helper', 'Please help.')]);
    for (const one of live) await one.hearsText('I help.');
    await ada.api.items.append(id, [mention('agent:critic', 'Is it true?')]);
    for (const one of live) await one.hearsText('I doubt.');
    const told = ['Hello Bob', 'Please help.', 'I help.', 'Is it true?', 'I doubt.'];
    await allRead([ada, bob], id, told);
    const runs = await ended(bob, id, 2);
    expect(runs.map(({ authorId, userId, links }) => [authorId, userId, links])).toEqual([
      ['agent:helper', 'bob', 1],
      ['agent:critic', 'ada', 1],
    ]);
    const { data } = await ada.api.items.list(id);
    expect(data.map(({ authorId }) => authorId)).toEqual([
      ...['ada', 'bob', 'agent:helper'],
      ...['ada', 'agent:critic'],
    ]);

    const later = new Date(Date.now() + 3_600_000).toISOString();
    await ada.api.participants.update(id, [{ userId: 'agent:helper', mutedUntil: later }]);
    await bob.api.items.append(id, [mention('agent:helper', 'And now?')]);
    await ada.api.participants.update(id, [{ userId: 'agent:helper', mutedUntil: null }]);
    await ada.api.participants.update(id, [{ userId: 'agent:critic', state: 'banned' }]);
    await bob.api.items.append(id, [mention('agent:critic', 'Are you out?')]);
    // What the other one answers comes after anything that these would have begun.
    await bob.api.items.append(id, [mention('agent:helper', 'Are you back?')]);
    expect(await ended(bob, id, 3)).toHaveLength(3);
    await allRead([ada, bob], id, [
      ...told,
      ...['And now?', 'Are you out?', 'Are you back?', 'I help.'],
    ]);
    for (const one of live) expect(one.texts(id)).toEqual(await ada.reads(id));
  });

  test('both answer each message once, and end by themselves', async () => {
    await using kit = await PeopleKitForTesting.open(place, { responders: polite });
    const { ada, bob } = kit.people('ada', 'bob');
    const id = await groupOf(ada, 'always');
    const live = [await ada.follow(id), await bob.follow(id)];
    for (let i = 1; i <= 3; i++) {
      await (i === 2 ? ada : bob).say(id, `Message ${i}`);
      await ended(bob, id, 2 * i);
    }
    const runs = await ended(ada, id, 6);
    expect(runs).toHaveLength(6);
    const inputs = runs.map(({ authorId, inputItemId }) => `${authorId!} ${inputItemId!}`);
    expect(new Set(inputs).size).toBe(6);
    expect(runs.every(({ status, links }) => status === 'completed' && links === 1)).toBe(true);
    const log = await ada.reads(id);
    expect(log).toHaveLength(9);
    for (const one of live) {
      await until(() => one.texts(id).length >= 9);
      expect(one.texts(id)).toEqual(log);
    }
  });

  test('they stop at three answers though each mentions the other', async () => {
    await using kit = await PeopleKitForTesting.open(place, { responders: endless });
    const { ada, bob } = kit.people('ada', 'bob');
    const id = await groupOf(ada, 'mentioned');
    const live = await bob.follow(id);
    await bob.api.items.append(id, [mention('agent:helper', 'Talk to each other for ever.')]);
    const runs = await ended(bob, id, 3);
    expect(runs.map(({ authorId, links, userId }) => [authorId, links, userId])).toEqual([
      ['agent:helper', 1, 'bob'],
      ['agent:critic', 2, 'bob'],
      ['agent:helper', 3, 'bob'],
    ]);
    // A person goes on, and so do they, again three times.
    await ada.api.items.append(id, [mention('agent:critic', 'And again.')]);
    expect(await ended(bob, id, 6)).toHaveLength(6);
    await live.hearsText('And again.');
  });
});
