import { afterEach, beforeEach, expect, test } from 'vitest';
import { comparisons, runs, votes } from '../../records/tables.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import {
  openKit,
  rowsOf,
  textIn,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Comparison } from '../../api/comparison.ts';
import { Respondents } from '../../../test/support/domain/respondents-for-testing.ts';

let kit: StoreKit;
let respondents: Respondents;
let threadId: string;

beforeEach(async () => {
  respondents = new Respondents(['lab/alpha', 'lab/beta']);
  respondents.says = () => 'A model';
  kit = await openKit({ responders: respondents });
  threadId = (await kit.thread({ mode: 'public', visibility: 'public' })).id;
});
afterEach(() => kit[Symbol.asyncDispose]());

const names = /alpha|beta/;

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const event of source) events.push(event);
  return events;
}

/** Everything that a caller can read of the thread, including the events of its live tail. */
async function everything(caller: ProjectApi, { id, left, right }: Comparison): Promise<string> {
  const { comparisons: compared, items, runs: made, streams, threads } = caller;
  const ending = new AbortController();
  const { cursor } = await items.list(threadId, { limit: 1 });
  const live = all(threads.live(threadId, { after: cursor, signal: ending.signal }));
  const read = [
    await compared.get(threadId, id),
    await compared.list(threadId),
    await compared.turns(threadId),
    await all(compared.read(threadId, id)),
    await made.list(threadId),
    await made.get(threadId, left.runId),
    await made.get(threadId, right.runId),
    await streams.get(threadId, left.streamId),
    await all(streams.read(threadId, left.streamId)),
    await all(streams.read(threadId, right.streamId)),
    await items.list(threadId),
    await threads.get(threadId),
    await threads.graph(threadId),
    await threads.list({ visibility: 'public' }),
  ];
  ending.abort();
  return JSON.stringify([...read, await live]);
}

async function compare(): Promise<Comparison> {
  const started = await kit.owner.comparisons.create(threadId, {
    prompt: 'Who are you?',
    models: ['lab/alpha', 'lab/beta'],
    blind: true,
  });
  expect(JSON.stringify(started)).not.toMatch(names);
  const ended = await started.done;
  expect(JSON.stringify(ended)).not.toMatch(names);
  return ended;
}

test('names are nowhere before a vote, not even for the user who asked', async () => {
  const ended = await compare();
  for (const caller of [kit.owner, kit.other, kit.anonymous])
    expect(await everything(caller, ended)).not.toMatch(names);
});

test('they are visible to a user who has voted, and to no other', async () => {
  const ended = await compare();
  const voted = await kit.other.comparisons.vote(threadId, ended.id, { choice: 'left' });
  expect([voted.left.model, voted.right.model]).toEqual(['lab/alpha', 'lab/beta']);
  const seen = await everything(kit.other, ended);
  expect(seen).toMatch(/alpha/);
  expect(seen).toMatch(/beta/);
  const run = await kit.other.runs.get(threadId, ended.left.runId);
  expect(run.model).toBe('lab/alpha');
  for (const caller of [kit.owner, kit.anonymous])
    expect(await everything(caller, ended)).not.toMatch(names);
});

test('a model that names itself is not heard', async () => {
  respondents.says = (name) => `I am ${name}, and not the other of lab/alpha and lab/beta,`;
  const ended = await compare();
  expect(await everything(kit.owner, ended)).not.toMatch(names);
  const item = await kit.owner.items.get(threadId, ended.left.outputItemId!);
  expect(textIn(item).trim()).toBe(
    'I am [model], and not the other of [model] and [model], says: Who are you?',
  );
});

test('a name in the prompt is no secret', async () => {
  respondents.says = () => 'lab/beta is better than lab/alpha,';
  const { done } = await kit.owner.comparisons.create(threadId, {
    prompt: 'Is Lab/Alpha good?',
    models: ['lab/alpha', 'lab/beta'],
    blind: true,
  });
  const { left } = await done;
  const item = await kit.owner.items.get(threadId, left.outputItemId!);
  expect(textIn(item)).toContain('[model] is better than lab/alpha, says');
});

