import { createServer, type ClientRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { describe, expect, test } from 'vitest';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { LiveSocketForTesting } from '../../../test/support/server/live-socket-for-testing.ts';
import { until } from '../../../test/support/shared/waits-for-testing.ts';
import { memory } from '../../engines/memory/index.ts';
import { createStore, type Store } from '../../store/index.ts';
import { createHandler } from '../create-handler.ts';
import { attachLive } from './attach-live.ts';
import { serve, type RunningServer, type ServeOptions } from '../serve.ts';

type Options = Partial<Omit<ServeOptions, 'store'>>;

/** A store and its server. */
class Served implements AsyncDisposable {
  readonly store: Store;
  readonly server: RunningServer;

  private constructor(store: Store, server: RunningServer) {
    this.store = store;
    this.server = server;
  }

  static async open(options: Options = {}, engine = memory()): Promise<Served> {
    const store = await createStore({ engine, limits: { liveThreadsMax: 3 } });
    return new Served(store, await serve({ store, port: 0, ...options }));
  }

  as(userId: string): ReturnType<Store['as']> {
    return this.store.as({ projectId: 'default', userId });
  }

  socket(headers?: Readonly<Record<string, string>>): Promise<LiveSocketForTesting> {
    return LiveSocketForTesting.open(this.server.url, headers);
  }

  async say(threadId: string, text: string): Promise<void> {
    await this.as('ada').items.append(threadId, [{ role: 'user', text }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    await this.store.close();
  }
}

/** The status of a refusal before it opens, and its `Retry-After`. */
async function refusalOf(
  url: string,
  headers: Record<string, string>,
): Promise<[number | undefined, string | undefined]> {
  const { socket } = new LiveSocketForTesting(`${url}/v1/live`, headers);
  const [request, response] = (await once(socket, 'unexpected-response')) as [
    ClientRequest,
    IncomingMessage,
  ];
  request.destroy();
  return [response.statusCode, response.headers['retry-after']];
}

const ada = { 'x-user-id': 'ada' };

describe.each(enginesForTesting)('a WebSocket on %s', (_name, createEngine) => {
  test('follows threads that come and go, from a cursor if it names one', async () => {
    await using served = await Served.open({}, createEngine());
    for (const id of ['a', 'b']) await served.as('ada').threads.create([{ id }]);
    await using socket = await served.socket(ada);
    socket.say({ type: 'subscribe', threads: [{ id: 'a' }, { id: 'none' }] });
    expect(await socket.next()).toEqual({ type: 'ready', userId: 'ada' });
    const told = [await socket.next(), await socket.next()];
    const end = told.find(({ type }) => type === 'end');
    expect(end).toMatchObject({ threadId: 'none', code: 'not_found' });
    const head = told.find(({ type }) => type === 'head');
    expect(head).toMatchObject({ threadId: 'a', thread: { id: 'a' } });
    await served.say('a', 'one');
    expect(await socket.names(2)).toEqual(['a item', 'a head']);
    socket.say({ type: 'unsubscribe', ids: ['a'] });
    socket.say({ type: 'subscribe', threads: [{ id: 'b', ref: 'asked' }] });
    expect(await socket.names(2)).toEqual(['b begin', 'b head']); // it has heard both
    await served.say('a', 'two');
    const after = head!['cursor'];
    socket.say({ type: 'subscribe', threads: [{ id: 'a', after, ref: 'again' }] });
    expect(await socket.names(4)).toEqual(['a begin', 'a item', 'a item', 'a head']);
  });

  test('ends with its server, and with its credential', async () => {
    await using served = await Served.open({ auth: { mode: 'tokens' } }, createEngine());
    const key = await served.store.keys.create({ projectId: 'default', name: 'k' });
    const { token } = await served.store.keys.issueToken(
      { projectId: 'default', userId: 'ada' },
      60,
      key.id,
    );
    await served.as('ada').threads.create([{ id: 'a' }]);
    await using byToken = await served.socket();
    byToken.say({ type: 'auth', token });
    expect(await byToken.next()).toEqual({ type: 'ready', userId: 'ada' });
    await using byKey = await served.socket({
      authorization: `Bearer ${key.secret}`,
      'x-user-id': 'ada',
    });
    byKey.say({ type: 'subscribe', threads: [{ id: 'a' }] });
    expect(await byKey.names(2)).toEqual(['ready', 'a head']);
    await using anonymous = await served.socket();
    anonymous.say({ type: 'auth' });
    anonymous.say({ type: 'subscribe', threads: [{ id: 'a' }] });
    expect(await anonymous.names(2)).toEqual(['ready', 'a end unauthenticated']);
    await served.store.keys.revoke(key.id);
    expect((await byToken.closed)[0]).toBe(4401);
    expect((await byKey.closed)[0]).toBe(4401);
    await served.server.close();
    expect((await anonymous.closed)[0]).toBe(1001);
  });
});

describe('a WebSocket', () => {
  test('answers what is wrong with a message, and goes on', async () => {
    await using served = await Served.open();
    await served.as('ada').threads.create([{ id: 'a' }]);
    await using socket = await served.socket(ada);
    const bad: readonly unknown[] = [
      'no JSON',
      '[]',
      'null',
      { type: 'other' },
      { type: 'subscribe', threads: 'a' },
      { type: 'subscribe', threads: [{ id: 'a', more: 1 }] },
      { type: 'subscribe', threads: [{ id: 'a' }, { id: 'a' }] },
      { type: 'subscribe', threads: [1, 2, 3, 4].map((n) => ({ id: `t${n}` })) },
      { type: 'unsubscribe' },
      { type: 'unsubscribe', ids: [1] },
    ];
    socket.say({ type: 'subscribe' });
    expect(await socket.names(1)).toEqual(['ready']);
    for (const message of [...bad, { type: 'auth' }]) {
      socket.say(message);
      expect(await socket.names(1), JSON.stringify(message)).toEqual(['error invalid_request']);
    }
    socket.socket.send(new Uint8Array([1, 2, 3]));
    expect(await socket.names(1)).toEqual(['error invalid_request']);
    socket.say({ type: 'subscribe', threads: [{ id: 'a' }] });
    expect(await socket.names(1)).toEqual(['a head']);
    for (let i = 0; i < 20; i++) socket.say('{');
    expect((await socket.closed)[0]).toBe(4400);
  });

  test('ends when a message is too large, and the server goes on', async () => {
    await using served = await Served.open();
    await using socket = await served.socket(ada);
    socket.say('x'.repeat(600_000));
    expect((await socket.closed)[0]).toBe(1009);
    await using other = await served.socket(ada);
    other.say({ type: 'subscribe' });
    expect(await other.names(1)).toEqual(['ready']);
  });

  test('is refused before it opens as a request is', async () => {
    await using served = await Served.open();
    const statusOf = async (path: string, headers: Record<string, string>): Promise<string> => {
      const socket = new LiveSocketForTesting(served.server.url + path, headers);
      const [error] = (await once(socket.socket, 'error')) as [Error];
      return /\d{3}$/.exec(error.message)?.[0] ?? error.message;
    };
    expect(await statusOf('/v1/live', { origin: 'https://elsewhere.example' })).toBe('403');
    expect(await statusOf('/v1/live', { host: 'elsewhere.example' })).toBe('403');
    expect(await statusOf('/v1/live', { 'x-forwarded-for': '1.2.3.4' })).toBe('403');
    expect(await statusOf('/v1/live?token=secret', ada)).toBe('400');
    expect(await statusOf('/v1/threads', ada)).toBe('200'); // a request like any other
    await using tokens = await Served.open({ auth: { mode: 'tokens' } });
    const bearer = { authorization: 'Bearer sk_wrong' };
    const socket = new LiveSocketForTesting(`${tokens.server.url}/v1/live`, bearer);
    const [error] = (await once(socket.socket, 'error')) as [Error];
    expect(error.message).toContain('401');
  });

  test('of a caller without a credential says one first', async () => {
    await using served = await Served.open({ auth: { mode: 'tokens' } });
    await using socket = await served.socket();
    socket.say({ type: 'subscribe', threads: [{ id: 'a' }] });
    expect(await socket.names(1)).toEqual(['error unauthenticated']);
    socket.say({ type: 'auth', token: 'sk_wrong' });
    expect(await socket.names(1)).toEqual(['error unauthenticated']);
    expect((await socket.closed)[0]).toBe(4401);
  });

  test('counts among the open tails of its user and of the server, from its upgrade on', async () => {
    await using served = await Served.open({ liveTailCountPerUserMax: 1, liveTailCountMax: 2 });
    await using first = await served.socket(ada);
    expect(await refusalOf(served.server.url, ada)).toEqual([429, '1']);
    first.say({ type: 'subscribe' });
    expect(await first.names(1)).toEqual(['ready']);
    expect(await refusalOf(served.server.url, ada)).toEqual([429, '1']);
    await using late = await served.socket();
    late.say({ type: 'auth', userId: 'ada' });
    expect(await late.names(1)).toEqual(['error rate_limited']);
    expect((await late.closed)[0]).toBe(4429);
    await using other = await served.socket({ 'x-user-id': 'eve' });
    expect(await refusalOf(served.server.url, { 'x-user-id': 'kim' })).toEqual([503, '1']);
    other.socket.close();
    first.socket.close();
    await first.closed;
    await until(async () => {
      await using third = new LiveSocketForTesting(`${served.server.url}/v1/live`, ada);
      third.socket.on('error', () => undefined);
      return (await Promise.race([once(third.socket, 'open'), third.closed])).length === 0;
    });
  });

  test('is cut when its client does not read what comes, and nobody else is held up', async () => {
    const logged: string[] = [];
    const log = (_details: object, text: string): void => void logged.push(text);
    await using served = await Served.open({ logger: { info: log, error: log, debug: log } });
    await served.as('ada').threads.create([{ id: 'a' }]);
    await using slow = await served.socket(ada);
    await using keen = await served.socket(ada);
    for (const socket of [slow, keen]) {
      socket.say({ type: 'subscribe', threads: [{ id: 'a' }] });
      expect(await socket.names(2)).toEqual(['ready', 'a head']);
    }
    slow.socket.pause();
    await until(async () => {
      await served.say('a', 'x'.repeat(100_000));
      expect(await keen.names(2)).toEqual(['a item', 'a head']);
      return logged.includes('A live tail was cut: its client does not read.');
    });
    slow.socket.resume();
    expect((await slow.closed)[0]).toBe(1006);
  });

  test('tells that it is alive, and ends when its client does not answer', async () => {
    await using served = await Served.open({ liveCommentIntervalMs: 5 });
    await using socket = await served.socket(ada);
    socket.say({ type: 'subscribe' });
    expect(await socket.names(3)).toEqual(['ready', 'alive', 'alive']);
    await using silent = await served.socket(ada);
    Object.assign(silent.socket, { _autoPong: false });
    silent.say({ type: 'subscribe' });
    expect((await silent.closed)[0]).toBe(1006);
  });

  test('of a host comes from its own pages, and is attached to any server', async () => {
    await using store = await createStore({ engine: memory() });
    const stopping = new AbortController();
    const handler = createHandler(store, {
      signal: stopping.signal,
      auth: {
        mode: 'host',
        identify: (request) => {
          const userId = request.headers.get('cookie')?.slice('user='.length);
          return { projectId: 'p', ...(userId !== undefined && { userId }) };
        },
      },
    });
    const listener = getRequestListener(handler);
    const server = createServer((request, response) => void listener(request, response));
    attachLive(server, handler);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const foreign = new LiveSocketForTesting(`${url}/v1/live`, { origin: 'https://evil.example' });
    const [error] = (await once(foreign.socket, 'error')) as [Error];
    expect(error.message).toContain('403');
    const socket = await LiveSocketForTesting.open(url, { origin: url, cookie: 'user=eve' });
    socket.say({ type: 'subscribe' });
    expect(await socket.next()).toEqual({ type: 'ready', userId: 'eve' });
    stopping.abort();
    expect((await socket.closed)[0]).toBe(1001);
    await new Promise((resolve) => server.close(resolve));
  });

  test('is not for a handler that it does not know', () => {
    const handler = (): Promise<Response> => Promise.resolve(new Response());
    expect(() => attachLive(createServer(), handler)).toThrow(TypeError);
  });
});
