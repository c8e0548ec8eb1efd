import { describe, expect, test } from 'vitest';
import type { ProjectApi } from '../../api/project-api.ts';
import type { TurnContext } from '../../api/responder.ts';
import type { AnswerRule } from '../../api/participation.ts';
import { asks } from '../../records/tables.ts';
import {
  agent,
  groupOf,
  kitOf,
  mention,
  quiet,
  said,
  type Respond,
} from '../../../test/support/domain/agents-for-testing.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { codeOf } from '../../../test/support/store/store-kit-for-testing.ts';
import { textOf } from '../../shared/parts.ts';

describe('an agent in a group', () => {
  test('answers when it is mentioned, under its own id, and the run stores who asked', async () => {
    await using kit = await kitOf(agent('helper'));
    const id = await groupOf(kit, { helper: 'mentioned' });
    await kit.say(id, 'Hello all.');
    expect(await quiet(kit, id)).toEqual([]);
    const [question] = await kit.other.items.append(id, [mention('agent:helper')]);
    expect(said(await quiet(kit, id))).toEqual([['agent:helper', 'I am helper.']]);
    const { data } = await kit.owner.runs.list(id);
    expect(data).toMatchObject([
      {
        agent: 'helper',
        authorId: 'agent:helper',
        userId: 'other',
        links: 1,
        inputItemId: question!.id,
        status: 'completed',
        attempt: 1,
      },
    ]);
  });

  test.each<[AnswerRule, number]>([
    ['always', 2],
    ['mentioned', 1],
    ['never', 0],
  ])('that answers %s gives %i answers', async (answers, count) => {
    await using kit = await kitOf(agent('helper'));
    const id = await groupOf(kit, { helper: answers });
    await kit.say(id, 'Hello all.');
    await quiet(kit, id);
    await kit.other.items.append(id, [mention('agent:helper')]);
    expect(await quiet(kit, id)).toHaveLength(count);
  });

  test('answers as its rule is changed to', async () => {
    await using kit = await kitOf(agent('helper'));
    const id = await groupOf(kit, { helper: 'never' });
    const change = { userId: 'agent:helper', answers: 'always' } as const;
    expect(await codeOf(kit.other.participants.update(id, [change]))).toBe('forbidden');
    const [row] = await kit.owner.participants.update(id, [change]);
    expect(row).toMatchObject({ userId: 'agent:helper', answers: 'always' });
    await kit.say(id, 'Hello.');
    expect(await quiet(kit, id)).toHaveLength(1);
  });

  test('answers the first message of a thread that is created with it', async () => {
    await using kit = await kitOf(agent('helper'));
    const thread = await kit.thread({
      mode: 'group',
      participants: [{ userId: 'agent:helper', answers: 'always' }],
      items: [{ role: 'user', text: 'Hello.' }],
    });
    expect(await quiet(kit, thread.id)).toHaveLength(1);
  });

  test('answers neither an edit, nor what is hidden, nor what a server says for an agent', async () => {
    await using kit = await kitOf(agent('helper'));
    const id = await groupOf(kit, { helper: 'always' });
    const [item] = await kit.say(id, 'Hello.');
    await quiet(kit, id);
    await kit.owner.items.append(id, [{ role: 'user', text: 'Hallo.', replacesId: item!.id }]);
    await kit.host.items.append(id, [
      { role: 'user', text: 'Hidden.', visibility: 'hidden' },
      { role: 'user', text: 'An agent.', authorId: 'agent:other' },
      { role: 'system', text: 'Be kind.' },
      { role: 'assistant', text: 'By hand.' },
    ]);
    expect(said(await quiet(kit, id)).filter(([author]) => author)).toHaveLength(1);
    expect((await kit.owner.runs.list(id)).data).toHaveLength(1);
  });

  test('answers a message once, however often the append is repeated', async () => {
    await using kit = await kitOf(agent('helper'));
    const id = await groupOf(kit, { helper: 'always' });
    for (let attempt = 0; attempt < 3; attempt++) {
      await kit.owner.items.append(id, [{ role: 'user', text: 'Once.', key: 'k' }]);
      await kit.owner.items.append(id, [{ role: 'user', text: 'Twice.' }], { idempotencyKey: 'i' });
      await quiet(kit, id);
    }
    expect((await kit.owner.runs.list(id)).data).toHaveLength(2);
  });
});

