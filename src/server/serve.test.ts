import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../engine/fault/seeded-random.ts';
import { memory } from '../engines/memory/index.ts';
import { createStore } from '../store/index.ts';
import type { Store } from '../store/store.ts';
import { isLoopbackHost } from '../shared/loopback.ts';
import { assertMayListen } from './auth/loopback.ts';
import { serve, type RunningServer, type ServeOptions } from './serve.ts';
import { scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../test/support/domain/source-for-testing.ts';
import { seedForTesting } from '../../test/support/store/seed-for-testing.ts';
import { holdLongTimers, pauseAtRandom } from '../../test/support/shared/waits-for-testing.ts';

async function withServer(
  run: (server: RunningServer, store: Store) => Promise<void>,
  options: Partial<ServeOptions> = {},
): Promise<void> {
  await using store = await createStore({ engine: memory() });
  const server = await serve({ store, port: 0, ...options });
  try {
    await run(server, store);
  } finally {
    await server.close();
  }
}

/** Only a server that hangs would wait so long. */
const hungMs = 600_000;

/** The beginning of a request that sends its body only after the server has begun to handle it. */
const beginning =
  'POST /v1/threads HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n';

/** Sends bytes and returns everything received until the server closes the connection. */
async function exchange(server: RunningServer, bytes: string | Buffer): Promise<string> {
  const socket = connect(server.port, server.host);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write(bytes);
  await once(socket, 'close');
  return text;
}

function problemOf(answer: string): { status: number; code: string } {
  const [head, body] = answer.split('\r\n\r\n');
  expect(head).toContain('application/problem+json');
  const problem = JSON.parse(body!) as { status: number; code: string };
  expect(head!.startsWith(`HTTP/1.1 ${problem.status} `)).toBe(true);
  return problem;
}

describe('a server', () => {
  test('takes a free port, reports its address, and stores what it receives', () =>
    withServer(async (server) => {
      expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
      expect(server.port).toBeGreaterThan(0);
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ title: 'Größe', items: [{ role: 'user', text: 'x' }] });
      const created = await fetch(`${server.url}/v1/threads`, { method: 'POST', headers, body });
      expect(created.status).toBe(201);
      const { id } = (await created.json()) as { id: string };
      const read = await fetch(`${server.url}/v1/threads/${id}`);
      expect(await read.json()).toMatchObject({ id, title: 'Größe', itemCount: 1 });
      const head = await fetch(`${server.url}/v1/threads/${id}`, { method: 'HEAD' });
      expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([
        200,
        read.headers.get('etag'),
        '',
      ]);
      const deleted = await fetch(`${server.url}/v1/threads/${id}`, { method: 'DELETE' });
      expect([deleted.status, await deleted.text()]).toEqual([204, '']);
    }));

  test('refuses a body beyond its limit, with its length said or not, and goes on', () =>
    withServer(
      async (server) => {
        const send = (body: BodyInit): Promise<Response> =>
          fetch(`${server.url}/v1/threads`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
            duplex: 'half',
          } as RequestInit);
        const stream = new ReadableStream({
          pull(controller) {
            controller.enqueue(Buffer.alloc(1000, ' '));
          },
        });
        expect((await send(' '.repeat(5001))).status).toBe(413);
        expect((await send(stream)).status).toBe(413);
        expect((await send(`${' '.repeat(4990)}{}`)).status).toBe(201);
        const parts = ['{"tit', 'le":"ü', '"}'].map((text) => Buffer.from(text));
        expect(
          (
            await send(
              new ReadableStream({
                start: (c) => {
                  for (const part of parts) c.enqueue(part);
                  c.close();
                },
              }),
            )
          ).status,
        ).toBe(201);
      },
      { bodyBytesMax: 5000 },
    ));

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'invalid_request'],
    ['no host', 'GET /v1/threads HTTP/1.0\r\n\r\n', 400, 'invalid_request'],
    [
      'encoded dots in the path',
      'GET /v1/threads/%2e%2e/%2E./metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      404,
      'not_found',
    ],
    [
      'an encoded dot in the path',
      'GET /v1/%2e/threads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      404,
      'not_found',
    ],
    [
      'TRACE',
      'TRACE /v1/threads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      405,
      'method_not_allowed',
    ],
    [
      'a method of another protocol',
      'PROPFIND /v1/threads/t HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      405,
      'method_not_allowed',
    ],
    [
      'a host that is none',
      'GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'a path that is none',
      'GET healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'a backslash in the path',
      'GET /v1\\threads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      400,
      'invalid_request',
    ],
    [
      'a path above the root',
      'GET /v1/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      404,
      'not_found',
    ],
    [
      'another host in the address',
      'GET http://evil.example/v1/threads HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      403,
      'forbidden',
    ],
    [
      'headers of 100 KB',
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
      413,
      'payload_too_large',
    ],
    [
      'two lengths',
      'POST /v1/threads HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
      400,
      'invalid_request',
    ],
    [
      'a length that is no number',
      'POST /v1/threads HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n{}',
      400,
      'invalid_request',
    ],
    [
      'a null character in a header',
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-User-Id: a\0b\r\n\r\n',
      400,
      'invalid_request',
    ],
  ])('answers %s with a problem', (_name, bytes, status, code) =>
    withServer(async (server) => {
      expect(problemOf(await exchange(server, bytes))).toMatchObject({ status, code });
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    }),
  );

  test.each([
    'GET /healthz HTTP/1.0',
    'GET /readyz HTTP/1.0',
    'HEAD /healthz HTTP/1.0',
    'GET /healthz HTTP/1.0\r\nHost: 10.0.0.7',
  ])('answers the plain check of a load balancer: %s', (request) =>
    withServer(
      async (server) => {
        const answer = await exchange(server, `${request}\r\n\r\n`);
        expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        if (!request.startsWith('HEAD')) expect(answer).toContain('{"status":"ok"}');
      },
      { auth: { mode: 'tokens' } },
    ),
  );

  test('names the methods of a path that lacks one', () =>
    withServer(async (server) => {
      const rest = 'Host: localhost\r\nConnection: close\r\n\r\n';
      const answer = await exchange(server, `TRACE /v1/threads HTTP/1.1\r\n${rest}`);
      expect(answer.toLowerCase()).toContain('\r\nallow: post, get, head, options\r\n');
    }));

  test('an encoded dot within a name stays what it is', () =>
    withServer(async (server, store) => {
      const project = store.project('default').as({ userId: 'local' });
      await project.threads.create([{ id: 'a.b' }, { id: '...' }]);
      for (const id of ['a%2eb', 'a.b', '%2e%2e%2e']) {
        expect((await fetch(`${server.url}/v1/threads/${id}`)).status, id).toBe(200);
      }
      const page = await fetch(`${server.url}/v1/threads?tag=%2e%2e`);
      expect(page.status).toBe(200);
    }));

  test.each([
    ['nothing', ''],
    ['half a line', 'GET /heal'],
    ['half of its headers', 'POST /v1/threads HTTP/1.1\r\nHost: localhost\r\nContent-Le'],
    ['a request that was answered', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['one, and half of another', `GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /`],
  ])('closes at once with a connection on which came %s', async (_what, bytes) => {
    await using store = await createStore({ engine: memory() });
    const server = await serve({ store, port: 0, drainTimeoutMs: hungMs });
    const socket = connect(server.port, server.host);
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    socket.resume();
    if (bytes !== '') socket.write(bytes);
    // Another connection's answer comes after these bytes.
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await server.close();
    await closed;
  });

  const seed = seedForTesting();

  test(`closes at once after a mixed load that has ended (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const responder = scripted(async function* () {
      const words = textChunks(...Array.from({ length: 50 }, () => 'word '));
      for (const chunk of words) {
        yield chunk;
        await pauseAtRandom(random, 2);
      }
    });
    await using store = await createStore({ engine: memory(), responders: sourceOf(responder) });
    const server = await serve({ store, port: 0, drainTimeoutMs: hungMs });
    const send = (method: string, path: string, json?: object, signal?: AbortSignal) =>
      fetch(`${server.url}/v1/threads${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'x-user-id': path.slice(1, 4) },
        ...(json && { body: JSON.stringify(json) }),
        ...(signal && { signal }),
      });
    /** Reads a response and is cut somewhere in it. */
    const cut = async (method: string, path: string, json?: object): Promise<void> => {
      const controller = new AbortController();
      void pauseAtRandom(random, 30).then(() => controller.abort());
      const isCut = (error: unknown): void => {
        if (!controller.signal.aborted) throw error;
      };
      await send(method, path, json, controller.signal)
        .then((response) => response.text())
        .catch(isCut);
    };
    const client = async (number: number): Promise<void> => {
      const id = `t${String(number).padStart(2, '0')}`;
      const headers = { 'content-type': 'application/json', 'x-user-id': id };
      const body = JSON.stringify({ id });
      await (await fetch(`${server.url}/v1/threads`, { method: 'POST', headers, body })).text();
      for (let round = 0; round < 5; round++) {
        await (await send('POST', `/${id}/items`, { items: [{ role: 'user', text: 'x' }] })).text();
        await (await send('GET', `/${id}/items`)).text();
        await Promise.all([
          cut('GET', `/${id}/live`),
          cut('POST', `/${id}/runs`, { input: 'Go', policy: 'interrupt' }),
        ]);
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, number) => client(number)));
    await server.close();
  });

  test('survives a client that disconnects within its body', async () => {
    const logged: string[] = [];
    const logger = {
      error: (_object: object, message: string) => void logged.push(message),
      info() {},
      debug() {},
    };
    await withServer(
      async (server) => {
        const socket = connect(server.port, server.host);
        socket.write(`${beginning}Content-Length: 100\r\n\r\n{"title":`);
        await once(socket, 'data'); // the server has begun to handle it
        const gone = once(socket, 'close');
        socket.destroy();
        await gone;
        expect(
          (await fetch(`${server.url}/v1/threads`).then((answer) => answer.json())) as object,
        ).toMatchObject({ data: [] });
        expect(logged).toEqual([]);
      },
      { logger },
    );
  });

  test('finishes requests in progress when it closes, and accepts no new ones', async () => {
    await using store = await createStore({ engine: memory() });
    const server = await serve({ store, port: 0 });
    const socket = connect(server.port, server.host);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(`${beginning}Content-Length: 2\r\n\r\n{`);
    // The server has begun to handle it.
    await expect.poll(() => text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    const closing = server.close();
    const ask = (): Promise<unknown> =>
      fetch(`${server.url}/healthz`).catch((error: unknown) => error);
    await expect.poll(ask).toBeInstanceOf(TypeError);
    text = '';
    const closed = once(socket, 'close');
    socket.write('}');
    await closing;
    await closed;
    expect(text.startsWith('HTTP/1.1 201')).toBe(true);
    await server.close();
    // Closing the store is its owner's job.
    await store.checkReady();
  });

  test('cuts requests that take longer than the drain time', async () => {
    using _held = holdLongTimers(); // the default, of five seconds, would never end
    await using store = await createStore({ engine: memory() });
    const server = await serve({ store, port: 0, drainTimeoutMs: 100 });
    const socket = connect(server.port, server.host);
    socket.on('error', () => socket.destroy());
    socket.write(`${beginning}Content-Length: 2\r\n\r\n{`);
    await once(socket, 'data'); // the server has begun to handle it
    await server.close();
    socket.destroy();
  });

  test('reports a port that is taken or invalid', () =>
    withServer(async (server, store) => {
      await expect(serve({ store, port: server.port })).rejects.toMatchObject({
        code: 'unavailable',
      });
      await expect(serve({ store, port: 70_000 })).rejects.toMatchObject({
        code: 'invalid_request',
      });
      await expect(serve({ store, port: 0, host: '127.0.0.300' })).rejects.toThrow(
        expect.objectContaining({ name: 'SkeinError' }),
      );
    }));

  test('does not listen beyond this machine without authentication', async () => {
    await using store = await createStore({ engine: memory() });
    for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.org', '']) {
      const refused = await serve({ store, port: 0, host }).catch((error: unknown) => error);
      expect(refused, host).toMatchObject({
        code: 'invalid_request',
        message: expect.stringContaining('--jwt-secret'),
      });
    }
    const server = await serve({ store, port: 0, host: '0.0.0.0', auth: { mode: 'tokens' } });
    try {
      const address =
        Object.values(networkInterfaces())
          .flat()
          .find((entry) => entry?.family === 'IPv4')?.address ?? '127.0.0.1';
      expect((await fetch(`http://${address}:${server.port}/v1/threads`)).status).toBe(401);
    } finally {
      await server.close();
    }
  });

  test('listens on IPv6', async () => {
    await using store = await createStore({ engine: memory() });
    const server = await serve({ store, port: 0, host: '::1' }).catch((error: unknown) => {
      // This machine has no IPv6.
      if ((error as { code?: string }).code === 'unavailable') return undefined;
      throw error;
    });
    if (server === undefined) return;
    expect(server.url).toBe(`http://[::1]:${server.port}`);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await server.close();
  });

  test('logs faults with the request id, requests only when asked, and secrets never', async () => {
    const lines: string[] = [];
    let isDebug = false;
    const log = (level: string) => (object: object, message: string) =>
      void lines.push(
        JSON.stringify([level, object, message, (object as { err?: Error }).err?.stack]),
      );
    const logger = {
      error: log('error'),
      info: log('info'),
      debug: log('debug'),
      isLevelEnabled: (level: string) => level !== 'debug' || isDebug,
    };
    await using store = await createStore({ engine: memory() });
    const server = await serve({
      store,
      port: 0,
      logger,
      auth: {
        mode: 'host',
        identify: () => {
          throw new Error('the password is hunter2');
        },
      },
    });
    try {
      const send = (): Promise<Response> =>
        fetch(`${server.url}/v1/threads`, {
          headers: { authorization: 'Bearer sk_secret', 'x-request-id': 'req_1' },
        });
      const answer = await send();
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ status: 500, code: 'internal', requestId: 'req_1' });
      expect(text).not.toContain('hunter2');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('req_1');
      isDebug = true;
      await (await send()).text();
      expect(
        lines.some((line) => line.startsWith('["debug"') && line.includes('"route":"/v1/threads"')),
      ).toBe(true);
      expect(lines.join()).not.toContain('sk_secret');
    } finally {
      await server.close();
    }
  });
});

describe('the rule of listening', () => {
  test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.0.9', '::1', '[::1]'])(
    '%s is this machine',
    (host) => {
      expect(isLoopbackHost(host)).toBe(true);
      expect(() => assertMayListen(host, { mode: 'local' })).not.toThrow();
    },
  );

  test.each([
    '',
    '0.0.0.0',
    '::',
    '128.0.0.1',
    '127.0.0',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '::ffff:127.0.0.1',
  ])('%j is not', (host) => {
    expect(isLoopbackHost(host)).toBe(false);
    expect(() => assertMayListen(host, { mode: 'local' })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
    expect(() => assertMayListen(host, { mode: 'tokens' })).not.toThrow();
  });
});
