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
import { until } from '../../../../test/support/shared/waits-for-testing.ts';
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

test('streams of answers count among the live tails, and only those that begin nothing are refused', async () => {
  const never = gate();
  const slow = scripted(async function* () {
    yield* textChunks('half').slice(0, 4);
    await never.opened;
  });
  const mounts = [createChatMount({ store, responder: slow })];
  const server = await serve({ store, port: 0, mounts, liveTailCountPerUserMax: 2 });
  try {
    const tailsOpen = async (): Promise<number> => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^skein_live_tails (\d+)$/m.exec(text)![1]);
    };
    const post = (id: string): Promise<Response> => {
      const message = userMessage('m', 'Hi');
      const asked = JSON.stringify({ id, message });
      return fetch(`${server.url}/api/chat`, { method: 'POST', body: asked, headers: json });
    };
    const resume = (id: string, method = 'GET'): Promise<Response> =>
      fetch(`${server.url}/api/chat/${id}/stream`, { method });
    const answers = [await post('t1'), await resume('t1')];
    expect((await resume('t1', 'HEAD')).status).toBe(200);
    expect(await tailsOpen()).toBe(2);
    for (const refused of [
      await resume('t1'),
      await fetch(`${server.url}/v1/threads/t1/live`),
      await fetch(`${server.url}/api/chat/t1/stream`, { headers: { 'x-user-id': 'local' } }),
    ]) {
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    }
    answers.push(await post('t2'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await tailsOpen()).toBe(3);
    await answers.pop()!.body!.cancel(); // this client goes away
    await until(async () => (await tailsOpen()) === 2);
    never.open();
    for (const answer of answers) expect(await answer.text()).toContain('[DONE]');
    await until(async () => (await tailsOpen()) === 0);
  } finally {
    never.open();
    await server.close();
  }
});

test('the headers are those of the AI SDK', () => {
  expect({ ...protocolHeaders, connection: 'keep-alive' }).toEqual(UI_MESSAGE_STREAM_HEADERS);
});