test('what is said meanwhile is answered together, by one later run', async () => {
  const hung = gate();
  const asked: string[][] = [];
  const helper = agent('helper', async function* ({ items }: TurnContext) {
    asked.push(items.map(({ parts }) => textOf(parts)));
    if (asked.length === 1) await hung.opened;
    yield* textChunks(`answer ${asked.length}`);
  });
  await using kit = await kitOf(helper);
  const id = await groupOf(kit, { helper: 'always' });
  await kit.say(id, 'one');
  await until(() => Promise.resolve(asked.length === 1));
  for (const text of ['two', 'three', 'four']) await kit.say(id, text);
  await kit.other.items.append(id, [{ role: 'user', text: 'five' }]);
  hung.open();
  expect(said(await quiet(kit, id)).map(([, text]) => text)).toEqual(['answer 1', 'answer 2']);
  expect(asked).toEqual([['one'], ['one', 'answer 1', 'two', 'three', 'four', 'five']]);
  const { data } = await kit.owner.runs.list(id);
  expect(data.map(({ userId }) => userId)).toEqual(['owner', 'other']);
});

describe('agents among themselves', () => {
  test('two that always answer end by themselves', async () => {
    await using kit = await kitOf(agent('a'), agent('b'));
    const id = await groupOf(kit, { a: 'always', b: 'always' });
    await kit.say(id, 'Hello.');
    expect(said(await quiet(kit, id))).toEqual([
      ['agent:a', 'I am a.'],
      ['agent:b', 'I am b.'],
    ]);
  });

  const byPart =
    (userId: string): Respond =>
    () => [
      ...textChunks('Your turn,').slice(0, -1),
      { type: 'data-mention', data: { userId } },
      { type: 'finish' },
    ];
  const byText =
    (name: string): Respond =>
    () =>
      textChunks(`@${name}, your turn.`);

  test.each([
    ['parts', byPart('agent:a'), byPart('agent:b')],
    ['names', byText('a'), byText('b')],
  ])('that mention each other for ever by %s stop at three', async (_how, ofA, ofB) => {
    await using kit = await kitOf(agent('a', ofB), agent('b', ofA));
    const id = await groupOf(kit, { a: 'mentioned', b: 'mentioned' });
    await kit.other.items.append(id, [mention('agent:a')]);
    const answers = await quiet(kit, id);
    expect(answers.map(({ authorId }) => authorId)).toEqual(['agent:a', 'agent:b', 'agent:a']);
    const { data } = await kit.owner.runs.list(id);
    expect(data.map(({ links, userId }) => [links, userId])).toEqual([
      [1, 'other'],
      [2, 'other'],
      [3, 'other'],
    ]);
    expect(data.map(({ inputItemId }) => inputItemId).slice(1)).toEqual(
      answers.slice(0, 2).map((item) => item.id),
    );
    await kit.other.items.append(id, [mention('agent:b')]);
    expect(await quiet(kit, id)).toHaveLength(6);
  });

  test('a message that mentions two is answered by both', async () => {
    await using kit = await kitOf(agent('a'), agent('b'));
    const id = await groupOf(kit, { a: 'mentioned', b: 'mentioned' });
    const parts = ['agent:b', 'agent:a'].map((userId) => ({ type: 'mention', userId }));
    await kit.owner.items.append(id, [{ role: 'user', parts }]);
    const authors = (await quiet(kit, id)).map(({ authorId }) => authorId);
    expect(authors.toSorted()).toEqual(['agent:a', 'agent:b']);
  });
});

