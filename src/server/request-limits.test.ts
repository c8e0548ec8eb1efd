import { sign } from 'hono/jwt';
import { afterEach, expect, test } from 'vitest';
import { memory } from '../engines/memory/index.ts';
import { createStore } from '../store/index.ts';
import { createChatMount } from '../adapters/ai-sdk/chat/chat-mount.ts';
import {
  expectProblem,
  HttpKitForTesting,
  type AnswerForTesting,
} from '../../test/support/server/http-kit-for-testing.ts';
import type { HandlerOptions } from './create-handler.ts';
import { serve, type RunningServer } from './serve.ts';

const jwtSecret = 'a secret of at least thirty-two bytes';
const exp = Math.floor(Date.now() / 1000) + 3600;
const tokens = { mode: 'tokens', jwtSecret } as const;
/** Nothing fills up again while a test runs. */
const twice = { perSecond: 0.001, burst: 2 };

async function bearer(claims: object): Promise<{ headers: { authorization: string } }> {
  return { headers: { authorization: `Bearer ${await sign({ exp, ...claims }, jwtSecret)}` } };
}

function expectLimited(answer: AnswerForTesting, whose: string): void {
  const problem = expectProblem(answer, 429, 'rate_limited');
  expect(problem.detail).toContain(`Too many requests of ${whose}.`);
  const seconds = Number(answer.headers.get('retry-after'));
  expect([seconds > 1, seconds <= 1000]).toEqual([true, true]);
  expect(problem.detail).toContain(`in ${seconds} s`);
}

function open(options: HandlerOptions): Promise<HttpKitForTesting> {
  return HttpKitForTesting.open(memory(), options);
}

test('a caller is refused after its burst, and no other caller is', async () => {
  await using kit = await open({ auth: tokens, rateLimits: { perCaller: twice } });
  const [ada, ben] = [await bearer({ sub: 'ada' }), await bearer({ sub: 'ben' })];
  const elsewhere = await bearer({ sub: 'ada', project: 'p2' });
  for (let i = 0; i < 2; i++) await kit.must(200, 'GET', '/v1/threads', ada);
  expectLimited(await kit.call('GET', '/v1/threads', ada), 'this caller');
  // Every route counts, also one that would be refused anyway.
  expectLimited(await kit.call('POST', '/v1/threads', { ...ada, json: { x: 1 } }), 'this caller');
  expectLimited(
    await kit.call('GET', '/v1/threads', await bearer({ sub: 'ada', x: 1 })),
    'this caller',
  );
  for (const other of [ben, elsewhere]) await kit.must(200, 'GET', '/v1/threads', other);
});

test('a project is refused after its burst, whoever calls', async () => {
  await using kit = await open({ auth: tokens, rateLimits: { perProject: twice } });
  const callOf = async (claims: object): Promise<AnswerForTesting> =>
    kit.call('GET', '/v1/threads', await bearer(claims));
  expect((await callOf({ sub: 'ada' })).status).toBe(200);
  expect((await callOf({ sub: 'ben' })).status).toBe(200);
  expectLimited(await callOf({ sub: 'eve' }), 'all callers of the project');
  expect((await callOf({ sub: 'eve', project: 'p2' })).status).toBe(200);
});

test('a server key that names no user counts for itself', async () => {
  await using kit = await open({ auth: tokens, rateLimits: { perCaller: twice } });
  const { secret } = await kit.store.keys.create({ projectId: 'default', name: 'k' });
  const headers = { authorization: `Bearer ${secret}` };
  for (let i = 0; i < 2; i++) await kit.must(200, 'GET', '/v1/users', { headers });
  expectLimited(await kit.call('GET', '/v1/users', { headers }), 'this server key');
  await kit.must(200, 'GET', '/v1/me', { headers: { ...headers, 'x-user-id': 'ada' } });
});

