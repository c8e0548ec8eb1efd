import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { tool, ToolLoopAgent, type LanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Item, Part } from '../../api/item.ts';
import { RunFailure } from '../../shared/run-failure.ts';
import type { Chunk, Responder, TurnContext } from '../../api/responder.ts';
import { createFold, type Fold } from '../../domain/streams/fold-chunks.ts';
import { finishPartial, isWaiting } from '../../domain/streams/finish-partial.ts';
import { createResponder, type ModelResponderOptions } from './create-responder.ts';
import {
  contextForTesting,
  itemForTesting,
} from '../../../test/support/adapters/ai-sdk/turn-for-testing.ts';
import {
  openOpenAiServerForTesting,
  type OpenAiServer,
  type ScriptedReply,
} from '../../../test/support/adapters/ai-sdk/openai-server-for-testing.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

let server: OpenAiServer;
let model: LanguageModel;
const apiKey = 'sk-right-0123456789abcdef';
beforeEach(async () => {
  server = await openOpenAiServerForTesting({ apiKey });
  model = modelWith(apiKey);
});
afterEach(() => server[Symbol.asyncDispose]());

const modelWith = (key: string): LanguageModel =>
  createOpenAICompatible({
    name: 'local',
    baseURL: server.baseUrl,
    apiKey: key,
    includeUsage: true,
  })('tiny');
const responder = (options: Partial<ModelResponderOptions> = {}): Responder =>
  createResponder({ name: 'local/tiny', model, maxRetries: 0, ...options });

/** From here to the end of the test, only `passTime` rings the timers of a responder. */
function useFakeTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

/** Longer than a model may be silent, from the next turn of the event loop on. */
function passTime(): void {
  setImmediate(() => vi.advanceTimersByTime(120_000));
}

const question = itemForTesting('user', [{ type: 'text', text: 'Hi.' }]);

interface Answer {
  readonly fold: Fold;
  readonly chunks: Chunk[];
  readonly failure: unknown;
}

async function answer(
  from: Responder,
  context: Partial<TurnContext> = {},
  onChunk: (chunk: Chunk) => void = () => {},
): Promise<Answer> {
  const turn = contextForTesting({ items: [question], ...context });
  const { continued } = turn;
  const fold = createFold(continued?.parts, continued && { messageId: turn.messageId });
  const chunks: Chunk[] = [];
  try {
    for await (const chunk of from.respond(turn)) {
      chunks.push(chunk);
      fold.add(chunk);
      onChunk(chunk);
    }
  } catch (failure) {
    return { fold, chunks, failure };
  }
  return { fold, chunks, failure: undefined };
}

const wordsOf = ({ fold }: Answer): string =>
  fold.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

test('streams an answer with the id of the turn and the tokens that it took', async () => {
  server.script({ reasoning: ['Hm', 'm.'], text: ['Good', ' day', '.'] });
  const { fold, chunks, failure } = await answer(responder());
  expect(failure).toBeUndefined();
  expect(chunks[0]).toEqual({ type: 'start', messageId: 'message-1' });
  expect(chunks.filter(({ type }) => type === 'text-delta')).toHaveLength(3);
  expect(fold.parts).toMatchObject([
    { type: 'step-start' },
    { type: 'reasoning', text: 'Hmm.', state: 'done' },
    { type: 'text', text: 'Good day.', state: 'done' },
  ]);
  expect(fold.usage).toEqual({ inputTokens: 7, outputTokens: 5, totalTokens: 12 });
  expect(fold).toMatchObject({ messageId: 'message-1', finishReason: 'stop' });
});

test('the model gets the instructions and the conversation, without the errors of failed runs', async () => {
  const items = [
    itemForTesting('system', [{ type: 'text', text: 'The customer is called Ann.' }]),
    question,
    itemForTesting('assistant', [
      { type: 'text', text: 'Half an ans', state: 'done' },
      { type: 'data-error', data: { message: 'The provider failed.' } },
    ]),
    itemForTesting('assistant', [{ type: 'data-error', data: { message: 'Failed again.' } }]),
    itemForTesting('user', [{ type: 'text', text: 'Again?' }]),
  ];
  await answer(responder({ instructions: 'Be kind.' }), { items });
  expect(server.requests[0]?.body.messages).toEqual([
    { role: 'system', content: 'Be kind.' },
    { role: 'system', content: 'The customer is called Ann.' },
    { role: 'user', content: 'Hi.' },
    { role: 'assistant', content: 'Half an ans' },
    { role: 'user', content: 'Again?' },
  ]);
});