describe('who may add agents', () => {
  const helper = { userId: 'agent:helper', answers: 'always' } as const;

  test('are those who lead the thread, and only agents of the configuration', async () => {
    await using kit = await kitOf(agent('helper'), { ...scripted(() => []), name: 'lab/model' });
    const { id } = await kit.thread({ mode: 'group', participants: [{ userId: 'other' }] });
    const add = (as: ProjectApi, one: object): Promise<unknown> =>
      as.participants.add(id, [one as typeof helper]);
    expect(await codeOf(add(kit.other, helper))).toBe('forbidden');
    expect(await codeOf(add(kit.foreigner, helper))).toBe('not_found');
    await expect(add(kit.owner, { userId: 'agent:nobody' })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ path: 'participants.0.userId', message: expect.stringContaining('agent:helper') }],
    });
    expect(await codeOf(add(kit.owner, { ...helper, role: 'moderator' }))).toBe('invalid_request');
    expect(await codeOf(add(kit.owner, { userId: 'other', answers: 'always' }))).toBe(
      'invalid_request',
    );
    expect(await codeOf(kit.thread({ participants: [{ userId: 'agent:x' }] }))).toBe(
      'invalid_request',
    );
    await kit.owner.participants.update(id, [{ userId: 'other', role: 'moderator' }]);
    const [added] = await kit.other.participants.add(id, [{ userId: 'agent:helper' }]);
    expect(added).toMatchObject({ answers: 'mentioned', addedBy: 'other', role: 'participant' });
    const [model] = await kit.owner.participants.add(id, [{ userId: 'agent:lab/model' }]);
    expect(model).toMatchObject({ userId: 'agent:lab/model', state: 'joined' });
  });

  test('no direct thread has one', async () => {
    await using kit = await kitOf(agent('helper'));
    const { id } = await kit.owner.direct.open('other');
    expect(await codeOf(kit.owner.participants.add(id, [helper]))).toBe('forbidden');
  });
});

describe('an agent that is kept out', () => {
  const ways: [string, (as: ProjectApi, id: string) => Promise<unknown>][] = [
    ['removed', (as, id) => as.participants.remove(id, ['agent:helper'])],
    [
      'banned',
      (as, id) => as.participants.update(id, [{ userId: 'agent:helper', state: 'banned' }]),
    ],
    [
      'muted',
      (as, id) => {
        const mutedUntil = new Date(Date.now() + 3_600_000).toISOString();
        return as.participants.update(id, [{ userId: 'agent:helper', mutedUntil }]);
      },
    ],
  ];

  test.each(ways)(
    'because it was %s stops in mid-word, and answers no more',
    async (_way, keep) => {
      const hung = gate();
      const helper = agent('helper', async function* () {
        yield* textChunks('Half').slice(0, 4);
        await hung.opened;
        yield* textChunks('More');
      });
      await using kit = await kitOf(helper);
      const id = await groupOf(kit, { helper: 'always' });
      await kit.say(id, 'one');
      await until(async () => (await kit.owner.streams.active(id))?.lastEventId !== undefined);
      await kit.say(id, 'two');
      await keep(kit.owner, id);
      await kit.other.items.append(id, [mention('agent:helper')]);
      const { data } = await kit.owner.runs.list(id);
      expect(data).toMatchObject([{ status: 'cancelled' }]);
      hung.open();
      expect(said(await quiet(kit, id))).toEqual([['agent:helper', 'Half']]);
      expect(await kit.rows(asks)).toEqual([]);
      if (_way === 'removed') return;
      const asked = kit.owner.runs.start(id, { input: 'Now.', agent: 'helper' });
      expect(await codeOf(asked)).toBe('forbidden');
    },
  );

  test('does not answer those who were kept out after they asked', async () => {
    const hung = gate();
    const helper = agent('helper', async function* () {
      await hung.opened;
      yield* textChunks('Yes.');
    });
    await using kit = await kitOf(helper);
    const id = await groupOf(kit, { helper: 'mentioned' });
    await kit.owner.items.append(id, [mention('agent:helper')]);
    await kit.other.items.append(id, [mention('agent:helper')]);
    await kit.owner.participants.remove(id, ['other']);
    hung.open();
    await quiet(kit, id);
    expect((await kit.owner.runs.list(id)).data.map(({ userId }) => userId)).toEqual(['owner']);
  });
});
