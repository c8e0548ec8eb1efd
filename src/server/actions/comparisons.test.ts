import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';
import { memory } from '../../engines/memory/index.ts';
import type { Comparison, ComparisonEvent, Leaderboard, Turn } from '../../api/comparison.ts';
import type { Page } from '../../api/page.ts';
import { check } from '../../protocol/check.ts';
import { decodeComparisonEvent } from '../../protocol/comparison-events.ts';
import type { ComparisonStart } from '../../api/operations/comparisons.ts';
import {
  comparisonPageSchema,
  comparisonSchema,
  comparisonStartSchema,
  leaderboardSchema,
  turnPageSchema,
} from '../../protocol/schemas/comparisons.ts';
import { ServerEventDecoder } from '../../protocol/server-events.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

let kit: HttpKitForTesting;
let respondents: Respondents;
const thread = '/v1/threads/t';
const models = ['lab/alpha', 'lab/beta'];
const async = { prefer: 'respond-async' };

beforeEach(async () => {
  respondents = new Respondents(['lab/alpha', 'lab/beta']);
  kit = await HttpKitForTesting.open(memory(), {}, { responders: respondents });
  await kit.must(201, 'POST', '/v1/threads', { json: { id: 't' } });
});
afterEach(async () => {
  respondents.releaseAll();
  await kit[Symbol.asyncDispose]();
});

function eventsIn(text: string): ComparisonEvent[] {
  const decoder = new ServerEventDecoder();
  return decoder
    .push(new TextEncoder().encode(text))
    .flatMap((event) => decodeComparisonEvent(event) ?? []);
}

/** A comparison whose answers have ended. */
async function complete(more: object = {}): Promise<Comparison> {
  const { text } = await kit.call('POST', `${thread}/comparisons`, {
    json: { prompt: 'Hi', models, ...more },
  });
  const last = eventsIn(text).at(-1)!;
  if (last.type !== 'done') throw new TypeError(`The stream did not end: ${text}`);
  return last.comparison;
}

test('a comparison of a private prompt is for strangers as if it were not there', async () => {
  for (const visibility of ['public', 'unlisted']) {
    const { id } = await kit.createThread({ visibility, mode: 'public' });
    const path = `/v1/threads/${id}/comparisons`;
    const prompt = { role: 'user', text: 'SECRET', private: true };
    await kit.call('POST', path, { json: { prompt, models } });
    const own = await kit.must<Page<Comparison>>(200, 'GET', path);
    const secret = `${path}/${own.data[0]!.id}`;
    expect(await kit.must(200, 'GET', secret)).toEqual(own.data[0]);
    expect((await kit.must<Page<Comparison>>(200, 'GET', path, { user: 'other' })).data).toEqual(
      [],
    );
    for (const [method, at, json] of [
      ['GET', secret, undefined],
      ['GET', `${secret}/stream`, undefined],
      ['POST', `${secret}/vote`, { choice: 'left' }],
    ] as const) {
      const none = at.replace(own.data[0]!.id, 'none');
      const problem = await kit.problem(404, 'not_found', method, at, { json, user: 'other' });
      const { detail } = await kit.problem(404, 'not_found', method, none, { json, user: 'other' });
      expect(problem.detail).toBe(detail);
    }
  }
});

