import { describe, expect, test } from 'vitest';
import { scripted, textChunks } from '../../../../test/support/domain/responders-for-testing.ts';
import type { Responder, TurnContext } from '../../../api/responder.ts';
import { RunFailure } from '../../../shared/run-failure.ts';
import {
  openChatKit,
  textIn,
  userMessage,
  type ChatKit,
} from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';

/** Answers with the number of the answer. */
function counting(): Responder {
  let count = 0;
  return scripted(() => textChunks(`answer ${(count += 1)}`));
}

/** Asks for an approval, and continues once it has one. */
const shop: Responder = scripted(({ continued }: TurnContext) => {
  if (continued !== undefined) {
    return [
      { type: 'start' },
      { type: 'tool-output-available', toolCallId: 'c', output: 'bought' },
      { type: 'finish-step' },
      { type: 'finish' },
    ];
  }
  return [
    { type: 'start' },
    { type: 'start-step' },
    { type: 'tool-input-available', toolCallId: 'c', toolName: 'buy', input: {} },
    { type: 'tool-approval-request', approvalId: 'ap', toolCallId: 'c' },
    { type: 'finish-step' },
    { type: 'finish' },
  ];
});

async function statusOf(kit: ChatKit, body: unknown, userId?: string): Promise<[number, string]> {
  const answer = await kit.post(body, userId);
  const text = await answer.text();
  return [answer.status, answer.status === 200 ? '' : (JSON.parse(text) as { code: string }).code];
}

async function expectConflict(kit: ChatKit, body: unknown): Promise<void> {
  const before = await kit.owner.items.list('t1', { view: 'log' });
  expect(await statusOf(kit, body), JSON.stringify(body)).toEqual([409, 'conflict']);
  expect((await kit.owner.items.list('t1', { view: 'log' })).data).toEqual(before.data);
}

test('a stale page cannot regenerate an answer that is no longer in the conversation', async () => {
  await using kit = await openChatKit({ responder: counting() });
  const chat = kit.chat({ id: 't1' });
  for (const text of ['One', 'Two']) await chat.sendMessage({ text });
  const stale = kit.chat({ id: 't1', messages: chat.messages });
  await chat.regenerate({ messageId: chat.messages[1]!.id });
  await stale.regenerate();
  expect(stale.status).toBe('error');
  expect(JSON.parse(stale.error!.message)).toMatchObject({ code: 'conflict', status: 409 });
  expect((await kit.messages('t1')).map(textIn)).toEqual(['One', 'answer 3']);
});

test('neither is it by its question, named or only sent last', async () => {
  await using kit = await openChatKit({ responder: counting() });
  const chat = kit.chat({ id: 't1' });
  for (const text of ['One', 'Two']) await chat.sendMessage({ text });
  const [, first, question, second] = chat.messages;
  await chat.regenerate({ messageId: first!.id });
  const asked = { id: 't1', trigger: 'regenerate-message' };
  await expectConflict(kit, { ...asked, messageId: second!.id });
  await expectConflict(kit, { ...asked, messageId: question!.id });
  await expectConflict(kit, { ...asked, message: question });
  await expectConflict(kit, { ...asked, messageId: 'unknown', message: question });
  await expectConflict(kit, { ...asked, messageId: second!.id, message: chat.messages[0] });
});

test('an approval of an answer that is no longer in the conversation is refused', async () => {
  await using kit = await openChatKit({ responder: shop });
  const chat = kit.chat({ id: 't1' });
  await chat.sendMessage({ text: 'Buy' });
  const answer = chat.messages[1]!;
  const tool = answer.parts.at(-1)!;
  const approved = { state: 'approval-responded', approval: { id: 'ap', approved: true } };
  const parts = [...answer.parts.slice(0, -1), { ...tool, ...approved }];
  const body = { id: 't1', message: { ...answer, parts }, trigger: 'submit-message' };
  const { data } = await kit.owner.items.list('t1', { order: 'desc', limit: 1 });
  await kit.owner.items.update('t1', [{ id: data[0]!.id, visibility: 'archived' }]);
  await expectConflict(kit, body);
});

test('a retry does not replace a failed answer that was taken out', async () => {
  let count = 0;
  const responder = scripted(function* () {
    count += 1;
    yield* textChunks(`try ${count}`).slice(0, 4);
    if (count === 1) {
      throw new RunFailure({ code: 'provider_error', message: 'No.', retryable: true });
    }
    yield* textChunks('').slice(4);
  });
  await using kit = await openChatKit({ responder });
  const message = userMessage('m', 'Go');
  await statusOf(kit, { id: 't1', message });
  const { data } = await kit.owner.items.list('t1', { order: 'desc', limit: 1 });
  await kit.owner.items.update('t1', [{ id: data[0]!.id, visibility: 'archived' }]);
  expect(await statusOf(kit, { id: 't1', message, messageId: 'm' })).toEqual([200, '']);
  expect((await kit.messages('t1')).map(textIn)).toEqual(['Go', 'try 2']);
});