const inputSchema = z.object({ city: z.string() });
const execute = ({ city }: { city: string }): string => `sunny in ${city}`;
const weather = tool({ inputSchema, execute });
const call = { id: 'call-1', name: 'weather', input: '{"city":"Paris"}' };

test('calls tools, and continues with their outputs', async () => {
  server.script({ toolCalls: [call] }, { text: ['Sunny.'] });
  const { fold, failure } = await answer(responder({ tools: { weather } }));
  expect(failure).toBeUndefined();
  expect(fold.parts).toMatchObject([
    { type: 'step-start' },
    { type: 'tool-weather', state: 'output-available', output: 'sunny in Paris' },
    { type: 'step-start' },
    { type: 'text', text: 'Sunny.' },
  ]);
  expect(isWaiting(fold.parts)).toBe(false);
  expect(fold.usage?.totalTokens).toBe(24);
  const roles = server.requests[1]?.body.messages.map(({ role }) => role);
  expect(roles).toEqual(['user', 'assistant', 'tool']);
});

test('a tool that throws says nothing of why', async () => {
  server.script({ toolCalls: [call] }, { text: ['Sorry.'] });
  const broken = tool({
    inputSchema,
    execute: (): Promise<string> => Promise.reject(new Error('password is 1234')),
  });
  const { fold, failure } = await answer(responder({ tools: { weather: broken } }));
  expect(failure).toBeUndefined();
  expect(fold.parts[1]).toMatchObject({ state: 'output-error', errorText: 'The tool failed.' });
});

test('stops asking the model after the steps that it may take', async () => {
  server.script({ toolCalls: [call] });
  const { failure } = await answer(responder({ tools: { weather }, maxSteps: 3 }));
  expect(failure).toBeUndefined();
  expect(server.requests).toHaveLength(3);
});

describe('tools that need approval', () => {
  const asking = { tools: { weather }, toolApproval: { weather: 'user-approval' } } as const;

  async function ask(): Promise<Part[]> {
    server.script({ toolCalls: [call] }, { text: ['Sunny.'] });
    const { fold } = await answer(responder(asking));
    expect(isWaiting(fold.parts)).toBe(true);
    expect(fold.parts[1]).toMatchObject({ type: 'tool-weather', state: 'approval-requested' });
    return fold.parts;
  }

  async function goOn(parts: Part[], approved: boolean): Promise<Answer> {
    const answered = parts.map((part) =>
      part.state === 'approval-requested'
        ? {
            ...part,
            state: 'approval-responded',
            approval: { ...(part.approval as object), approved },
          }
        : part,
    ) as Part[]; // from JSON, as a client sends them back
    const continued = itemForTesting('assistant', answered);
    return answer(responder(asking), {
      items: [question, continued],
      continued,
    });
  }

  test('run when it is given, in the same answer', async () => {
    const { fold, failure, chunks } = await goOn(await ask(), true);
    expect(failure).toBeUndefined();
    expect(chunks[0]).toEqual({ type: 'start', messageId: 'message-1' });
    expect(fold.parts).toMatchObject([
      { type: 'step-start' },
      { type: 'tool-weather', state: 'output-available', output: 'sunny in Paris' },
      { type: 'step-start' },
      { type: 'text', text: 'Sunny.' },
    ]);
  });

  test('do not run when it is refused', async () => {
    const { fold, failure } = await goOn(await ask(), false);
    expect(failure).toBeUndefined();
    expect(fold.parts[1]).toMatchObject({ state: 'output-denied' });
    expect(fold.parts.at(-1)).toMatchObject({ type: 'text', text: 'Sunny.' });
  });

  test('end with an error if they are approved when they are no longer there', async () => {
    const parts = (await ask()).map((part) =>
      part.state === 'approval-requested'
        ? { ...part, state: 'approval-responded', approval: { id: 'a', approved: true } }
        : part,
    );
    const continued = itemForTesting('assistant', parts);
    server.script({ text: ['Too late.'] });
    const { fold, failure } = await answer(responder(), {
      items: [question, continued],
      continued,
    });
    expect(failure).toBeUndefined();
    expect(fold.parts[1]).toMatchObject({ type: 'tool-weather', state: 'output-error' });
    expect(fold.parts.at(-1)).toMatchObject({ text: 'Too late.' });
    const roles = server.requests.at(-1)?.body.messages.map(({ role }) => role);
    expect(roles).toEqual(['user', 'assistant', 'tool']);
  });

  test('do not block another question', async () => {
    const items = [question, itemForTesting('assistant', await ask()), question];
    const { failure } = await answer(responder(asking), { items });
    expect(failure).toBeUndefined();
    expect(server.requests.at(-1)?.body.messages.map(({ role }) => role)).toEqual(['user', 'user']);
  });
});

