import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { comparisons, runs, votes } from '../../records/tables.ts';
import {
  allPages,
  codeOf,
  issuesOf,
  only,
  openKit,
  settled,
  textIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type {
  Comparison,
  ComparisonEvent,
  NewComparison,
  VoteChoice,
} from '../../api/comparison.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

let kit: StoreKit;
let respondents: Respondents;
let threadId: string;
const pair = ['lab/alpha', 'lab/beta'] as const;

beforeEach(async () => {
  respondents = new Respondents(['lab/alpha', 'lab/beta', 'lab/gamma']);
  kit = await openKit({ responders: respondents });
  threadId = (await kit.thread()).id;
});
afterEach(() => kit[Symbol.asyncDispose]());

const begin = (input: Partial<NewComparison> = {}, options = {}) =>
  kit.owner.comparisons.create(threadId, { prompt: 'Hello?', models: pair, ...input }, options);
const complete = async (input: Partial<NewComparison> = {}): Promise<Comparison> =>
  (await begin(input)).done;
const vote = (id: string, choice: VoteChoice, as = kit.owner) =>
  as.comparisons.vote(threadId, id, { choice });

async function eventsOf(events: AsyncIterable<ComparisonEvent>): Promise<ComparisonEvent[]> {
  const all: ComparisonEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

function textOfSide(events: readonly ComparisonEvent[], side: 'left' | 'right'): string {
  return events
    .map((event) =>
      event.type === side && event.chunk.type === 'text-delta' ? event.chunk.delta : '',
    )
    .join('');
}

describe('a comparison', () => {
  test('asks both models the same, at once, and tells each one’s own time', async () => {
    respondents.hold();
    const { comparison, items, done, replayed } = await begin();
    expect(replayed).toBe(false);
    expect(items.map(textIn)).toEqual(['Hello?']);
    expect(comparison).toMatchObject({ status: 'running', blind: false, voteChoice: null });
    expect(comparison.left).toMatchObject({ model: 'lab/alpha', status: 'running', timeMs: null });
    await respondents.untilAsked(2);
    kit.clock.advance(250);
    respondents.release('lab/beta');
    await expect
      .poll(async () => (await kit.owner.comparisons.get(threadId, comparison.id)).right.status)
      .toBe('completed');
    kit.clock.advance(500);
    respondents.release('lab/alpha');
    const ended = await done;
    expect(ended).toMatchObject({
      id: comparison.id,
      status: 'completed',
      inputItemId: items[0]?.id,
      left: { model: 'lab/alpha', status: 'completed', timeMs: 750 },
      right: { model: 'lab/beta', status: 'completed', timeMs: 250 },
    });
    const answers = await Promise.all(
      [ended.left, ended.right].map(({ outputItemId }) =>
        kit.owner.items.get(threadId, outputItemId!),
      ),
    );
    expect(answers.map((item) => textIn(item).trim())).toEqual([
      'lab/alpha says: Hello?',
      'lab/beta says: Hello?',
    ]);
    expect(answers.map(({ parentId }) => parentId)).toEqual([items[0]?.id, items[0]?.id]);
  });

  test('counts as one active unit', async () => {
    respondents.hold();
    const { done } = await begin();
    expect(await codeOf(begin({ prompt: 'More?' }))).toBe('conflict');
    const waiting = await begin({ prompt: 'More?', policy: 'enqueue' });
    expect(waiting.comparison.left.status).toBe('queued');
    respondents.releaseAll();
    expect((await done).status).toBe('completed');
    expect((await waiting.done).status).toBe('completed');
    expect((await kit.owner.items.list(threadId)).data).toHaveLength(6);
  });

  test('lets neither side see the answer of the other', async () => {
    respondents.hold();
    const { done } = await begin();
    respondents.release('lab/beta');
    await expect
      .poll(() => kit.rows(runs).then((rows) => rows.filter((row) => row.endedAt)))
      .toHaveLength(1);
    respondents.releaseAll();
    await done;
    for (const { items } of respondents.asked) expect(items.map(textIn)).toEqual(['Hello?']);
  });

  test('continues with the answer that the user preferred, else with the left one', async () => {
    const heard = async (choice?: VoteChoice): Promise<string[]> => {
      threadId = (await kit.thread()).id;
      const { id } = await complete();
      if (choice) await kit.owner.comparisons.vote(threadId, id, { choice });
      await (
        await kit.owner.runs.start(threadId, { input: 'Go on', model: 'lab/gamma' })
      ).done;
      return respondents.asked.at(-1)!.items.map((item) => textIn(item).trim());
    };
    const [left, right] = pair.map((name) => ['Hello?', `${name} says: Hello?`, 'Go on']);
    expect(await heard()).toEqual(left);
    expect(await heard('left')).toEqual(left);
    expect(await heard('tie')).toEqual(left);
    expect(await heard('right')).toEqual(right);
    respondents.fail('lab/alpha', 'out of order');
    expect(await heard()).toEqual(right);
  });

  test('takes an item as its prompt, and a title from it', async () => {
    await complete({ prompt: { role: 'user', text: 'Which is best?', metadata: { a: 1 } } });
    expect(only(respondents.asked.slice(1)).items.at(-1)?.metadata).toEqual({ a: 1 });
    expect((await kit.owner.threads.get(threadId)).title).toBe('Which is best?');
  });

  test('of random models has two that differ, on either side', async () => {
    const sides = new Set<string>();
    for (let i = 0; i < 40; i++) {
      const { left, right } = await complete({ models: 'random' });
      expect(left.model).not.toBe(right.model);
      sides.add(`${left.model} ${right.model}`);
    }
    expect(sides.size).toBe(6);
  });

  test('leaves demos out where there are real models', async () => {
    const source = new Respondents(['demo/a', 'lab/alpha', 'demo/b', 'lab/beta']);
    await using other = await openKit({ responders: source });
    const { id } = await other.thread();
    for (let i = 0; i < 10; i++) {
      const { done } = await other.owner.comparisons.create(id, { prompt: 'x', models: 'random' });
      const { left, right } = await done;
      expect([left.model, right.model].toSorted()).toEqual([...pair]);
    }
  });

  test('can be read repeatedly, and is listed in order', async () => {
    const made: Comparison[] = [];
    for (const blind of [false, true, false]) {
      made.push(await complete({ blind }));
      kit.clock.advance(1);
    }
    const listed = await allPages((after) =>
      kit.owner.comparisons.list(threadId, { limit: 2, ...(after && { after }) }),
    );
    expect(listed).toEqual(made);
    expect(await kit.owner.comparisons.get(threadId, made[1]!.id)).toEqual(made[1]);
  });

  test('one of whose answers fails has failed, and keeps the other', async () => {
    respondents.fail('lab/beta', 'lab/beta is out of order');
    const { left, right, status } = await complete();
    expect(status).toBe('failed');
    expect(left.status).toBe('completed');
    expect(right).toMatchObject({
      status: 'failed',
      error: { message: 'lab/beta is out of order' },
    });
  });

  test('whose run is stopped has failed', async () => {
    respondents.hold();
    const { comparison, done } = await begin();
    await kit.owner.runs.stop(threadId, comparison.left.runId);
    respondents.releaseAll();
    expect(await done).toMatchObject({ status: 'failed', left: { status: 'cancelled' } });
    expect(await codeOf(vote(comparison.id, 'left'))).toBe('conflict');
  });
});

describe('its events', () => {
  test('are itself, the chunks of both sides, and itself as it ended', async () => {
    const { comparison, done } = await begin();
    const events = await eventsOf(kit.owner.comparisons.read(threadId, comparison.id));
    expect(events[0]).toMatchObject({ type: 'comparison', id: '0-0' });
    expect(events.at(-1)).toMatchObject({ type: 'done', comparison: await done });
    expect(textOfSide(events, 'left')).toBe('lab/alpha says: Hello?');
    expect(textOfSide(events, 'right')).toBe('lab/beta says: Hello?');
  });

  test('go on behind any of them, with nothing lost and nothing twice', async () => {
    const { id } = await complete();
    const all = await eventsOf(kit.owner.comparisons.read(threadId, id));
    for (const [i, event] of all.entries()) {
      const rest = await eventsOf(kit.owner.comparisons.read(threadId, id, { after: event.id }));
      const before = all.slice(1, i + 1);
      for (const side of ['left', 'right'] as const) {
        const text = textOfSide(before, side) + textOfSide(rest, side);
        expect(text).toBe(textOfSide(all, side));
      }
    }
  });

  test('end for a reader who leaves', async () => {
    respondents.hold();
    const { comparison } = await begin();
    const leaving = new AbortController();
    const { signal } = leaving;
    const reading = eventsOf(kit.owner.comparisons.read(threadId, comparison.id, { signal }));
    await respondents.untilAsked(2);
    leaving.abort();
    expect((await reading).map(({ type }) => type)).not.toContain('done');
    respondents.releaseAll();
  });

  test('come at once from both sides', async () => {
    respondents.hold();
    const { comparison } = await begin();
    await respondents.untilAsked(2);
    respondents.release('lab/beta');
    const seen: string[] = [];
    for await (const event of kit.owner.comparisons.read(threadId, comparison.id)) {
      seen.push(event.type);
      if (event.type === 'right' && event.chunk.type === 'finish') respondents.releaseAll();
    }
    expect(seen.lastIndexOf('right')).toBeLessThan(seen.lastIndexOf('left'));
    expect(seen.at(-1)).toBe('done');
  });

  test.each(['x', '1', '1-', '-1-2', '1-2-3', ''])('are not after %j', async (after) => {
    const { id } = await complete();
    const read = eventsOf(kit.owner.comparisons.read(threadId, id, { after }));
    expect(await issuesOf(read)).toEqual(['after']);
  });
});

describe('what cannot be compared', () => {
  test.each<[string, object]>([
    ['models', { models: ['lab/alpha', 'lab/alpha'] }],
    ['models', { models: ['lab/alpha'] }],
    ['models', { models: ['lab/alpha', 'lab/beta', 'lab/gamma'] }],
    ['models', { models: 'all' }],
    ['models', { models: undefined }],
    ['models.1', { models: ['lab/alpha', 7] }],
    ['model', { models: ['lab/alpha', 'lab/none'] }],
    ['prompt', { prompt: '' }],
    ['prompt', { prompt: ' \n' }],
    ['prompt', { prompt: 5 }],
    ['prompt', { prompt: null }],
    ['prompt', { prompt: [] }],
    ['prompt.role', { prompt: { role: 'assistant', text: 'x' } }],
    ['items.0', { prompt: { role: 'user' } }],
    ['items.0.parts', { prompt: 'x'.repeat(2 ** 21) }],
    ['blind', { blind: 'yes' }],
    ['policy', { policy: 'whatever' }],
    ['winner', { winner: 'left' }],
  ])('is refused for its %s (%#)', async (path, input) => {
    expect(await issuesOf(begin(input as Partial<NewComparison>))).toEqual([path]);
    expect(await kit.rows(comparisons)).toEqual([]);
    expect(await kit.rows(runs)).toEqual([]);
    expect((await kit.owner.threads.get(threadId)).itemCount).toBe(0);
  });

  test('needs a thread that the caller may append to', async () => {
    const input = { prompt: 'x', models: pair };
    expect(await codeOf(kit.other.comparisons.create(threadId, input))).toBe('not_found');
    expect(await codeOf(kit.anonymous.comparisons.create(threadId, input))).toBe('unauthenticated');
    await kit.owner.threads.update([{ id: threadId, visibility: 'public' }]);
    expect(await codeOf(kit.other.comparisons.create(threadId, input))).toBe('forbidden');
    expect(respondents.asked).toEqual([]);
  });

  test('is random with fewer than two models', async () => {
    await using poor = await openKit({ responders: new Respondents(['lab/alpha']) });
    const { id } = await poor.thread();
    const call = poor.owner.comparisons.create(id, { prompt: 'x', models: 'random' });
    expect(await issuesOf(call)).toEqual(['models']);
    await using bare = await openKit();
    const thread = await bare.thread();
    const none = bare.owner.comparisons.create(thread.id, { prompt: 'x', models: 'random' });
    expect(await issuesOf(none)).toEqual(['models']);
  });
});

describe('a retry', () => {
  test('under an idempotency key answers as the first call, chance included', async () => {
    const options = { idempotencyKey: 'k' };
    const first = await begin({ models: 'random' }, options);
    const again = await begin({ models: 'random' }, options);
    expect(again.replayed).toBe(true);
    expect(again.items).toEqual(first.items);
    expect(await again.done).toEqual(await first.done);
    expect(await kit.rows(comparisons)).toHaveLength(1);
    expect(await codeOf(begin({ models: 'random', blind: true }, options))).toBe('key_conflict');
  });

  test('of ten at once begins one', async () => {
    const options = { idempotencyKey: 'k' };
    const all = await Promise.all(times(10, () => begin({ policy: 'enqueue' }, options)));
    expect(new Set(all.map(({ comparison }) => comparison.id)).size).toBe(1);
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await Promise.all(all.map(({ done }) => done));
    expect(respondents.asked).toHaveLength(2);
  });

  test('with the same prompt under its key finds the comparison', async () => {
    const prompt = { role: 'user', text: 'x', key: 'p' } as const;
    const first = await complete({ prompt });
    const again = await begin({ prompt });
    expect([again.replayed, again.comparison]).toEqual([true, first]);
    const run = await kit.owner.runs.start(threadId, {
      input: [{ role: 'user', text: 'y', key: 'q' }],
      model: 'lab/alpha',
    });
    await run.done;
    const single = begin({ prompt: { role: 'user', text: 'y', key: 'q' } });
    expect(await codeOf(single)).toBe('conflict');
  });
});

describe('deleting and forking', () => {
  test('takes comparisons and votes with the thread', async () => {
    const { id } = await complete();
    await vote(id, 'left');
    await kit.owner.threads.delete([threadId]);
    await settled(kit);
    expect(await kit.rows(comparisons)).toEqual([]);
    expect(await kit.rows(votes)).toEqual([]);
    expect(await codeOf(kit.owner.comparisons.get(threadId, id))).toBe('not_found');
  });

  test('a fork has the answers, not the comparison', async () => {
    const { id } = await complete({ blind: true });
    const fork = only(await kit.owner.threads.fork([{ threadId }]));
    expect((await kit.owner.items.list(fork.id)).data).toHaveLength(3);
    expect((await kit.owner.comparisons.list(fork.id)).data).toEqual([]);
    expect(await codeOf(kit.owner.comparisons.get(fork.id, id))).toBe('not_found');
  });
});