test('probes and metrics are not counted, and a stream counts once', async () => {
  const rateLimits = { perCaller: { perSecond: 0.001, burst: 3 } };
  await using kit = await open({ rateLimits });
  const [thread] = await kit.store.project('default').as({ userId: 'local' }).threads.create([{}]);
  const live = await kit.send('GET', `/v1/threads/${thread!.id}/live`);
  const reader = live.body!.getReader();
  await reader.read();
  for (let i = 0; i < 5; i++)
    for (const path of ['/healthz', '/readyz', '/metrics']) await kit.call('GET', path);
  await kit.must(200, 'GET', '/v1/threads');
  await kit.must(200, 'GET', '/v1/threads');
  expectLimited(await kit.call('GET', '/v1/threads'), 'this caller');
  await reader.cancel();
});

test('a mounted chat counts, too', async () => {
  await using store = await createStore({ engine: memory() });
  const { createHandler } = await import('./create-handler.ts');
  const mounts = [createChatMount({ store })];
  const handler = createHandler(store, { rateLimits: { perCaller: twice }, mounts });
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++)
    statuses.push((await handler(new Request('http://localhost/api/chat/none/stream'))).status);
  expect(statuses).toEqual([204, 204, 429]);
});

test('a limit that lets nothing through is a mistake', async () => {
  const opening = open({ rateLimits: { perCaller: { perSecond: 0 } } });
  await expect(opening).rejects.toThrow(TypeError);
});

let server: RunningServer | undefined;
afterEach(() => server?.close());

/** The statuses of requests with these headers, to a server that limits callers. */
async function statusesOf(
  options: Partial<HandlerOptions>,
  all: readonly Readonly<Record<string, string>>[],
): Promise<number[]> {
  await using store = await createStore({ engine: memory() });
  server = await serve({
    store,
    port: 0,
    auth: tokens,
    rateLimits: { perCaller: twice },
    ...options,
  });
  const statuses: number[] = [];
  for (const headers of all) {
    const answer = await fetch(`${server.url}/v1/threads?visibility=public`, { headers });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  await server.close();
  return statuses;
}

test('anonymous callers count by their address, which they do not choose', async () => {
  const forged = ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map((one) => ({ 'x-forwarded-for': one }));
  expect(await statusesOf({}, forged)).toEqual([200, 200, 429]);
});

test('behind proxies the address is the one that the outermost of them saw', async () => {
  const from = (list: string): Record<string, string> => ({ 'x-forwarded-for': list });
  const one = [
    from('198.51.100.1'),
    from('9.9.9.9, 198.51.100.1'), // the client wrote the first entry
    from('8.8.8.8, 198.51.100.1'),
    from('198.51.100.2'),
  ];
  expect(await statusesOf({ proxyCount: 1 }, one)).toEqual([200, 200, 429, 200]);
  const two = [
    from('198.51.100.1, 10.0.0.1'),
    from('9.9.9.9, 198.51.100.1, 10.0.0.2'),
    from('8.8.8.8, 198.51.100.1, 10.0.0.3'),
    from('198.51.100.2, 10.0.0.1'),
  ];
  expect(await statusesOf({ proxyCount: 2 }, two)).toEqual([200, 200, 429, 200]);
});

test('a network of IPv6 is one address', async () => {
  const all = [
    '2001:db8:0:1::1',
    '2001:db8::1:ffff:0:0:2',
    '[2001:DB8:0:1:5::]:443',
    '2001:db8::1',
  ];
  const headers = all.map((one) => ({ 'x-forwarded-for': one }));
  expect(await statusesOf({ proxyCount: 1 }, headers)).toEqual([200, 200, 429, 200]);
});

test('guesses at credentials count for their address', async () => {
  const guesses = ['sk_a', 'ut_b', 'c.d.e', ''].map((token) => ({
    authorization: `Bearer ${token}`,
  }));
  expect(await statusesOf({}, guesses)).toEqual([401, 401, 429, 429]);
});

test('without a framework that tells addresses, strangers do not share a limit', async () => {
  await using kit = await open({ auth: tokens, rateLimits: { perCaller: twice } });
  for (let i = 0; i < 5; i++) await kit.must(200, 'GET', '/v1/threads?visibility=public');
});
