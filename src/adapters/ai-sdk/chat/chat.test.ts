import {
  DefaultChatTransport,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import { describe, expect, test } from 'vitest';
import {
  gate,
  scripted,
  textChunks,
} from '../../../../test/support/domain/responders-for-testing.ts';
import type { Part } from '../../../api/item.ts';
import { RunFailure } from '../../../shared/run-failure.ts';
import type { Responder, TurnContext } from '../../../api/responder.ts';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/index.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import { createChatHandler } from './create-chat-handler.ts';
import {
  openChatKit,
  textIn,
  userMessage,
  type ChatKit,
} from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';
import { until } from '../../../../test/support/shared/waits-for-testing.ts';

/** Answers every question by naming it, and how many answers were requested. */
function echo(): Responder & { readonly seen: string[][] } {
  const seen: string[][] = [];
  const responder = scripted(({ items }: TurnContext) => {
    seen.push(items.map((item) => `${item.role}: ${textOf(item.parts)}`));
    return textChunks(`answer ${seen.length} to `, textOf(items.at(-1)!.parts));
  });
  return { ...responder, seen };
}

function textOf(parts: readonly Part[]): string {
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

async function chunksOf(response: Response): Promise<{ type: string; [field: string]: unknown }[]> {
  const text = await response.text();
  const events = text.split('\n\n').filter((event) => event.startsWith('data: {'));
  return events.map((event) => JSON.parse(event.slice('data: '.length)));
}

/** A page shows the same before and after a reload. */
async function expectStored(
  kit: ChatKit,
  messages: readonly UIMessage[],
  id: string,
): Promise<void> {
  const stored = await kit.messages(id);
  const plain: unknown = JSON.parse(JSON.stringify(messages));
  const known = stored.map(({ metadata: _metadata, ...message }) => message);
  expect(known).toEqual((plain as UIMessage[]).map(({ metadata: _m, ...message }) => message));
}

describe('a chat with an unchanged client of the AI SDK', () => {
  test('sends and streams; ids and parts are the same at both ends', async () => {
    const responder = echo();
    await using kit = await openChatKit({ responder });
    const told: unknown[] = [];
    const chat = kit.chat({ id: 't1', onData: (part) => told.push(part) });
    await chat.sendMessage({ text: 'One?' });
    await chat.sendMessage({ text: 'Two?' });
    expect(chat.status).toBe('ready');
    expect(chat.messages.map(textIn)).toEqual([
      'One?',
      'answer 1 to One?',
      'Two?',
      'answer 2 to Two?',
    ]);
    await expectStored(kit, chat.messages, 't1');
    expect(responder.seen[1]).toEqual(['user: One?', 'assistant: answer 1 to One?', 'user: Two?']);
    expect(await kit.owner.threads.get('t1')).toMatchObject({ ownerId: 'u1', itemCount: 4 });
    const items = (await kit.owner.items.list('t1')).data;
    expect(items.map(({ key }) => key)).toEqual(chat.messages.map(({ id }) => id));
    expect(told.slice(0, 2)).toMatchObject([
      {
        data: {
          messageId: chat.messages[1]!.id,
          items: [{ id: items[0]!.id, key: items[0]!.key }],
        },
      },
      { data: { status: 'completed', itemId: items[1]!.id } },
    ]);
  });

  test('has the headers of the protocol, and tells the ids', async () => {
    await using kit = await openChatKit({ responder: echo() });
    const answer = await kit.post({ id: 't1', messages: [userMessage('m1', 'Hi')] });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const [run] = (await kit.owner.runs.list('t1')).data;
    expect(answer.headers.get('x-skein-run-id')).toBe(run!.id);
    expect(answer.headers.get('x-skein-stream-id')).toBe(run!.streamId);
    const text = await answer.text();
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(JSON.parse(text.slice(6, text.indexOf('\n\n')))).toEqual({
      type: 'start',
      messageId: run!.messageId,
    });
  });

  test('a message that is sent again gets the same run, as a full replay, also when its chunks are gone', async () => {
    const responder = echo();
    let nowMs = Date.parse('2030-01-01');
    await using kit = await openChatKit({ responder, storeOptions: { clock: () => nowMs } });
    const body = { id: 't1', message: userMessage('m1', 'Hi'), trigger: 'submit-message' };
    const answers = await Promise.all([kit.post(body), kit.post(body), kit.post(body)]);
    const texts = await Promise.all(
      answers.map(async (answer) =>
        JSON.stringify((await chunksOf(answer)).filter(({ type }) => type !== 'data-skein')),
      ),
    );
    expect(new Set(texts).size).toBe(1);
    nowMs += 3_600_000;
    const late = await chunksOf(await kit.post(body));
    expect(late.find(({ type }) => type === 'text-delta')).toMatchObject({
      delta: 'answer 1 to Hi',
    });
    expect(responder.seen).toHaveLength(1);
    expect(await kit.messages('t1')).toHaveLength(2);
  });

  test('another message under the same id is refused', async () => {
    await using kit = await openChatKit({ responder: echo() });
    await (await kit.post({ id: 't1', message: userMessage('m1', 'Hi') })).text();
    const answer = await kit.post({ id: 't1', message: userMessage('m1', 'Ho') });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'key_conflict' });
  });

  test('a client that goes away stops nothing; a reload takes the answer up from its beginning', async () => {
    const halfway = gate();
    const responder = scripted(async function* () {
      yield* textChunks('first ', 'second ').slice(0, 5);
      await halfway.opened;
      yield* textChunks('third').slice(3);
    });
    await using kit = await openChatKit({ responder });
    const before = kit.chat({ id: 't1' });
    const sending = before.sendMessage({ text: 'Go' });
    await until(() => textIn(before.messages[1]) === 'first second ');
    await before.stop();
    await sending;
    expect(await (await kit.ask('/api/chat/t1/stream')).body?.cancel()).toBeUndefined();
    const after = kit.chat({ id: 't1', messages: await kit.messages('t1') });
    const resuming = after.resumeStream();
    await until(() => textIn(after.messages[1]) === 'first second ');
    halfway.open();
    await resuming;
    expect(after.messages.map(textIn)).toEqual(['Go', 'first second third']);
    expect(after.messages[1]!.id).toBe(before.messages[1]!.id);
    await expectStored(kit, after.messages, 't1');
    expect((await kit.ask('/api/chat/t1/stream')).status).toBe(204);
    expect((await kit.ask('/api/chat/unknown/stream')).status).toBe(204);
  });

  test('a thread that is deleted meanwhile ends the answer with an error', async () => {
    const never = gate();
    const responder = scripted(async function* () {
      yield* textChunks('half').slice(0, 4);
      await never.opened;
    });
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    const sending = chat.sendMessage({ text: 'Go' });
    await until(() => textIn(chat.messages[1]) === 'half');
    await kit.owner.threads.delete(['t1']);
    await sending;
    expect(chat.status).toBe('error');
    expect(chat.error?.message).toContain('was not found');
    await chat.sendMessage({ text: 'Again' });
    expect(JSON.parse(chat.error!.message)).toMatchObject({ code: 'not_found', status: 404 });
  });

  test('stop keeps the answer so far, and the next turn works', async () => {
    const hung = gate();
    let count = 0;
    const responder = scripted(async function* () {
      count += 1;
      yield* textChunks(`part ${count}`).slice(0, 4);
      if (count === 1) await hung.opened;
      yield* textChunks('').slice(4);
    });
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    const sending = chat.sendMessage({ text: 'Go' });
    await until(() => textIn(chat.messages[1]) === 'part 1');
    const stopped = await kit.ask('/api/chat/t1/stop', { method: 'POST' });
    expect(await stopped.json()).toMatchObject({
      runs: [{ status: 'cancelled', messageId: chat.messages[1]!.id }],
    });
    await chat.stop();
    await sending;
    await chat.sendMessage({ text: 'More' });
    expect((await kit.messages('t1')).map(textIn)).toEqual(['Go', 'part 1', 'More', 'part 2']);
    expect((await kit.messages('t1'))[1]!.metadata).toMatchObject({ 'skein:partial': true });
  });

  test('a second message while an answer is being made is refused, or takes its place by configuration', async () => {
    const hung = gate();
    const responder = scripted(async function* ({ signal }: TurnContext) {
      yield* textChunks('slow').slice(0, 4);
      await Promise.race([
        hung.opened,
        new Promise((resolve) => signal.addEventListener('abort', resolve)),
      ]);
      yield* textChunks('').slice(4);
    });
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    const sending = chat.sendMessage({ text: 'One' });
    await until(() => textIn(chat.messages[1]) === 'slow');
    const other = kit.chat({ id: 't1', messages: await kit.messages('t1') });
    await other.sendMessage({ text: 'Two' });
    expect(other.status).toBe('error');
    expect(JSON.parse(other.error!.message)).toMatchObject({ code: 'conflict', status: 409 });
    hung.open();
    await sending;
    expect((await kit.messages('t1')).map(textIn)).toEqual(['One', 'slow']);
  });

  test('another answer replaces the one before, and everything after it is archived', async () => {
    const responder = echo();
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    for (const text of ['One', 'Two', 'Three']) await chat.sendMessage({ text });
    await chat.regenerate();
    expect(chat.messages.map(textIn).slice(4)).toEqual(['Three', 'answer 4 to Three']);
    await expectStored(kit, chat.messages, 't1');
    await chat.regenerate({ messageId: chat.messages[1]!.id });
    expect(chat.messages.map(textIn)).toEqual(['One', 'answer 5 to One']);
    await expectStored(kit, chat.messages, 't1');
    expect(responder.seen[4]).toEqual(['user: One']);
    const runs = (await kit.owner.runs.list('t1')).data;
    expect(runs.at(-1)).toMatchObject({ attempt: 2 });
    const log = (await kit.owner.items.list('t1', { view: 'log' })).data;
    expect(log).toHaveLength(8);
    await chat.sendMessage({ text: 'Four' });
    expect(responder.seen[5]).toEqual(['user: One', 'assistant: answer 5 to One', 'user: Four']);
  });

  test('an edit of a question archives everything after it; sent again it is the same run', async () => {
    const responder = echo();
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    for (const text of ['One', 'Two']) await chat.sendMessage({ text });
    const { id: messageId } = chat.messages[0]!;
    await chat.sendMessage({ text: 'One, edited', messageId });
    expect(chat.messages.map(textIn)).toEqual(['One, edited', 'answer 3 to One, edited']);
    expect(chat.messages[0]!.id).toBe(messageId);
    await expectStored(kit, chat.messages, 't1');
    expect(responder.seen[2]).toEqual(['user: One, edited']);
    const body = { id: 't1', message: chat.messages[0], messageId, trigger: 'submit-message' };
    await (await kit.post(body)).text();
    expect(responder.seen).toHaveLength(3);
    await chat.sendMessage({ text: 'Later' });
    await (await kit.post(body)).text();
    expect(responder.seen).toHaveLength(5);
    expect((await kit.messages('t1')).map(textIn)).toEqual([
      'One, edited',
      'answer 5 to One, edited',
    ]);
    await chat.regenerate({ messageId });
    expect(textIn((await kit.messages('t1'))[1])).toBe('answer 6 to One, edited');
  });

  test('an edit with the policy to interrupt leaves nothing of the answer that was under way', async () => {
    const never = gate();
    let count = 0;
    const responder = scripted(async function* ({ items }: TurnContext) {
      count += 1;
      yield* textChunks(`${count}: ${textOf(items.at(-1)!.parts)}`).slice(0, 4);
      if (count === 1) await never.opened;
      yield* textChunks('').slice(4);
    });
    await using kit = await openChatKit({ responder, policy: 'interrupt' });
    const first = kit.chat({ id: 't1', generateId: () => 'm1' });
    const sending = first.sendMessage({ text: 'Draft' });
    await until(() => textIn(first.messages[1]) === '1: Draft');
    const second = kit.chat({ id: 't1', messages: await kit.messages('t1') });
    await second.sendMessage({ text: 'Final', messageId: second.messages[0]!.id });
    await sending;
    expect((await kit.messages('t1')).map(textIn)).toEqual(['Final', '2: Final']);
  });

  test('a failure in mid-stream is an error at the client, and the retry replaces it', async () => {
    let count = 0;
    const responder = scripted(function* () {
      count += 1;
      yield* textChunks(`try ${count}`).slice(0, 4);
      if (count < 3) {
        throw new RunFailure({
          code: 'rate_limited',
          message: 'Too many requests.',
          retryable: true,
        });
      }
      yield* textChunks('').slice(4);
    });
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    await chat.sendMessage({ text: 'Go' });
    expect(chat.status).toBe('error');
    expect(chat.error?.message).toBe('Too many requests.');
    expect((await kit.messages('t1'))[1]!.parts.at(-1)).toMatchObject({ type: 'data-error' });
    await chat.regenerate();
    expect(chat.status).toBe('error');
    const body = { id: 't1', message: chat.messages[0], trigger: 'submit-message' };
    await (await kit.post(body)).text();
    expect((await kit.messages('t1')).map(textIn)).toEqual(['Go', 'try 3']);
    expect((await kit.owner.runs.list('t1')).data.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });
});

describe('tools that ask', () => {
  /** Asks to buy; its answer then shows what it was given. */
  function shop(second: () => Promise<void> = () => Promise.resolve()): Responder {
    return scripted(async function* ({ continued }: TurnContext) {
      if (continued === undefined) {
        yield { type: 'start' };
        yield { type: 'start-step' };
        yield { type: 'text-start', id: 'a' };
        yield { type: 'text-delta', id: 'a', delta: 'May I? ' };
        yield { type: 'text-end', id: 'a' };
        yield { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: { n: 1 } };
        yield { type: 'tool-approval-request', approvalId: 'ap', toolCallId: 'c' };
        yield { type: 'finish-step' };
        yield { type: 'finish', messageMetadata: { first: 1, usage: { totalTokens: 3 } } };
        return;
      }
      yield { type: 'start' };
      yield { type: 'tool-output-available', toolCallId: 'c', output: 'bought' };
      yield { type: 'finish-step' };
      yield { type: 'start-step' };
      yield { type: 'text-start', id: 't' };
      yield { type: 'text-delta', id: 't', delta: 'It is ' };
      await second();
      yield { type: 'text-delta', id: 't', delta: 'yours.' };
      yield { type: 'text-end', id: 't' };
      yield { type: 'finish-step' };
      yield { type: 'finish', messageMetadata: { usage: { totalTokens: 4 } } };
    });
  }

  test('continue as the same message once approved, also for a page loaded meanwhile', async () => {
    const halfway = gate();
    await using kit = await openChatKit({ responder: shop(() => halfway.opened) });
    const chat = kit.chat({
      id: 't1',
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    });
    await chat.sendMessage({ text: 'Buy' });
    expect(chat.messages[1]!.parts.at(-1)).toMatchObject({ state: 'approval-requested' });
    await expectStored(kit, chat.messages, 't1');
    expect((await kit.ask('/api/chat/t1/stream')).status).toBe(204);
    await chat.addToolApprovalResponse({ id: 'ap', approved: true });
    await until(() => textIn(chat.messages[1]) === 'May I? It is ');
    const loaded = await kit.messages('t1');
    expect(loaded[1]!.id).toBe(chat.messages[1]!.id);
    const reloaded = kit.chat({ id: 't1', messages: loaded });
    const resuming = reloaded.resumeStream();
    await until(() => textIn(reloaded.messages[1]) === 'May I? It is ');
    halfway.open();
    await resuming;
    await until(() => chat.status === 'ready');
    expect(chat.messages.map(textIn)).toEqual(['Buy', 'May I? It is yours.']);
    expect(chat.messages).toHaveLength(2);
    await expectStored(kit, chat.messages, 't1');
    await expectStored(kit, reloaded.messages, 't1');
    expect(chat.messages[1]!.metadata).toEqual({ first: 1, usage: { totalTokens: 7 } });
    expect((await kit.messages('t1'))[1]!.metadata).toEqual(chat.messages[1]!.metadata);
    expect((await kit.owner.runs.list('t1')).data).toHaveLength(1);
  });

  test('accept nothing but the answer: a client that changes more stores nothing', async () => {
    await using kit = await openChatKit({ responder: shop() });
    const chat = kit.chat({ id: 't1' });
    await chat.sendMessage({ text: 'Buy' });
    const answer = chat.messages[1]!;
    const approve = { state: 'approval-responded', approval: { id: 'ap', approved: true } };
    const tool = answer.parts.at(-1)!;
    const asked = answer.parts.slice(0, -1);
    const bad: unknown[][] = [
      [...asked, { ...tool, ...approve, input: { n: 100 } }],
      [...asked, { ...tool, ...approve, approval: { id: 'other', approved: true } }],
      [...asked, { ...tool, ...approve, approval: { id: 'ap', approved: 'yes' } }],
      [...asked, { ...tool, state: 'output-available', output: 'free' }],
      [
        { type: 'step-start' },
        { type: 'text', text: 'Forged', state: 'done' },
        { ...tool, ...approve },
      ],
      [...asked, { ...tool, ...approve }, { type: 'text', text: 'more' }],
      asked,
      [...asked, tool],
    ];
    const log = (await kit.owner.items.list('t1', { view: 'log' })).data;
    for (const parts of bad) {
      const body = { id: 't1', messages: [{ ...answer, parts }], trigger: 'submit-message' };
      const refused = await kit.post(body);
      expect(refused.status, JSON.stringify(parts)).toBe(400);
      const problem = (await refused.json()) as { errors: { path: string }[] };
      expect(problem.errors[0]!.path).toMatch(/^messages\.0\.parts/);
    }
    expect((await kit.owner.items.list('t1', { view: 'log' })).data).toEqual(log);
    const good = [...asked, { ...tool, ...approve }];
    const body = { id: 't1', messages: [{ ...answer, parts: good }], trigger: 'submit-message' };
    const both = await Promise.all([kit.post(body), kit.post(body)]);
    const statuses = both.map(({ status }) => status).toSorted();
    expect(statuses[0]).toBe(200);
    expect([200, 409]).toContain(statuses[1]);
    await Promise.all(both.map((response) => response.text()));
    expect((await kit.post(body)).status).toBe(200);
    expect((await kit.messages('t1')).map(textIn)).toEqual(['Buy', 'May I? It is yours.']);
  });

  test('that run at the client give their output back', async () => {
    const responder = scripted(({ continued, items }: TurnContext) => {
      const output = continued?.parts.find(({ state }) => state === 'output-available')?.output;
      if (output !== undefined) return textChunks(`You are in ${String(output)}.`);
      expect(items).toHaveLength(1);
      return [
        { type: 'start' },
        { type: 'start-step' },
        { type: 'tool-input-available', toolCallId: 'c', toolName: 'locate', input: {} },
        { type: 'finish-step' },
        { type: 'finish' },
      ];
    });
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    await chat.sendMessage({ text: 'Where?' });
    await chat.addToolOutput({ tool: 'locate', toolCallId: 'c', output: 'Bern' });
    await chat.sendMessage();
    expect(chat.error).toBeUndefined();
    expect(textIn(chat.messages[1])).toBe('You are in Bern.');
    await expectStored(kit, chat.messages, 't1');
  });
});

describe('a private message', () => {
  const secret = 'The code is 4711.';
  const posted = (text: string, more: object = {}): object => ({
    ...userMessage('m1', text),
    ...more,
  });

  test.each<[string, object]>([
    ['its own field', { id: 't1', message: posted(secret, { private: true }) }],
    ['its metadata', { id: 't1', messages: [posted(secret, { metadata: { private: true } })] }],
    ['the body', { id: 't1', private: true, messages: [posted(secret)] }],
    ['a body with threadId', { threadId: 't1', message: posted(secret, { private: true }) }],
  ])('says so by %s, is shown to its author alone, and may be sent again', async (_by, body) => {
    const responder = echo();
    await using kit = await openChatKit({ responder, newThread: { visibility: 'public' } });
    expect((await kit.post(body)).status).toBe(200);
    await until(async () => (await kit.messages('t1')).length === 2);
    const messages = await kit.messages('t1');
    expect(messages.map(({ metadata }) => metadata)).toEqual(
      messages.map(() => expect.objectContaining({ private: true })),
    );
    const others = await kit.ask('/api/chat/t1/messages', { userId: 'u2' });
    expect(await others.json()).toMatchObject({ messages: [] });
    expect((await kit.post(body)).status).toBe(200);
    expect((await kit.post({ id: 't1', message: messages[0] })).status).toBe(200);
    expect(responder.seen).toHaveLength(1);
  });

  test('is one by true alone, and an edit makes none', async () => {
    await using kit = await openChatKit({ responder: echo() });
    for (const [more, path] of [
      [{ message: posted(secret, { private: 'yes' }) }, 'message.private'],
      [{ message: posted(secret, { metadata: { private: 1 } }) }, 'message.metadata.private'],
      [{ private: 'true', message: posted(secret) }, 'private'],
    ] as const) {
      const answer = await kit.post({ id: 't1', ...more });
      expect([answer.status, (await answer.json()).errors[0].path]).toEqual([400, path]);
    }
    const open = { id: 't1', message: posted('open', { metadata: { private: false } }) };
    await (await kit.post(open)).text();
    const [first] = await kit.messages('t1');
    expect(first?.metadata).toEqual({ private: false });
    const edit = { id: 't1', messageId: 'm1', message: posted(secret, { private: true }) };
    expect((await kit.post(edit)).status).toBe(400);
  });

  test('names its thread by id or threadId, which must not differ', async () => {
    await using kit = await openChatKit({ responder: echo() });
    for (const [ids, path] of [
      [{}, 'id'],
      [{ threadId: 7 }, 'threadId'],
      [{ id: 't1', threadId: 't2' }, 'threadId'],
    ] as const) {
      const answer = await kit.post({ ...ids, message: posted('x') });
      expect([answer.status, (await answer.json()).errors[0].path]).toEqual([400, path]);
    }
    const both = await kit.post({ id: 't1', threadId: 't1', message: posted('x') });
    expect(both.status).toBe(200);
  });
});

describe('requests that are refused', () => {
  test('store nothing, and say what is wrong', async () => {
    await using kit = await openChatKit({ responder: echo() });
    const big = 'x'.repeat(2 * 1024 * 1024);
    const cases: [unknown, number, string, string?][] = [
      ['{', 400, 'invalid_request'],
      [[], 400, 'invalid_request'],
      [{ id: 't1' }, 400, 'invalid_request', 'messages'],
      [{ id: 't1', messages: [] }, 400, 'invalid_request', 'messages'],
      [{ id: 7, messages: [userMessage('m', 'x')] }, 400, 'invalid_request', 'id'],
      [{ id: '../x', messages: [userMessage('m', 'x')] }, 400, 'invalid_request', 'id'],
      [{ id: 't1', messages: 'no' }, 400, 'invalid_request', 'messages'],
      [
        { id: 't1', trigger: 'shout', message: userMessage('m', 'x') },
        400,
        'invalid_request',
        'trigger',
      ],
      [
        { id: 't1', messages: [{ id: 'm', role: 'user' }] },
        400,
        'invalid_request',
        'messages.0.parts',
      ],
      [
        { id: 't1', messages: [{ role: 'user', parts: [] }] },
        400,
        'invalid_request',
        'messages.0.id',
      ],
      [
        { id: 't1', message: { id: 'm', role: 'system', parts: [{ type: 'text', text: 'x' }] } },
        400,
        'invalid_request',
        'message.role',
      ],
      [
        { id: 't1', messages: [{ id: 'm', role: 'user', parts: [{ type: 'text' }] }] },
        400,
        'invalid_request',
        'messages.0.parts.0.text',
      ],
      [
        {
          id: 't1',
          messages: [{ id: 'm', role: 'assistant', parts: [{ type: 'text', text: 'x' }] }],
        },
        400,
        'invalid_request',
        'messages.0.id',
      ],
      [{ id: 't1', messages: [userMessage('m', big)] }, 400, 'invalid_request', 'items.0.parts'],
      [
        { id: 't1', messages: [userMessage('m', 'x')], trigger: 'regenerate-message' },
        404,
        'not_found',
      ],
    ];
    for (const [body, status, code, path] of cases) {
      const answer = await kit.post(body);
      const problem = (await answer.json()) as { code: string; errors?: { path: string }[] };
      expect([answer.status, problem.code], JSON.stringify(body).slice(0, 200)).toEqual([
        status,
        code,
      ]);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      if (path !== undefined) expect(problem.errors?.[0]?.path).toBe(path);
    }
    expect((await kit.owner.threads.list()).data).toEqual([]);
  });

  test.each([
    ['another host', 'https://chat.example/api/chat/x/messages', {}],
    ['a page of another origin', undefined, { origin: 'https://evil.example' }],
    ['a picture in a page of another site', undefined, { 'sec-fetch-site': 'cross-site' }],
    ['a proxy that says for whom', undefined, { 'x-forwarded-for': '::1, 203.0.113.7' }],
    ['a proxy that says by which name', undefined, { 'x-forwarded-host': 'chat.example' }],
    ['a proxy that names itself', undefined, { via: '1.1 proxy' }],
  ])('without identify nobody is answered from %s', async (_what, url, headers) => {
    await using store = await createStore({ engine: memory() });
    const chat = createChatHandler({ store, responder: scripted(() => textChunks('x')) });
    const here = 'http://localhost/api/chat/x/messages';
    expect((await chat(new Request(here))).status).toBe(404);
    // A framework sets these itself.
    const own = { 'x-forwarded-for': '::ffff:127.0.0.1', 'x-forwarded-host': 'localhost:3000' };
    expect((await chat(new Request(here, { headers: own }))).status).toBe(404);
    const refused = await chat(new Request(url ?? here, { headers }));
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'unauthenticated' });
  });

  test('another body than JSON, and one that is too large', async () => {
    await using kit = await openChatKit({ responder: echo() });
    const form = await kit.ask('/api/chat', {
      method: 'POST',
      body: new URLSearchParams({ id: 't1' }),
    });
    expect(form.status).toBe(400);
    expect((await kit.post(`"${'x'.repeat(17 * 1024 * 1024)}"`)).status).toBe(413);
    expect((await kit.ask('/api/chat/t1/nothing')).status).toBe(404);
    expect((await kit.ask('/api/chat/%E0%A4%A/stream')).status).toBe(400);
  });

  test('an unknown model', async () => {
    await using kit = await openChatKit({});
    const body = { id: 't1', message: userMessage('m', 'x'), model: 'no/such' };
    expect((await kit.post(body)).status).toBe(400);
    expect((await kit.owner.threads.list()).data).toEqual([]);
  });

  test('the private thread of another reads as none', async () => {
    await using kit = await openChatKit({ responder: echo() });
    await (await kit.post({ id: 't1', message: userMessage('m', 'Mine') })).text();
    const known = (await kit.messages('t1'))[1]!;
    const bodies = [
      { id: 't1', message: userMessage('m', 'Mine') },
      { id: 't1', message: userMessage('m2', 'Yours') },
      { id: 't1', message: userMessage('m', 'Edited'), messageId: 'm' },
      { id: 't1', trigger: 'regenerate-message', messageId: known.id },
    ];
    for (const body of bodies) expect((await kit.post(body, 'u2')).status).toBe(404);
    expect((await kit.ask('/api/chat/t1/messages', { userId: 'u2' })).status).toBe(404);
    expect((await kit.ask('/api/chat/t1/stop', { method: 'POST', userId: 'u2' })).status).toBe(404);
    expect((await kit.ask('/api/chat/t1/stream', { userId: 'u2' })).status).toBe(204);
    expect(await kit.messages('t1')).toHaveLength(2);
  });
});

