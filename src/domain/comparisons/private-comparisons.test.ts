import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { votes } from '../../records/tables.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import type { NewThread } from '../../api/thread.ts';
import type { Comparison } from '../../api/comparison.ts';
import {
  codeOf,
  openKit,
  textsIn,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

let kit: StoreKit;
let respondents: Respondents;
const models = ['lab/alpha', 'lab/beta'] as const;

beforeEach(async () => {
  respondents = new Respondents(models);
  kit = await openKit({ responders: respondents });
});
afterEach(() => kit[Symbol.asyncDispose]());

/** A thread in which a comparison with a private prompt stands between two public ones. */
async function compared(thread: NewThread): Promise<{ id: string; secret: Comparison }> {
  const { id } = await kit.thread(thread);
  const compare = async (text: string, isPrivate: boolean): Promise<Comparison> => {
    const prompt = { role: 'user', text, private: isPrivate } as const;
    kit.clock.advance(10);
    return (await kit.owner.comparisons.create(id, { prompt, models })).done;
  };
  await compare('before', false);
  const secret = await compare('SECRET', true);
  await compare('after', false);
  return { id, secret };
}

const openThreads = [
  { visibility: 'public' },
  { visibility: 'unlisted' },
  { mode: 'public', visibility: 'public' },
] as const;

describe.each(openThreads)('a comparison of a private prompt, in a thread %j', (thread) => {
  test('is there for its owner', async () => {
    const { id, secret } = await compared(thread);
    expect((await kit.owner.comparisons.list(id)).data).toHaveLength(3);
    expect(await kit.owner.comparisons.get(id, secret.id)).toEqual(secret);
    expect(
      (await kit.owner.comparisons.turns(id)).data.map(({ promptText }) => promptText),
    ).toEqual(['before', 'SECRET', 'after']);
  });

  test('is not there for others, on any path', async () => {
    const { id, secret } = await compared(thread);
    for (const caller of [kit.other, kit.anonymous]) {
      const { data } = await caller.comparisons.list(id);
      expect(data).toHaveLength(2);
      expect(data.map((one) => one.id)).not.toContain(secret.id);
      expect(JSON.stringify(await everything(caller, id))).not.toContain('SECRET');
      for (const read of [
        caller.comparisons.get(id, secret.id),
        caller.comparisons.read(id, secret.id).next(),
        caller.runs.get(id, secret.left.runId),
        caller.streams.get(id, secret.right.streamId),
        caller.items.get(id, secret.left.outputItemId!),
      ]) {
        expect(await codeOf(read)).toBe('not_found');
      }
    }
  });

  test('cannot be voted on by others, who see the error of a missing one', async () => {
    const { id, secret } = await compared(thread);
    for (const caller of [kit.other, kit.anonymous]) {
      const vote = (comparisonId: string): Promise<unknown> =>
        codeOf(caller.comparisons.vote(id, comparisonId, { choice: 'left' }));
      expect(await vote(secret.id)).toBe(await vote('none'));
    }
    expect(await kit.rows(votes)).toEqual([]);
  });

  test('is not shown while its answers are made', async () => {
    respondents.hold();
    const { id } = await kit.thread(thread);
    const prompt = { role: 'user', text: 'SECRET', private: true } as const;
    const { comparison, done } = await kit.owner.comparisons.create(id, { prompt, models });
    expect(await codeOf(kit.other.comparisons.get(id, comparison.id))).toBe('not_found');
    expect((await kit.other.comparisons.list(id)).data).toEqual([]);
    respondents.releaseAll();
    await done;
  });
});

test('who asks in private in a thread of another finds the comparison, and votes', async () => {
  const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
  const prompt = { role: 'user', text: 'SECRET', private: true } as const;
  const begun = await kit.other.comparisons.create(id, { prompt, models });
  const { id: comparisonId } = await begun.done;
  expect((await kit.other.comparisons.list(id)).data).toHaveLength(1);
  const voted = await kit.other.comparisons.vote(id, comparisonId, { choice: 'left' });
  expect(voted.voteChoice).toBe('left');
  expect((await kit.other.comparisons.turns(id)).data).toMatchObject([
    { promptText: 'SECRET', comparisonId, voteChoice: 'left' },
  ]);
  expect(await codeOf(kit.anonymous.comparisons.get(id, comparisonId))).toBe('not_found');
});

/** Everything that lists show a caller about a thread. */
async function everything(caller: ProjectApi, id: string): Promise<unknown> {
  const items = (await caller.items.list(id)).data;
  return {
    thread: await caller.threads.get(id),
    texts: textsIn(items),
    items,
    comparisons: (await caller.comparisons.list(id)).data,
    turns: (await caller.comparisons.turns(id)).data,
    runs: (await caller.runs.list(id)).data,
    graph: await caller.threads.graph(id),
  };
}
