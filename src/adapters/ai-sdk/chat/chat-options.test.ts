import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { ToolLoopAgent } from 'ai';
import { expect, test } from 'vitest';
import { scripted } from '../../../../test/support/domain/responders-for-testing.ts';
import { openOpenAiServerForTesting } from '../../../../test/support/adapters/ai-sdk/openai-server-for-testing.ts';
import { responderOf } from './chat-options.ts';
import {
  openChatKit,
  textIn,
} from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';

const model = createOpenAICompatible({ name: 'local', baseURL: 'http://127.0.0.1:1/v1' })('m');

test('objects of the AI SDK answer under their own names, unless they are given one', () => {
  expect(responderOf({ model })).toMatchObject({ kind: 'model', name: 'local.chat/m' });
  expect(responderOf({ model, name: 'mine' })).toMatchObject({ kind: 'model', name: 'mine' });
  const agent = new ToolLoopAgent({ id: 'shopper', model });
  expect(responderOf({ agent })).toMatchObject({ kind: 'agent', name: 'shopper' });
  expect(responderOf({ agent: new ToolLoopAgent({ model }) })?.name).toBe('agent');
  const responder = scripted(() => []);
  expect(responderOf({ responder })).toBe(responder);
  expect(responderOf({})).toBeUndefined();
});

test('an agent answers a chat', async () => {
  await using server = await openOpenAiServerForTesting();
  const provider = createOpenAICompatible({ name: 'local', baseURL: server.baseUrl });
  const agent = new ToolLoopAgent({
    id: 'helper',
    model: provider('m'),
    instructions: 'Be brief.',
  });
  await using kit = await openChatKit({ agent });
  const chat = kit.chat({ id: 't1' });
  await chat.sendMessage({ text: 'Hi' });
  expect(textIn(chat.messages[1])).toBe('Hello world.');
  expect((await kit.owner.runs.list('t1')).data).toMatchObject([{ agent: 'helper' }]);
  expect(JSON.stringify(server.requests[0]!.body.messages)).toContain('Be brief.');
});
