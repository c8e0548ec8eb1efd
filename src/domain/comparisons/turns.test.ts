import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  allPages,
  codeOf,
  only,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Turn } from '../../api/comparison.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

let kit: StoreKit;
let respondents: Respondents;
let threadId: string;
const models = ['lab/alpha', 'lab/beta'] as const;

beforeEach(async () => {
  respondents = new Respondents(models);
  kit = await openKit({ responders: respondents });
  threadId = (await kit.thread()).id;
});
afterEach(() => kit[Symbol.asyncDispose]());

const turns = (limit = 50, id = threadId): Promise<Turn[]> =>
  allPages((after) => kit.owner.comparisons.turns(id, { limit, ...(after && { after }) }));

const none = {
  model1Name: null,
  model1Response: null,
  model1TimeMs: null,
  model2Name: null,
  model2Response: null,
  model2TimeMs: null,
  comparisonId: null,
  voteChoice: null,
};

test('a single answer has one model, and nulls for the other', async () => {
  respondents.hold();
  const { items, done } = await kit.owner.runs.start(threadId, { input: 'Hi', model: 'lab/beta' });
  await respondents.untilAsked(1);
  kit.clock.advance(321);
  respondents.releaseAll();
  await done;
  expect(only(await turns())).toEqual({
    ...none,
    messageId: items[0]?.id,
    threadId,
    promptText: 'Hi',
    model1Name: 'lab/beta',
    model1Response: 'lab/beta says: Hi',
    model1TimeMs: 321,
    createdAt: items[0]?.createdAt,
  });
});

test('a comparison has both, and the caller’s vote', async () => {
  const { comparison, done } = await kit.owner.comparisons.create(threadId, {
    prompt: 'Hi',
    models,
  });
  await done;
  await kit.owner.comparisons.vote(threadId, comparison.id, { choice: 'right' });
  expect(only(await turns())).toMatchObject({
    messageId: comparison.inputItemId,
    model1Name: 'lab/alpha',
    model1Response: 'lab/alpha says: Hi',
    model1TimeMs: 0,
    model2Name: 'lab/beta',
    model2Response: 'lab/beta says: Hi',
    model2TimeMs: 0,
    comparisonId: comparison.id,
    voteChoice: 'right',
  });
});

test('a blind one has names only for who has voted', async () => {
  const blind = { prompt: 'Hi', models, blind: true } as const;
  const { comparison, done } = await kit.owner.comparisons.create(threadId, blind);
  await done;
  expect(only(await turns())).toMatchObject({
    model1Name: null,
    model2Name: null,
    voteChoice: null,
  });
  await kit.owner.comparisons.vote(threadId, comparison.id, { choice: 'tie' });
  expect(only(await turns())).toMatchObject({ model1Name: 'lab/alpha', voteChoice: 'tie' });
});

test('an answer of the host’s, or none yet, has no name', async () => {
  await kit.say(threadId, 'first', 'second');
  await kit.append(threadId, { role: 'assistant', text: 'answer' });
  await kit.append(threadId, { role: 'assistant', text: 'more' });
  await kit.say(threadId, 'third');
  expect(
    (await turns()).map(({ promptText, model1Response }) => [promptText, model1Response]),
  ).toEqual([
    ['first', null],
    ['second', 'answer'],
    ['third', null],
  ]);
  expect((await turns())[0]).toMatchObject(none);
});

test('show what people see: edits, but no hidden prompts and no redacted text', async () => {
  const [a, b, c] = await kit.say(threadId, 'a', 'b', 'c');
  await kit.append(threadId, { text: 'A', replacesId: a!.id });
  await kit.owner.items.update(threadId, [{ id: b!.id, visibility: 'hidden' }]);
  await kit.owner.items.redact(threadId, [c!.id]);
  expect((await turns()).map(({ messageId, promptText }) => [messageId, promptText])).toEqual([
    [a!.id, 'A'],
    [c!.id, ''],
  ]);
});

test('of an answer that was tried again, the newest', async () => {
  const first = await kit.owner.runs.start(threadId, { input: 'Hi', model: 'lab/alpha' });
  const { outputItemId } = await first.done;
  const second = await kit.owner.runs.start(threadId, {
    model: 'lab/beta',
    replacesId: outputItemId!,
  });
  await second.done;
  const [turn] = await turns();
  expect(turn).toMatchObject({ model1Response: 'lab/beta says: Hi' });
});

test('are read in pages, in the order of the thread', async () => {
  for (let i = 0; i < 7; i++) {
    await kit.say(threadId, `question ${i}`);
    await kit.append(threadId, { role: 'assistant', text: `answer ${i}` });
  }
  const whole = await turns();
  expect(whole.map(({ promptText }) => promptText)).toEqual(times(7, (i) => `question ${i}`));
  expect(await turns(2)).toEqual(whole);
  const fork = only(await kit.owner.threads.fork([{ threadId }]));
  expect((await turns(3, fork.id)).map(({ model1Response }) => model1Response)).toEqual(
    times(7, (i) => `answer ${i}`),
  );
});

test('are for readers of the thread', async () => {
  expect(await codeOf(kit.other.comparisons.turns(threadId))).toBe('not_found');
  expect(await codeOf(kit.owner.comparisons.turns(threadId, { after: 'x' }))).toBe(
    'invalid_request',
  );
});
