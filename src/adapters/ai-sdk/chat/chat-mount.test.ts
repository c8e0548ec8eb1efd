import { UI_MESSAGE_STREAM_HEADERS } from 'ai';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  gate,
  scripted,
  textChunks,
} from '../../../../test/support/domain/responders-for-testing.ts';
import { memory } from '../../../engines/memory/index.ts';
import { serve, type AuthOptions, type RunningServer } from '../../../server/index.ts';
import { createStore } from '../../../store/create-store.ts';
import type { Store } from '../../../store/store.ts';
import { createChatMount } from './chat-mount.ts';
import { protocolHeaders } from './stream-answer.ts';
import { userMessage } from '../../../../test/support/adapters/ai-sdk/chat/chat-kit-for-testing.ts';

let store: Store;
beforeEach(async () => {
  store = await createStore({ engine: memory() });
});
afterEach(() => store.close());

const responder = scripted(() => textChunks('Hello.'));
const body = JSON.stringify({ id: 't1', message: userMessage('m', 'Hi') });
const json = { 'content-type': 'application/json' };

async function withServer(
  auth: AuthOptions,
  use: (server: RunningServer) => Promise<void>,
  mount = createChatMount({ store, responder }),
): Promise<void> {
  const server = await serve({ store, port: 0, auth, mounts: [mount], bodyBytesMax: 1000 });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}

test('a chat in the server knows callers as every route does', async () => {
  const key = await store.keys.create({ projectId: 'p1', name: 'test' });
  await withServer({ mode: 'tokens' }, async ({ url }) => {
    const ask = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}/api/chat`, { method: 'POST', body, headers: { ...json, ...headers } });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: 'Bearer sk_wrong' })).status).toBe(401);
    const authorization = `Bearer ${key.secret}`;
    expect((await ask({ authorization })).status).toBe(401);
    const answer = await ask({ authorization, 'x-user-id': 'u7', 'x-request-id': 'asked-1' });
    expect(answer.headers.get('x-request-id')).toBe('asked-1');
    expect(await answer.text()).toContain('Hello.');
    const thread = await store.project('p1').as({ userId: 'u7' }).threads.get('t1');
    expect(thread.ownerId).toBe('u7');
  });
});

test('what would change a chat refuses If-Match, which has nothing to compare', async () => {
  await store
    .project('default')
    .as({ userId: 'local' })
    .threads.create([{ id: 't1' }]);
  await withServer({ mode: 'local' }, async ({ url }) => {
    const send = (method: string, path: string, ifMatch: string): Promise<Response> =>
      fetch(`${url}/api/chat${path}`, {
        method,
        headers: { ...json, 'if-match': ifMatch },
        ...(path === '' && { body }),
      });
    for (const [method, path] of [
      ['POST', ''],
      ['POST', '/t1/stop'],
      ['DELETE', '/t1/messages/m'],
    ] as const) {
      const answer = await send(method, path, '"1"');
      expect([answer.status, await answer.text()]).toEqual([
        412,
        expect.stringContaining('"code":"precondition_failed"'),
      ]);
    }
    const answer = await send('POST', '', '*');
    expect(await answer.text()).toContain('Hello.');
  });
});

test('the guard, the limit of bodies and the answers to errors are the server’s', async () => {
  await withServer({ mode: 'local' }, async ({ url }) => {
    const post = (text: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}/api/chat`, { method: 'POST', body: text, headers: { ...json, ...headers } });
    expect((await post(body, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(JSON.stringify({ id: 'x'.repeat(2000) }))).status).toBe(413);
    const bad = await post('{"id":"t1"}');
    expect(await bad.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'messages' }],
    });
    expect((await fetch(`${url}/api/chat/t1/nothing`)).status).toBe(404);
    expect((await fetch(`${url}/api/chat/t1/messages`)).status).toBe(404);
    await (await post(body)).text();
    expect(await (await fetch(`${url}/api/chat/t1/messages`)).json()).toMatchObject({
      messages: [{ id: 'm' }, { role: 'assistant' }],
    });
  });
});

test('a server that stops tells its clients, and does not wait for answers', async () => {
  const never = gate();
  const slow = scripted(async function* () {
    yield* textChunks('half').slice(0, 4);
    await never.opened;
  });
  let text: Promise<string> | undefined;
  await withServer(
    { mode: 'local' },
    async ({ url }) => {
      const answer = await fetch(`${url}/api/chat`, { method: 'POST', body, headers: json });
      text = answer.text();
    },
    createChatMount({ store, responder: slow }),
  );
  expect(await text).toContain('The server is stopping.');
});

test('the headers are those of the AI SDK', () => {
  expect({ ...protocolHeaders, connection: 'keep-alive' }).toEqual(UI_MESSAGE_STREAM_HEADERS);
});