test('the transport alone: it resumes with the same chunks that it sends', async () => {
  const halfway = gate();
  const responder = scripted(async function* () {
    yield* textChunks('a', 'b').slice(0, 5);
    await halfway.opened;
    yield* textChunks('c').slice(3);
  });
  await using kit = await openChatKit({ responder });
  const transport = new DefaultChatTransport({
    fetch: (input, init) => kit.ask(String(input), init ?? {}),
  });
  const options = { chatId: 't1', messageId: undefined, abortSignal: undefined } as const;
  const sent = await transport.sendMessages({
    ...options,
    messages: [userMessage('m', 'Go')],
    trigger: 'submit-message',
  });
  const taken = await transport.reconnectToStream({ chatId: 't1' });
  halfway.open();
  const [one, two] = await Promise.all([collect(sent), collect(taken!)]);
  expect(one).toEqual(two);
  expect(one.filter(({ type }) => type === 'text-delta')).toHaveLength(3);
});

async function collect(stream: ReadableStream<UIMessageChunk>): Promise<UIMessageChunk[]> {
  const chunks: UIMessageChunk[] = [];
  for await (const chunk of stream) if (chunk.type !== 'data-skein') chunks.push(chunk);
  return chunks;
}

describe.each(enginePlaces)('two servers on one place: %s', (_name, createPlace) => {
  test('an answer of one is taken up and stopped through the other', async () => {
    await using place = await createPlace();
    const never = gate();
    const responder = scripted(async function* () {
      yield* textChunks('half').slice(0, 4);
      await never.opened;
    });
    await using kit = await openChatKit({ responder, storeOptions: { engine: place.open() } });
    if (!kit.store.capabilities.shared) return;
    await using there = await openChatKit({ responder, storeOptions: { engine: place.open() } });
    const chat = kit.chat({ id: 't1' });
    const sending = chat.sendMessage({ text: 'Go' });
    await until(() => textIn(chat.messages[1]) === 'half');
    const reloaded = there.chat({ id: 't1', messages: await there.messages('t1') });
    const resuming = reloaded.resumeStream();
    await until(() => textIn(reloaded.messages[1]) === 'half');
    expect((await there.ask('/api/chat/t1/stop', { method: 'POST' })).status).toBe(200);
    await Promise.all([sending, resuming]);
    expect(reloaded.messages[1]!.id).toBe(chat.messages[1]!.id);
    expect((await kit.messages('t1')).map(textIn)).toEqual(['Go', 'half']);
    expect((await there.ask('/api/chat/t1/stream')).status).toBe(204);
  });
});