describe('comparisons over HTTP', () => {
  test('stream both sides at once, with the time of each at the end', async () => {
    const answer = await kit.call('POST', `${thread}/comparisons`, {
      json: { prompt: 'Hi', models },
    });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const events = eventsIn(answer.text);
    expect(events[0]?.type).toBe('comparison');
    expect(new Set(events.slice(1, -1).map(({ type }) => type))).toEqual(
      new Set(['left', 'right']),
    );
    const done = events.at(-1);
    if (done?.type !== 'done') throw new TypeError('The stream did not end.');
    expect(done.comparison.status).toBe('completed');
    for (const { timeMs } of [done.comparison.left, done.comparison.right])
      expect(timeMs).toBeGreaterThanOrEqual(0);
    const { json } = await kit.answer<Comparison>(200, 'GET', answer.headers.get('location')!);
    expect(json).toEqual(done.comparison);
    check(comparisonSchema, json);
  });

  test('answer at once where asked to, with the paths of the streams', async () => {
    respondents.hold();
    const answer = await kit.answer<ComparisonStart>(202, 'POST', `${thread}/comparisons`, {
      json: { prompt: 'Hi', models },
      headers: async,
    });
    expect(answer.headers.get('preference-applied')).toBe('respond-async');
    const { comparison, items, streams } = check(comparisonStartSchema, answer.json);
    expect(comparison.status).toBe('running');
    expect(items[0]?.id).toBe(comparison.inputItemId);
    await kit.problem(409, 'conflict', 'POST', `${thread}/comparisons/${comparison.id}/vote`, {
      json: { choice: 'left' },
    });
    respondents.releaseAll();
    for (const path of [streams.left, streams.right]) {
      const { text } = await kit.answer(200, 'GET', path);
      expect(text).toContain('data: [DONE]');
    }
    expect(eventsIn((await kit.answer(200, 'GET', streams.both)).text).at(-1)?.type).toBe('done');
  });

  test('continue after the last event that arrived', async () => {
    const { id } = await complete();
    const path = `${thread}/comparisons/${id}/stream`;
    const whole = eventsIn((await kit.answer(200, 'GET', path)).text);
    const middle = whole[5]!;
    const rest = eventsIn(
      (await kit.answer(200, 'GET', path, { headers: { 'last-event-id': middle.id } })).text,
    );
    const byQuery = eventsIn((await kit.answer(200, 'GET', `${path}?after=${middle.id}`)).text);
    expect(rest.slice(1).toSorted(byId)).toEqual(byQuery.slice(1).toSorted(byId));
    expect(rest.length).toBe(whole.length - 5);
    await kit.problem(400, 'invalid_request', 'GET', `${path}?after=x`);
    await kit.problem(400, 'invalid_request', 'GET', `${path}?after=999-999`);
    const head = await kit.send('HEAD', path);
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('are listed, and a retry finds the first', async () => {
    const request = {
      json: { prompt: 'Hi', models: 'random', blind: true },
      headers: { ...async, 'idempotency-key': 'k' },
    };
    const path = `${thread}/comparisons`;
    const first = await kit.answer<ComparisonStart>(202, 'POST', path, request);
    const again = await kit.answer<ComparisonStart>(200, 'POST', path, request);
    expect(again.json.comparison.id).toBe(first.json.comparison.id);
    const { json } = await kit.answer<Page<Comparison>>(200, 'GET', path);
    expect(check(comparisonPageSchema, json).data).toHaveLength(1);
  });

  test('of blind comparisons reveal no name in any byte before the vote', async () => {
    respondents.says = () => 'A model';
    const posted = await kit.call('POST', `${thread}/comparisons`, {
      json: { prompt: 'Hi', models, blind: true },
    });
    const { comparison } = eventsIn(posted.text)[0] as { comparison: Comparison };
    const base = `${thread}/comparisons/${comparison.id}`;
    const paths = [
      base,
      `${base}/stream`,
      `${thread}/comparisons`,
      `${thread}/turns`,
      `${thread}/runs`,
      `${thread}/runs/${comparison.left.runId}`,
      `${thread}/streams/${comparison.left.streamId}`,
      `${thread}/streams/${comparison.right.streamId}`,
      `${thread}/items`,
      `${thread}/items?view=log`,
      thread,
      '/v1/threads',
    ];
    const texts = [posted.text, [...posted.headers].join()];
    for (const path of paths) {
      const { text, headers } = await kit.answer(200, 'GET', path);
      texts.push(text, [...headers].join());
    }
    expect(texts.join('\n')).not.toMatch(/alpha|beta/);
    const { json } = await kit.answer<Comparison>(200, 'POST', `${base}/vote`, {
      json: { choice: 'both_bad' },
    });
    expect([json.left.model, json.right.model, json.voteChoice]).toEqual([...models, 'both_bad']);
  });

  test('refuse invalid requests and store nothing of them', async () => {
    const path = `${thread}/comparisons`;
    for (const json of [
      {},
      { prompt: 'Hi' },
      { models },
      { prompt: '', models },
      { prompt: 'Hi', models: ['lab/alpha', 'lab/alpha'] },
      { prompt: 'Hi', models: ['lab/alpha', 'lab/none'] },
      { prompt: 'Hi', models: ['lab/alpha'] },
      { prompt: 'Hi', models: 'any' },
      { prompt: 'Hi', models, blind: 1 },
      { prompt: 'Hi', models, extra: true },
      { prompt: { role: 'system', text: 'x' }, models },
      { prompt: 'x'.repeat(2 ** 21), models },
      [],
      null,
    ])
      await kit.problem(400, 'invalid_request', 'POST', path, { json });
    await kit.problem(404, 'not_found', 'POST', '/v1/threads/none/comparisons', {
      json: { prompt: 'Hi', models },
    });
    const { json } = await kit.answer<Page<unknown>>(200, 'GET', `${thread}/items`);
    expect(json.data).toEqual([]);
    expect(respondents.asked).toEqual([]);
  });
});

describe('votes over HTTP', () => {
  test('are the caller’s own and final', async () => {
    const { id } = await complete();
    const path = `${thread}/comparisons/${id}/vote`;
    await kit.answer(200, 'POST', path, { json: { choice: 'left' } });
    await kit.answer(200, 'POST', path, { json: { choice: 'left' } });
    await kit.problem(409, 'conflict', 'POST', path, { json: { choice: 'right' } });
    await kit.problem(400, 'invalid_request', 'POST', path, {
      json: { choice: 'left', userId: 'b' },
    });
    await kit.problem(400, 'invalid_request', 'POST', path, { json: { choice: 'best' } });
    await kit.problem(400, 'invalid_request', 'POST', path, { json: {} });
    await kit.problem(404, 'not_found', 'POST', path, {
      json: { choice: 'left' },
      user: 'stranger',
    });
    const missing = `${thread}/comparisons/none`;
    await kit.problem(404, 'not_found', 'POST', `${missing}/vote`, { json: { choice: 'left' } });
    await kit.problem(404, 'not_found', 'GET', missing);
    await kit.problem(404, 'not_found', 'GET', `${missing}/stream`);
  });

  test('make the leaderboard', async () => {
    const { id } = await complete();
    await kit.answer(200, 'POST', `${thread}/comparisons/${id}/vote`, {
      json: { choice: 'right' },
    });
    const { json } = await kit.answer<Leaderboard>(200, 'GET', '/v1/leaderboard', { user: 'else' });
    const { data, votes, isComplete } = check(leaderboardSchema, json);
    expect([votes, isComplete, data.map(({ model }) => model)]).toEqual([
      1,
      true,
      ['lab/beta', 'lab/alpha'],
    ]);
    expect(data[0]).toMatchObject({ wins: 1, losses: 0, ties: 0, votes: 1 });
    expect(data[0]!.ratingLow).toBeLessThan(data[0]!.rating);
  });

  test('show in turns', async () => {
    const { id, inputItemId } = await complete({ blind: true });
    const before = await kit.answer<Page<Turn>>(200, 'GET', `${thread}/turns?limit=1`);
    expect(check(turnPageSchema, before.json).data[0]).toMatchObject({
      messageId: inputItemId,
      threadId: 't',
      promptText: 'Hi',
      model1Name: null,
      model2Name: null,
      comparisonId: id,
      voteChoice: null,
    });
    await kit.answer(200, 'POST', `${thread}/comparisons/${id}/vote`, { json: { choice: 'tie' } });
    const { json } = await kit.answer<Page<Turn>>(200, 'GET', `${thread}/turns`);
    expect(json.data[0]).toMatchObject({
      model1Name: 'lab/alpha',
      model1Response: '[model] says: Hi',
      model2Name: 'lab/beta',
      model2Response: '[model] says: Hi',
      voteChoice: 'tie',
    });
    await kit.problem(404, 'not_found', 'GET', `${thread}/turns`, { user: 'stranger' });
    await kit.problem(400, 'invalid_request', 'GET', `${thread}/turns?limit=0`);
  });
});

function byId(a: ComparisonEvent, b: ComparisonEvent): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b));
}