test('a tool of the client is waited for', async () => {
  server.script({ toolCalls: [call] });
  const { fold } = await answer(responder({ tools: { weather: { inputSchema } } }));
  expect(isWaiting(fold.parts)).toBe(true);
});

describe('failures', () => {
  const silent = (): Promise<never> => {
    passTime();
    return new Promise(() => undefined);
  };
  type Case = [string, ScriptedReply, object];
  test.each<Case>([
    ['a rate limit', { status: 429 }, { code: 'rate_limited', retryable: true }],
    ['a failed server', { status: 500 }, { code: 'provider_error', retryable: true }],
    ['an overloaded server', { status: 529 }, { code: 'provider_error', retryable: true }],
    ['an unknown model', { status: 404 }, { code: 'provider_error', retryable: false }],
    ['a key that may not', { status: 403 }, { code: 'provider_error', retryable: false }],
    ['no money', { status: 402 }, { code: 'provider_error', retryable: false }],
    ['a gateway’s time-out', { status: 504 }, { code: 'timeout', retryable: true }],
    [
      'a request that is refused',
      {
        status: 400,
        errorMessage: 'This model takes 8192 tokens, see https://x.test/sk-abc123def456.',
      },
      {
        code: 'invalid_request',
        retryable: false,
        message: 'The model’s provider refused the request: This model takes 8192 tokens, see ….',
      },
    ],
    ['silence at first', { hold: silent }, { code: 'timeout', retryable: true }],
    [
      'silence in between',
      { breakAfter: { chunks: 2, by: 'hang' } },
      { code: 'timeout', retryable: true },
    ],
    [
      'an error in mid-stream',
      { breakAfter: { chunks: 2, by: 'error' } },
      { code: 'provider_error', retryable: true },
    ],
    [
      'a connection that is dropped',
      { breakAfter: { chunks: 2, by: 'drop' } },
      { code: 'provider_error', retryable: true },
    ],
  ])('%s', async (_name, reply, error) => {
    server.script(reply);
    const isSilent = reply.breakAfter?.by === 'hang';
    if (isSilent || reply.hold) useFakeTimers();
    const given = await answer(responder(), {}, ({ delta }) => {
      if (isSilent && delta === ' world') passTime();
    });
    expect(given.failure).toBeInstanceOf(RunFailure);
    expect((given.failure as RunFailure).error).toMatchObject(error); // checked by the line above
    expect((given.failure as RunFailure).cause).toBeDefined(); // as above
    expect(given.chunks.map(({ type }) => type)).not.toContain('error');
    // What was said before the break stays.
    if (reply.breakAfter) expect(wordsOf(given)).toBe('Hello world');
    expect(finishPartial(given.fold.parts).every((part) => part.state !== 'streaming')).toBe(true);
  });

  test('a wrong key is not shown', async () => {
    const given = await answer(responder({ model: modelWith('sk-wrong-0123456789abcdef') }));
    const { error } = given.failure as RunFailure; // checked in the next line
    expect(error).toMatchObject({ code: 'provider_error', retryable: false });
    expect(error.message).not.toMatch(/sk-|Bearer/);
  });

  test('nobody listens', async () => {
    await server[Symbol.asyncDispose]();
    const { failure } = await answer(responder());
    expect(failure).toMatchObject({ error: { code: 'provider_error', retryable: true } });
  });

  test('a request that failed is made again', async () => {
    server.script({ status: 429, headers: { 'retry-after-ms': '1' } }, { text: ['Here.'] });
    const given = await answer(responder({ maxRetries: 1 }));
    expect(given.failure).toBeUndefined();
    expect(wordsOf(given)).toBe('Here.');
    expect(server.requests).toHaveLength(2);
  });

  test('one that failed every time says why', async () => {
    server.script({ status: 429, headers: { 'retry-after-ms': '1' } });
    const { failure } = await answer(responder({ maxRetries: 1 }));
    expect(failure).toMatchObject({ error: { code: 'rate_limited', retryable: true } });
    expect(server.requests).toHaveLength(2);
  });
});

