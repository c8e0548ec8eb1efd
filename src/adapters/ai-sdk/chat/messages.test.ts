import { DefaultChatTransport, type UIMessage } from 'ai';
import { Chat } from '@ai-sdk/react';
import { expect, test } from 'vitest';
import {
  gate,
  scripted,
  textChunks,
} from '../../../../test/support/domain/responders-for-testing.ts';
import {
  openChatKit,
  textIn,
  userMessage,
  type ChatKit,
} from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';
import { until } from '../../../../test/support/shared/waits-for-testing.ts';
import type { TurnContext } from '../../../api/responder.ts';

interface MessagePage {
  readonly messages: UIMessage[];
  readonly nextCursor: string | null;
}

async function pagesOf(kit: ChatKit, query = ''): Promise<{ page: MessagePage; bytes: number }[]> {
  const pages: { page: MessagePage; bytes: number }[] = [];
  let after = '';
  do {
    const path = `/api/chat/t1/messages?${query}${after}`;
    const text = await (await kit.ask(path)).text();
    const page = JSON.parse(text) as MessagePage;
    pages.push({ page, bytes: text.length });
    after = page.nextCursor === null ? '' : `&after=${encodeURIComponent(page.nextCursor)}`;
  } while (after !== '');
  return pages;
}

test('a page of messages is bounded by bytes, and the pages together have all', async () => {
  await using kit = await openChatKit({ messagesBytesMax: 100_000 });
  await kit.owner.threads.create([{ id: 't1' }]);
  const sizes = Array.from({ length: 60 }, (_, i) => (i % 7 === 0 ? 30_000 : (i * 997) % 5000));
  sizes[30] = 300_000;
  for (const [i, size] of sizes.entries()) {
    await kit.owner.items.append('t1', [{ role: 'user', text: 'x'.repeat(size), key: `m${i}` }]);
  }
  for (const query of ['', 'limit=1', 'limit=7', 'limit=1000']) {
    const pages = await pagesOf(kit, query);
    const ids = pages.toReversed().flatMap(({ page }) => page.messages.map(({ id }) => id));
    expect(ids, query).toEqual(sizes.map((_, i) => `m${i}`));
    for (const { page, bytes } of pages) {
      expect(page.messages.length, query).toBeGreaterThan(0);
      if (page.messages.length > 1) expect(bytes, query).toBeLessThan(101_000);
    }
  }
  expect((await kit.ask('/api/chat/t1/messages?limit=0')).status).toBe(400);
  expect((await kit.ask('/api/chat/t1/messages?limit=x')).status).toBe(400);
});

test('a client that posts only its last message is answered, however long the chat is', async () => {
  const responder = scripted(({ items }: TurnContext) => textChunks(`answer ${items.length}`));
  await using kit = await openChatKit({ responder, bodyBytesMax: 2000 });
  const transport = new DefaultChatTransport({
    fetch: (input, init) => kit.ask(String(input), init ?? {}),
    prepareSendMessagesRequest: ({ id, messages, trigger, messageId, body }) => ({
      body: { ...body, id, trigger, messageId, message: messages.at(-1) },
    }),
  });
  const chat = new Chat({ id: 't1', transport });
  for (let i = 0; i < 5; i++) await chat.sendMessage({ text: 'x'.repeat(1000) });
  expect(chat.error).toBeUndefined();
  await chat.regenerate();
  expect(textIn(chat.messages.at(-1))).toBe('answer 9');
  expect(await kit.messages('t1')).toHaveLength(10);
  const whole = kit.chat({ id: 't1', messages: chat.messages });
  await whole.sendMessage({ text: 'One more' });
  expect(JSON.parse(whole.error!.message)).toMatchObject({ status: 413 });
});

test('a message is deleted for good, by either of its ids', async () => {
  const seen: string[] = [];
  const responder = scripted(({ items }: TurnContext) => {
    seen.push(JSON.stringify(items));
    return textChunks('Fine.');
  });
  await using kit = await openChatKit({ responder });
  const chat = kit.chat({ id: 't1' });
  await chat.sendMessage({ text: 'My password is hunter2' });
  await chat.sendMessage({ text: 'And now?' });
  const [question] = chat.messages;
  const remove = (id: string, userId = 'u1'): Promise<Response> =>
    kit.ask(`/api/chat/t1/messages/${id}`, { method: 'DELETE', userId });
  expect((await remove(question!.id, 'u2')).status).toBe(404);
  expect((await remove('unknown')).status).toBe(404);
  const deleted = await remove(question!.id);
  expect([deleted.status, await deleted.text()]).toEqual([204, '']);
  expect((await remove(question!.id)).status).toBe(204);
  expect((await kit.messages('t1')).map(textIn)).toEqual(['Fine.', 'And now?', 'Fine.']);
  const { data } = await kit.owner.items.list('t1', { view: 'log' });
  expect(JSON.stringify(data)).not.toContain('hunter2');
  expect((await remove(data[1]!.id)).status).toBe(204);
  await chat.sendMessage({ text: 'Still there?' });
  expect(seen.at(-1)).not.toContain('hunter2');
  expect((await kit.messages('t1')).map(textIn)).toEqual([
    ...['And now?', 'Fine.', 'Still there?', 'Fine.'],
  ]);
});

test('a deleted question is answered no more, and others may not delete it', async () => {
  const never = gate();
  const responder = scripted(async function* () {
    yield* textChunks('half').slice(0, 4);
    await never.opened;
  });
  await using kit = await openChatKit({
    responder,
    newThread: { mode: 'public', visibility: 'public' },
  });
  const chat = kit.chat({ id: 't1', generateId: () => 'm1' });
  const sending = chat.sendMessage({ text: 'Go' });
  await until(() => textIn(chat.messages[1]) === 'half');
  const path = '/api/chat/t1/messages/m1';
  expect((await kit.ask(path, { method: 'DELETE', userId: 'u2' })).status).toBe(403);
  expect((await kit.ask(path, { method: 'DELETE' })).status).toBe(204);
  await sending;
  expect((await kit.ask('/api/chat/t1/stream')).status).toBe(204);
  expect(JSON.stringify(await kit.messages('t1'))).not.toContain('Go');
  expect((await kit.post({ id: 't1', message: userMessage('m1', 'Go') })).status).not.toBe(200);
  expect((await kit.ask(path)).status).toBe(405);
});