test('a model that names itself in its tools, data, sources and files is not heard either', async () => {
  respondents = new Respondents(['lab/alpha-1', 'lab/beta-2']);
  respondents.also = (name) => [
    { type: 'tool-input-start', toolCallId: 'c', toolName: 'search', dynamic: true },
    { type: 'tool-input-delta', toolCallId: 'c', inputTextDelta: `{"by": "${name.slice(0, 6)}` },
    { type: 'tool-input-delta', toolCallId: 'c', inputTextDelta: `${name.slice(6)}"}` },
    {
      ...{ type: 'tool-input-available', toolCallId: 'c', toolName: 'search', dynamic: true },
      input: { by: name, [name]: 1 },
    },
    { type: 'tool-output-available', toolCallId: 'c', output: [`${name}: yes`], dynamic: true },
    { type: 'data-note', data: { model: name } },
    { type: `data-${name}`, data: 1 },
    { type: 'source-url', sourceId: 's', url: `https://lab.test/${name}`, title: name },
    { type: 'source-document', sourceId: name, mediaType: 'a/b', title: name, filename: name },
    { type: 'file', mediaType: 'text/plain', url: `data:text/plain,${name}` },
    { type: 'custom', kind: `${name}.compaction` },
    { type: `new-${name}`, by: name },
  ];
  await kit[Symbol.asyncDispose]();
  kit = await openKit({ responders: respondents });
  threadId = (await kit.thread({ mode: 'public', visibility: 'public' })).id;
  const { done } = await kit.owner.comparisons.create(threadId, {
    prompt: 'Who are you?',
    models: ['lab/alpha-1', 'lab/beta-2'],
    blind: true,
  });
  const ended = await done;
  expect([ended.left.status, ended.right.status]).toEqual(['completed', 'completed']);
  const seen = await everything(kit.owner, ended);
  expect(seen).not.toMatch(/alpha|beta|lab\/|custom|compaction/);
  const item = await kit.owner.items.get(threadId, ended.left.outputItemId!);
  expect(item.parts).toContainEqual({
    type: 'dynamic-tool',
    toolName: 'search',
    toolCallId: 'c',
    state: 'output-available',
    input: { by: '[model]', '[model]': 1 },
    output: ['[model]: yes'],
  });
  expect(item.parts).toContainEqual({ type: 'data-note', data: { model: '[model]' } });
});

test('no compared model names the thread while the comparison is blind', async () => {
  respondents.completion = 'Chatting with lab/alpha';
  const ended = await compare();
  expect((await kit.owner.threads.get(threadId)).title).toBe('Who are you?');
  expect(await everything(kit.owner, ended)).not.toMatch(names);
  expect(respondents.prompts).toEqual([]);
  const { done } = await kit.owner.runs.start(threadId, { input: 'And now?', model: 'lab/beta' });
  await done;
  await expect
    .poll(async () => (await kit.owner.threads.get(threadId)).titleSource)
    .toBe('generated');
});

test('a failure does not tell whose it was', async () => {
  respondents.fail('lab/beta', 'The quota of lab/beta is used up.');
  const ended = await compare();
  expect(ended.right.error).toEqual({
    code: 'provider_error',
    message: 'The model failed to answer.',
    retryable: true,
  });
  expect(await everything(kit.owner, ended)).not.toMatch(names);
});

test('neither does a failure in a chunk', async () => {
  respondents.break('lab/alpha', 'lab/alpha is out of order');
  const ended = await compare();
  expect(ended.left.error?.message).toBe('The model failed to answer.');
  expect(await everything(kit.owner, ended)).not.toMatch(names);
});

test('a run that is begun again under its key stays masked', async () => {
  const prompt = { role: 'user', text: 'Who?', key: 'k' } as const;
  const { done } = await kit.owner.comparisons.create(threadId, {
    prompt,
    models: 'random',
    blind: true,
  });
  await done;
  const again = await kit.owner.runs.start(threadId, { input: [prompt], model: 'lab/alpha' });
  expect(again.replayed).toBe(true);
  expect([again.run.model, (await again.done).model]).toEqual([undefined, undefined]);
  const stopped = await kit.owner.runs.stop(threadId, again.run.id);
  expect(stopped.model).toBeUndefined();
});

test('a fork does not tell either', async () => {
  await compare();
  const [fork] = await kit.owner.threads.fork([{ threadId }]);
  const read = [
    await kit.owner.items.list(fork!.id),
    await kit.owner.comparisons.turns(fork!.id),
    await kit.owner.runs.list(fork!.id),
  ];
  expect(JSON.stringify(read)).not.toMatch(names);
});

test('names are stored in the rows of runs, comparisons and votes alone', async () => {
  const ended = await compare();
  await kit.owner.comparisons.vote(threadId, ended.id, { choice: 'tie' });
  const { allTables } = await import('../../records/all-tables.ts');
  const telling = [];
  for (const table of allTables) {
    if (names.test(JSON.stringify(await rowsOf(kit.engine, table)))) telling.push(table.name);
  }
  expect(telling.toSorted()).toEqual([comparisons.name, runs.name, votes.name].toSorted());
});

test('what does not identify a model is kept', async () => {
  const { left } = await compare();
  const item = await kit.owner.items.get(threadId, left.outputItemId!);
  expect(item.parts.map(({ type }) => type)).toEqual(['step-start', 'text', 'source-url']);
  const run = await kit.owner.runs.get(threadId, left.runId);
  expect(run.usage).toEqual({ inputTokens: 3, outputTokens: 5 });
});

test('in an open comparison everything is shown and kept', async () => {
  const { done } = await kit.owner.comparisons.create(threadId, {
    prompt: 'Who?',
    models: ['lab/alpha', 'lab/beta'],
  });
  const { left } = await done;
  const item = await kit.anonymous.items.get(threadId, left.outputItemId!);
  expect(JSON.stringify(item)).toMatch(/alpha/);
});
