import { lastAssistantMessageIsCompleteWithApprovalResponses, type UIMessage } from 'ai';
import { expect, test } from 'vitest';
import { mailer } from '../../../../test/support/domain/mailer-for-testing.ts';
import { scripted, textChunks } from '../../../../test/support/domain/responders-for-testing.ts';
import {
  openChatKit,
  textIn,
  userMessage,
  type ChatKit,
} from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';
import { until } from '../../../../test/support/shared/waits-for-testing.ts';
import type { Chunk, TurnContext } from '../../../api/responder.ts';
import { RunFailure } from '../../../shared/run-failure.ts';

const step: Chunk = { type: 'start-step' };
const finish: readonly Chunk[] = [{ type: 'finish-step' }, { type: 'finish' }];
const failure = { code: 'provider_error', message: 'The model failed.', retryable: true };

async function approvalOf(kit: ChatKit): Promise<object> {
  const [, answer] = await kit.messages('t1');
  const parts = answer!.parts.map((part) =>
    'state' in part && part.state === 'approval-requested'
      ? { ...part, state: 'approval-responded', approval: { id: 'ap', approved: true } }
      : part,
  );
  return { id: 't1', trigger: 'submit-message', message: { ...answer, parts } };
}

const toolIn = (message: UIMessage | undefined): object | undefined =>
  message?.parts.find((part) => 'toolCallId' in part && part.toolCallId === 'c');

test('an answer that is larger than an item may be is approved', async () => {
  const responder = mailer({ log: 'x'.repeat(1_200_000) });
  await using kit = await openChatKit({ responder });
  const chat = kit.chat({ id: 't1' });
  await chat.sendMessage({ text: 'Send' });
  const answer = await kit.post(await approvalOf(kit));
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('It is sent.');
  // What people add is bounded all the same.
  await using other = await openChatKit({ responder: mailer() });
  await other.chat({ id: 't1' }).sendMessage({ text: 'Send' });
  const text = JSON.stringify(await approvalOf(other));
  const long = text.replace(
    '"approved":true',
    `"approved":true,"reason":"${'x'.repeat(1_100_000)}"`,
  );
  expect((await other.post(long)).status).toBe(400);
});

test('an output of the client that is sent again is a replay, also after the answer asked for another', async () => {
  const responder = scripted(({ continued }: TurnContext): Chunk[] => {
    const count = continued?.parts.filter(({ state }) => state === 'output-available').length ?? 0;
    if (count === 2) return textChunks('Done.');
    const call = { toolCallId: `c${count}`, toolName: 'locate', input: {} };
    return [{ type: 'start' }, step, { type: 'tool-input-available', ...call }, ...finish];
  });
  await using kit = await openChatKit({ responder });
  const chat = kit.chat({ id: 't1' });
  await chat.sendMessage({ text: 'Where?' });
  const first = structuredClone(chat.messages);
  await chat.addToolOutput({ tool: 'locate', toolCallId: 'c0', output: 'Bern' });
  const body = { id: 't1', trigger: 'submit-message', messages: structuredClone(chat.messages) };
  const tab = kit.chat({ id: 't1', messages: first });
  await chat.sendMessage();
  const again = await kit.post(body);
  expect(again.status).toBe(200);
  expect(await again.text()).toContain('"toolCallId":"c1"');
  await tab.addToolOutput({ tool: 'locate', toolCallId: 'c0', output: 'Bern' });
  await tab.sendMessage();
  expect(tab.error).toBeUndefined();
  expect(tab.messages[1]!.parts).toEqual(chat.messages[1]!.parts);
  await chat.addToolOutput({ tool: 'locate', toolCallId: 'c1', output: 'Rome' });
  await chat.sendMessage();
  expect(textIn(chat.messages[1])).toBe('Done.');
  // The other page has missed more, and catches up.
  await tab.addToolOutput({ tool: 'locate', toolCallId: 'c1', output: 'Rome' });
  await tab.sendMessage();
  expect(tab.messages[1]!.parts).toEqual(chat.messages[1]!.parts);
  expect((await kit.owner.runs.list('t1')).data).toHaveLength(1);
  const forged = JSON.stringify(body).replace('Bern', 'Oslo');
  expect((await kit.post(forged)).status).toBe(400);
});

