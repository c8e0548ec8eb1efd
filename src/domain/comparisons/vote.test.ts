import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { votes } from '../../records/tables.ts';
import {
  codeOf,
  issuesOf,
  only,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Comparison, StartedComparison, VoteChoice } from '../../api/comparison.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

let kit: StoreKit;
let respondents: Respondents;
let threadId: string;

beforeEach(async () => {
  respondents = new Respondents(['lab/alpha', 'lab/beta']);
  kit = await openKit({ responders: respondents });
  threadId = (await kit.thread()).id;
});
afterEach(() => kit[Symbol.asyncDispose]());

const begin = (): Promise<StartedComparison> =>
  kit.owner.comparisons.create(threadId, { prompt: 'Hello?', models: ['lab/alpha', 'lab/beta'] });
const complete = async (): Promise<Comparison> => (await begin()).done;
const vote = (id: string, choice: VoteChoice, as = kit.owner): Promise<Comparison> =>
  as.comparisons.vote(threadId, id, { choice });

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of source) events.push(event);
  return events;
}

describe('a vote', () => {
  test.each(['left', 'right', 'tie', 'both_bad'] as const)('may be %s', async (choice) => {
    const { id } = await complete();
    expect((await vote(id, choice)).voteChoice).toBe(choice);
    expect((await kit.owner.comparisons.get(threadId, id)).voteChoice).toBe(choice);
    expect(only(await kit.rows(votes))).toMatchObject({ userId: 'owner', choice });
  });

  test('stands for good: the same again changes nothing, another one is refused', async () => {
    const { id } = await complete();
    const first = await vote(id, 'left');
    kit.clock.advance(1000);
    expect(await vote(id, 'left')).toEqual(first);
    expect(await codeOf(vote(id, 'right'))).toBe('conflict');
    expect(only(await kit.rows(votes)).createdAt).toBe(kit.clock.nowMs - 1000);
  });

  test('is one of twenty at once', async () => {
    const { id } = await complete();
    const choices = times(20, (i) => (i % 2 === 0 ? 'left' : 'right') as VoteChoice);
    const outcomes = await Promise.all(choices.map((choice) => codeOf(vote(id, choice))));
    expect(outcomes.filter((code) => code === 'none')).toHaveLength(10);
    expect(await kit.rows(votes)).toHaveLength(1);
  });

  test('is the caller’s alone', async () => {
    await kit.owner.threads.update([{ id: threadId, visibility: 'public' }]);
    const { id } = await complete();
    await vote(id, 'left');
    expect((await kit.other.comparisons.get(threadId, id)).voteChoice).toBeNull();
    const as = { choice: 'left', userId: 'other' };
    // A request body may contain what no type allows.
    const sent = kit.owner.comparisons.vote(threadId, id, as as { choice: 'left' });
    expect(await issuesOf(sent)).toEqual(['userId']);
  });

  test('is for those who may react', async () => {
    const { id } = await complete();
    expect(await codeOf(vote(id, 'left', kit.other))).toBe('not_found');
    expect(await codeOf(vote(id, 'left', kit.foreigner))).toBe('not_found');
    await kit.owner.threads.update([{ id: threadId, visibility: 'public' }]);
    expect(await codeOf(vote(id, 'left', kit.other))).toBe('forbidden');
    expect(await codeOf(vote(id, 'left', kit.anonymous))).toBe('unauthenticated');
    expect(await kit.rows(votes)).toEqual([]);
  });

  test('in a public room is one a user', async () => {
    threadId = (await kit.thread({ mode: 'public', visibility: 'public' })).id;
    const { id } = await complete();
    await vote(id, 'left');
    await vote(id, 'right', kit.other);
    expect((await kit.rows(votes)).map(({ userId, choice }) => `${userId} ${choice}`)).toEqual([
      'other right',
      'owner left',
    ]);
  });

  test('waits for both answers', async () => {
    respondents.hold();
    const { comparison, done } = await begin();
    expect(await codeOf(vote(comparison.id, 'left'))).toBe('conflict');
    respondents.release('lab/alpha');
    expect(await codeOf(vote(comparison.id, 'left'))).toBe('conflict');
    respondents.releaseAll();
    await done;
    expect(await codeOf(vote(comparison.id, 'left'))).toBe('none');
  });

  test('does not move the thread', async () => {
    const { id } = await complete();
    const before = await kit.owner.threads.get(threadId);
    kit.clock.advance(5000);
    await vote(id, 'left');
    expect(await kit.owner.threads.get(threadId)).toEqual(before);
  });

  test.each([['up'], [''], [1], [null], [undefined]])('is not %j', async (choice) => {
    const { id } = await complete();
    expect(await issuesOf(vote(id, choice as VoteChoice))).toEqual(['choice']);
  });

  test('is not on a comparison of another thread', async () => {
    const { id } = await complete();
    const elsewhere = await kit.thread();
    for (const call of [
      kit.owner.comparisons.vote(elsewhere.id, id, { choice: 'left' }),
      kit.owner.comparisons.get(elsewhere.id, id),
      all(kit.owner.comparisons.read(elsewhere.id, id)),
    ])
      expect(await codeOf(call)).toBe('not_found');
  });
});
