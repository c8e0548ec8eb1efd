import { expect, test } from 'vitest';
import { openChatKit } from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';
import { scripted, textChunks } from '../../../../test/support/domain/responders-for-testing.ts';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/index.ts';
import { createChatHandler } from './create-chat-handler.ts';

const responder = scripted(() => textChunks('x'));

test.each([
  ['GET', '/api/chat', 'POST'],
  ['PUT', '/api/chat/t1/stream', 'GET, HEAD'],
  ['DELETE', '/api/chat/t1/messages', 'GET, HEAD'],
  ['GET', '/api/chat/t1/messages/m1', 'DELETE'],
])('a wrong method: %s %s', async (method, path, allow) => {
  await using kit = await openChatKit({ responder });
  await using store = await createStore({ engine: memory() });
  const chat = createChatHandler({ store, responder });
  const alone = await chat(new Request(`http://localhost${path}`, { method }));
  for (const answer of [await kit.ask(path, { method }), alone]) {
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' });
  }
});