test('a continuation that failed is tried again from what its tools did', async () => {
  const responder = mailer();
  await using kit = await openChatKit({ responder });
  await kit.chat({ id: 't1' }).sendMessage({ text: 'Send' });
  const body = await approvalOf(kit);
  responder.failing = 2;
  expect(await (await kit.post(body)).text()).toContain('The model failed.');
  expect(await (await kit.post(body)).text()).toContain('The model failed.');
  const answer = await (await kit.post(body)).text();
  expect(answer).toContain('"output":"mail 1"');
  expect(answer).toContain('It is sent.');
  expect(responder.sent).toBe(1);
  const messages = await kit.messages('t1');
  expect(messages).toHaveLength(2);
  expect(textIn(messages[1])).toBe('It is sent.');
  expect(toolIn(messages[1])).toMatchObject({ state: 'output-available', output: 'mail 1' });
  expect((await kit.owner.runs.list('t1')).data.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test('neither a new answer nor the question again has a tool work twice after a failure', async () => {
  for (const asks of [true, false]) {
    const responder = mailer({ asks });
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({
      id: 't1',
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses,
    });
    responder.failing = 3;
    await chat.sendMessage({ text: 'Send' });
    if (asks) await chat.addToolApprovalResponse({ id: 'ap', approved: true });
    await until(() => chat.status === 'error');
    await chat.regenerate();
    expect(chat.status).toBe('error');
    const question = { id: 't1', trigger: 'submit-message', message: chat.messages[0] };
    expect(await (await kit.post(question)).text()).toContain('The model failed.');
    await chat.regenerate();
    expect(chat.error).toBeUndefined();
    expect(chat.messages.map(textIn)).toEqual(['Send', 'It is sent.']);
    expect(toolIn(chat.messages[1])).toMatchObject({ output: 'mail 1' });
    expect((await kit.messages('t1'))[1]!.parts).toEqual(
      JSON.parse(JSON.stringify(chat.messages[1]!.parts)),
    );
    expect(responder.sent).toBe(1);
    // After a success another answer is another answer.
    await chat.regenerate();
    if (!asks) expect(responder.sent).toBe(2);
  }
});

test('sendMessage() without arguments tries again after an error', async () => {
  for (const words of ['', 'Half']) {
    let count = 0;
    const responder = scripted(function* () {
      count += 1;
      yield* textChunks(words).slice(0, words === '' ? 1 : 4);
      if (count < 3) throw new RunFailure(failure);
      yield* textChunks('Whole.').slice(2);
    });
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    await chat.sendMessage({ text: 'Go' });
    expect(chat.status).toBe('error');
    const { id } = chat.messages.at(-1)!;
    await chat.sendMessage();
    expect(chat.error?.message).toBe('The model failed.');
    const reloaded = kit.chat({ id: 't1', messages: await kit.messages('t1') });
    await reloaded.sendMessage();
    expect(reloaded.error).toBeUndefined();
    const stored = await kit.messages('t1');
    expect(stored).toHaveLength(2);
    expect(textIn(stored[1])).toBe(`${words}Whole.`);
    if (chat.messages.length === 2) expect(stored[1]!.id).toBe(id);
  }
});

const goOn = { id: 't1', message: userMessage('m2', 'Or not') };

function stopRequest(kit: ChatKit): Promise<Response> {
  return kit.ask('/api/chat/t1/stop', { method: 'POST' });
}

test('an approval that nobody gave is closed when the user goes on or stops', async () => {
  for (const how of ['goes on', 'stops']) {
    const responder = mailer();
    await using kit = await openChatKit({ responder });
    const chat = kit.chat({ id: 't1' });
    await chat.sendMessage({ text: 'Send' });
    const late = await approvalOf(kit);
    const [run] = (await kit.owner.runs.list('t1')).data;
    const request = how === 'stops' ? stopRequest(kit) : kit.post(goOn);
    const told = await (await request).text();
    const [, answer] = await kit.messages('t1');
    // The page learns it at once, and only from the request that closes it.
    expect(told).toContain(`"closed":[${JSON.stringify(answer)}]`);
    const again = how === 'stops' ? stopRequest(kit) : kit.post(goOn);
    expect(await (await again).text()).not.toContain('"closed"');
    expect(toolIn(answer), how).toMatchObject({
      state: 'output-denied',
      approval: { id: 'ap', approved: false, reason: expect.any(String) },
    });
    expect(answer!.id).toBe(chat.messages[1]!.id);
    const types: string[] = [];
    for await (const { chunk } of kit.owner.streams.read('t1', run!.streamId))
      types.push(chunk.type);
    expect(types.slice(-2)).toEqual(['tool-approval-response', 'tool-output-denied']);
    // It comes too late, and nothing is sent.
    expect((await kit.post(late)).status).toBe(409);
    expect(responder.sent).toBe(0);
  }
});

test('a page learns what was closed, though the answer that closes it fails at once', async () => {
  let isFailing = false;
  const responder = scripted(function* () {
    if (isFailing) throw new RunFailure(failure);
    yield* textChunks('').slice(0, 2);
    yield { type: 'tool-input-available', toolCallId: 'c', toolName: 'mail', input: {} };
    yield { type: 'tool-approval-request', approvalId: 'ap', toolCallId: 'c' };
    yield { type: 'finish' };
  });
  await using kit = await openChatKit({ responder });
  await kit.chat({ id: 't1' }).sendMessage({ text: 'Send' });
  isFailing = true;
  const told = await (await kit.post(goOn)).text();
  const [, answer] = await kit.messages('t1');
  expect(toolIn(answer)).toMatchObject({ state: 'output-denied' });
  expect(told).toContain(`"closed":[${JSON.stringify(answer)}]`);
});

test('in a fork an answer that was cut off is tried again, and one that waits elsewhere says so', async () => {
  for (const asks of [true, false]) {
    const responder = mailer({ asks });
    await using kit = await openChatKit({ responder });
    responder.failing = asks ? 0 : 1;
    await kit.chat({ id: 't1' }).sendMessage({ text: 'Send' });
    const [fork] = await kit.owner.threads.fork([{ threadId: 't1' }]);
    const { id } = fork!;
    const page = kit.chat({ id, messages: await kit.messages(id) });
    if (asks) await page.addToolApprovalResponse({ id: 'ap', approved: true });
    await page.sendMessage();
    if (asks) expect(JSON.parse(page.error!.message)).toMatchObject({ status: 409 });
    else expect(JSON.parse(JSON.stringify(page.messages))).toEqual(await kit.messages(id));
    expect(responder.sent).toBe(asks ? 0 : 1);
    // The page of the source is as it was.
    const [, answer] = await kit.messages('t1');
    expect(textIn(answer)).toBe(asks ? '' : 'Half');
    const again = kit.chat({ id, messages: await kit.messages(id) });
    await again.regenerate();
    expect(again.error).toBeUndefined();
    expect(JSON.parse(JSON.stringify(again.messages))).toEqual(await kit.messages(id));
  }
});