describe('in a thread that everybody may write in', () => {
  async function openRoom(responder: Responder): Promise<ChatKit> {
    const kit = await openChatKit({ responder });
    await kit.owner.threads.create([{ id: 't1', mode: 'public', visibility: 'public' }]);
    await statusOf(kit, { id: 't1', message: userMessage('m1', 'Mine') });
    return kit;
  }

  test('a user who does not own it is answered, and a message sent again is the same run', async () => {
    await using kit = await openRoom(counting());
    const body = { id: 't1', message: userMessage('m2', 'Yours') };
    const first = await kit.post(body, 'u2');
    expect(first.status).toBe(200);
    expect(await first.text()).toContain('answer 2');
    const again = await kit.post(body, 'u2');
    expect(again.headers.get('x-skein-run-id')).toBe(first.headers.get('x-skein-run-id'));
    expect(await again.text()).toContain('answer 2');
    expect((await kit.messages('t1')).map(textIn)).toEqual([
      'Mine',
      'answer 1',
      'Yours',
      'answer 2',
    ]);
    const items = (await kit.owner.items.list('t1')).data;
    expect(items.map(({ authorId }) => authorId)).toEqual(['u1', undefined, 'u2', undefined]);
  });

  test('a failed answer is tried again, in its place', async () => {
    let count = 0;
    const responder = scripted(function* () {
      count += 1;
      yield* textChunks(`try ${count}`).slice(0, 4);
      if (count === 2) {
        throw new RunFailure({ code: 'provider_error', message: 'No.', retryable: true });
      }
      yield* textChunks('').slice(4);
    });
    await using kit = await openRoom(responder);
    const body = { id: 't1', message: userMessage('m2', 'Yours') };
    expect(await (await kit.post(body, 'u2')).text()).toContain(
      '"errorText":"The model failed to answer."',
    );
    expect(await (await kit.post(body, 'u2')).text()).toContain('try 3');
    expect((await kit.messages('t1')).map(textIn)).toEqual(['Mine', 'try 1', 'Yours', 'try 3']);
  });

  test('an id that was used for another message, or by another user, is refused', async () => {
    await using kit = await openRoom(counting());
    await statusOf(kit, { id: 't1', message: userMessage('m2', 'Yours') }, 'u2');
    const used = [409, 'key_conflict'];
    const asked = (id: string, text: string, userId: string): Promise<[number, string]> =>
      statusOf(kit, { id: 't1', message: userMessage(id, text) }, userId);
    expect(await asked('m2', 'Other', 'u2')).toEqual(used);
    expect(await asked('m1', 'Mine', 'u2')).toEqual(used);
    expect(await asked('m2', 'Yours', 'u3')).toEqual(used);
    expect(await asked('m2', 'Yours', 'u1')).toEqual(used);
    expect(await kit.messages('t1')).toHaveLength(4);
  });

  test('a message that the owner has taken out cannot be sent again', async () => {
    await using kit = await openRoom(counting());
    const body = { id: 't1', message: userMessage('m2', 'Yours') };
    await statusOf(kit, body, 'u2');
    const { data } = await kit.owner.items.list('t1', { key: 'm2' });
    await kit.owner.items.update('t1', [{ id: data[0]!.id, visibility: 'archived' }]);
    expect(await statusOf(kit, body, 'u2')).toEqual([409, 'conflict']);
    expect(await statusOf(kit, body)).toEqual([409, 'conflict']);
  });

  test('only the owner can regenerate answers and edit questions', async () => {
    await using kit = await openRoom(counting());
    await statusOf(kit, { id: 't1', message: userMessage('m2', 'Yours') }, 'u2');
    const chat = kit.chat({ id: 't1', messages: await kit.messages('t1') });
    await chat.regenerate();
    const asked = { id: 't1', trigger: 'regenerate-message' };
    const forbidden = [403, 'forbidden'];
    for (const messageId of [...chat.messages.map(({ id }) => id), 'unknown']) {
      expect(await statusOf(kit, { ...asked, messageId }, 'u2'), messageId).toEqual(forbidden);
    }
    expect(await statusOf(kit, asked, 'u2')).toEqual(forbidden);
    const edited = { id: 't1', message: userMessage('m2', 'Edited'), messageId: 'm2' };
    expect(await statusOf(kit, edited, 'u2')).toEqual(forbidden);
    expect(await kit.messages('t1')).toHaveLength(4);
  });

  test('only the owner approves, also where others have spoken, and by a server key', async () => {
    await using kit = await openRoom(shop);
    const answer = (await kit.messages('t1'))[1]!;
    const approved = { state: 'approval-responded', approval: { id: 'ap', approved: true } };
    const parts = [answer.parts[0], { ...answer.parts[1], ...approved }];
    const message = { ...answer, parts } as const;
    await kit.store
      .project('default')
      .as({ userId: 'u2' })
      .items.append('t1', [{ role: 'user', text: 'I am here, too.' }]);
    const server = kit.store.as({ projectId: 'default', userId: 'u2', isServer: true });
    const [item] = (await kit.owner.items.list('t1', { key: answer.id })).data;
    const { id: replacesId, runId = '' } = item!;
    const input = [{ role: 'assistant', text: 'Yes, do it.', replacesId, runId }] as const;
    const byServer = server.runs.start('t1', { input, responder: shop });
    await expect(byServer).rejects.toMatchObject({ code: 'forbidden' });
    expect(await statusOf(kit, { id: 't1', message }, 'u2')).toEqual([403, 'forbidden']);
    expect(await statusOf(kit, { id: 't1', message })).toEqual([200, '']);
  });

  test('only the owner approves', async () => {
    await using kit = await openRoom(shop);
    const answer = (await kit.messages('t1'))[1]!;
    const approved = { state: 'approval-responded', approval: { id: 'ap', approved: true } };
    const parts = [answer.parts[0], { ...answer.parts[1], ...approved }];
    const body = { id: 't1', message: { ...answer, parts } };
    expect(await statusOf(kit, body, 'u2')).toEqual([403, 'forbidden']);
    const unknown = { id: 't1', message: { ...answer, id: 'unknown', parts } };
    expect(await statusOf(kit, unknown, 'u2')).toEqual([403, 'forbidden']);
    expect(await statusOf(kit, body)).toEqual([200, '']);
  });
});