test('the time of a tool does not count', async () => {
  useFakeTimers();
  server.script({ toolCalls: [call] }, { text: ['Sunny.'] });
  const slow = tool({
    inputSchema,
    execute: async (input) => {
      passTime();
      await someTurns();
      return execute(input);
    },
  });
  const given = await answer(responder({ tools: { weather: slow } }));
  expect(given.failure).toBeUndefined();
  expect(wordsOf(given)).toBe('Sunny.');
});

/** It never ends by itself, however late the stop comes. */
const endless: ScriptedReply = {
  text: Array.from({ length: 500 }, (_, i) => `${i} `),
  breakAfter: { chunks: 20, by: 'hang' },
};

test('a stop ends the request at the provider, and is no failure', async () => {
  server.script(endless);
  const controller = new AbortController();
  let count = 0;
  const given = await answer(responder(), { signal: controller.signal }, ({ type }) => {
    if (type === 'text-delta' && (count += 1) === 3) controller.abort();
  });
  expect(given.failure).toBeUndefined();
  expect(wordsOf(given)).toMatch(/^0 1 2 /);
  expect(wordsOf(given).length).toBeLessThan(100);
  await expect.poll(() => server.requests[0]?.wasAborted).toBe(true);
});

test('a reader that goes away ends the request, too', async () => {
  server.script(endless);
  for await (const chunk of responder().respond(contextForTesting({ items: [question] }))) {
    if (chunk.type === 'text-delta') break;
  }
  await expect.poll(() => server.requests[0]?.wasAborted).toBe(true);
});

const quiet = { maxRetries: 0, onError: () => undefined };

test('an agent of the AI SDK answers as a model does', async () => {
  server.script({ toolCalls: [call] }, { text: ['Sunny.'] }, { status: 429 });
  const agent = new ToolLoopAgent({
    model,
    tools: { weather },
    instructions: 'Be kind.',
    ...quiet,
  });
  const from = createResponder({ name: 'helper', agent });
  expect(from).toMatchObject({ name: 'helper', kind: 'agent', isDemo: false });
  const given = await answer(from);
  expect(given.failure).toBeUndefined();
  expect(wordsOf(given)).toBe('Sunny.');
  expect(given.fold.usage?.totalTokens).toBe(24);
  expect(server.requests[0]?.body.messages[0]).toEqual({ role: 'system', content: 'Be kind.' });
  expect((await answer(from)).failure).toMatchObject({ error: { code: 'rate_limited' } });
});

test('an agent gets the system’s items of the thread, too', async () => {
  const system: Item = itemForTesting('system', [{ type: 'text', text: 'Ann is here.' }]);
  const agent = new ToolLoopAgent({ model, allowSystemInMessages: true, ...quiet });
  const from = createResponder({ name: 'a', agent });
  expect((await answer(from, { items: [system, question] })).failure).toBeUndefined();
  expect(server.requests[0]?.body.messages[0]).toEqual({ role: 'system', content: 'Ann is here.' });
});

test('a failure beside the model is not blamed on the provider', async () => {
  const error = new Error('a secret of this server');
  const agent = { tools: {}, stream: (): Promise<never> => Promise.reject(error) };
  expect((await answer(createResponder({ name: 'a', agent }))).failure).toBe(error);
});

test('a model that breaks down in its own code is a failure of the provider', async () => {
  const broken = new MockLanguageModelV4({
    doStream: () => Promise.reject(new Error('secret detail')),
  });
  const { failure } = await answer(responder({ model: broken }));
  expect(failure).toMatchObject({
    error: { code: 'provider_error', message: 'The model’s provider failed.' },
  });
});

test('completes a prompt, for titles', async () => {
  server.script({ text: ['Greeting', ' people'] }, { status: 429 });
  const { signal } = new AbortController();
  expect(await responder().complete?.('Name it.', signal)).toBe('Greeting people');
  await expect(responder().complete?.('Name it.', signal)).rejects.toMatchObject({
    error: { code: 'rate_limited' },
  });
  expect(server.requests[0]?.body).toMatchObject({
    messages: [{ role: 'user', content: 'Name it.' }],
  });
});
