import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/index.ts';
import { createStore } from '../../store/index.ts';
import type { Store } from '../../store/store.ts';
import { createHandler } from '../create-handler.ts';
import { serve } from '../serve.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';

type Handler = (request: Request) => Promise<Response>;

function ask(handler: Handler, path = '/v1/threads', headers = {}): Promise<Response> {
  return handler(new Request(`http://localhost${path}`, { headers }));
}

async function statusOf(asking: Promise<Response>): Promise<number> {
  return (await asking).status;
}

describe('a request that came through a proxy is refused in local mode', () => {
  let store: Store;
  beforeEach(async () => {
    store = await createStore({ engine: memory() });
  });
  afterEach(() => store.close());

  const signs = [
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-Host', 'chat.example'],
    ['X-Forwarded-Proto', 'https'],
    ['x-forwarded-port', '443'],
    ['X-Forwarded-Anything', ''],
    ['Forwarded', 'for=203.0.113.7'],
    ['Via', '1.1 proxy'],
    ['X-Real-IP', '203.0.113.7'],
  ] as const;

  test.each(signs)('with %s', async (name, value) => {
    for (const auth of [undefined, { mode: 'local' } as const]) {
      const handler = createHandler(store, auth && { auth });
      const headers = { [name]: value, 'x-user-id': 'ada' };
      for (const path of ['/v1/threads', '/docs', '/metrics', '/api/chat', '/elsewhere']) {
        const answer = await ask(handler, path, headers);
        expect([path, answer.status]).toEqual([path, 403]);
        const { code, detail } = (await answer.json()) as { code: string; detail: string };
        expect(code).toBe('forbidden');
        expect(detail).toContain('--auth');
        expect(detail).toContain('--trust-proxy');
      }
      expect(await statusOf(ask(handler))).toBe(200);
    }
  });

  test('but not one with a credential, in a mode that asks for one', async () => {
    const { secret } = await store.keys.create({ projectId: 'default', name: 'k' });
    const handler = createHandler(store, { auth: { mode: 'tokens' } });
    const headers = { authorization: `Bearer ${secret}`, 'x-user-id': 'ada' };
    const proxied = { ...headers, 'x-forwarded-for': '203.0.113.7', via: '1.1 proxy' };
    expect(await statusOf(ask(handler, '/v1/threads', proxied))).toBe(200);
  });

  test('over HTTP/1.0, except a probe', async () => {
    const server = await serve({ store, port: 0 });
    const speak = async (version: string, path: string): Promise<string> => {
      const socket = connect(server.port, '127.0.0.1');
      socket.end(`GET ${path} HTTP/${version}\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      await once(socket, 'close');
      return text;
    };
    try {
      expect(await speak('1.1', '/v1/threads')).toContain(' 200 ');
      expect(await speak('1.0', '/v1/threads')).toMatch(/ 403 [^]*HTTP\/1\.0[^]*--auth/);
      expect(await speak('1.0', '/metrics')).toContain(' 403 ');
      for (const probe of ['/healthz', '/readyz']) {
        expect(await speak('1.0', probe)).toContain(' 200 ');
      }
    } finally {
      await server.close();
    }
  });
});

describe('a store that ever had a key is not open again', () => {
  test('at once when its first key is made, with what was open', async () => {
    await using store = await createStore({ engine: memory() });
    const lines: string[] = [];
    const logger = { error() {}, debug() {}, info: (_: object, text: string) => lines.push(text) };
    const handler = createHandler(store, { logger });
    const [thread] = await store.project('default').as({ userId: 'local' }).threads.create([{}]);
    const path = `/v1/threads/${thread!.id}`;
    expect(await statusOf(ask(handler, path))).toBe(200);
    const tail = (await ask(handler, `${path}/live`)).text();
    const { secret, id } = await store.keys.create({ projectId: 'default', name: 'k' });
    expect(await statusOf(ask(handler, path))).toBe(401); // an anonymous caller
    expect(await statusOf(ask(handler))).toBe(401);
    await tail;
    expect(lines).toEqual([expect.stringContaining('credential')]);
    const headers = { authorization: `Bearer ${secret}`, 'x-user-id': 'local' };
    expect(await statusOf(ask(handler, path, headers))).toBe(200);
    await store.keys.revoke(id);
    expect(await statusOf(ask(handler))).toBe(401);
    expect(await statusOf(ask(createHandler(store)))).toBe(401);
  });

  test('unless local mode is said', async () => {
    await using store = await createStore({ engine: memory() });
    const handler = createHandler(store, { auth: { mode: 'local' } });
    await store.keys.create({ projectId: 'default', name: 'k' });
    expect(await statusOf(ask(handler))).toBe(200);
  });

  test('nor one that verified JWTs', async () => {
    for (const options of [{ jwtSecret: 'x' }, { jwksUrl: 'http://127.0.0.1:1/keys' }]) {
      await using store = await createStore({ engine: memory() });
      const server = await serve({ store, port: 0, auth: { mode: 'tokens', ...options } });
      await server.close();
      expect(await store.keys.isProtected()).toBe(true);
      expect(await statusOf(ask(createHandler(store)))).toBe(401);
      await using other = await createStore({ engine: memory() });
      const handler = createHandler(other, { auth: { mode: 'tokens', ...options } });
      await ask(handler, '/v1/threads', { authorization: 'Bearer a.b.c' });
      expect(await statusOf(ask(createHandler(other)))).toBe(401);
    }
  });

  test('and listens everywhere without being told the mode', async () => {
    await using store = await createStore({ engine: memory() });
    const { id } = await store.keys.create({ projectId: 'default', name: 'k' });
    await store.keys.revoke(id);
    const server = await serve({ store, port: 0, host: '0.0.0.0' });
    const answer = await fetch(`http://127.0.0.1:${server.port}/v1/threads`);
    await server.close();
    expect(answer.status).toBe(401);
  });
});

describe.each(sharedPlaces)('on %s a key that another process makes', (_name, create) => {
  test('takes effect within a second', async () => {
    await using place = await create();
    await using here = await createStore({ engine: place.open() });
    await using there = await createStore({ engine: place.open() });
    const handler = createHandler(here);
    expect(await statusOf(ask(handler))).toBe(200);
    const [thread] = await here.project('default').as({ userId: 'local' }).threads.create([{}]);
    const tail = (await ask(handler, `/v1/threads/${thread!.id}/live`)).text();
    await there.keys.create({ projectId: 'default', name: 'k' });
    await tail; // ends with local mode
    await expect.poll(() => statusOf(ask(handler))).toBe(401);
  });
});
