import { sign } from 'hono/jwt';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Engine } from '../../engine/engine.ts';
import { memory } from '../../engines/memory/index.ts';
import { createStore } from '../../store/index.ts';
import type { Store } from '../../store/store.ts';
import type { AuthOptions } from '../auth/auth-options.ts';
import { createChatMount } from '../../adapters/ai-sdk/chat/chat-mount.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { createHandler } from '../create-handler.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';

const secret = 'a secret of at least thirty-two bytes';
const lifeSeconds = 1200;
const auth: AuthOptions = { mode: 'tokens', jwtSecret: secret };

/** A server with a public thread of `u1` in which an answer hangs. */
class EndsKit implements AsyncDisposable {
  readonly store: Store;
  readonly handler: (request: Request) => Promise<Response>;
  readonly #hung: ReturnType<typeof gate>;

  private constructor(store: Store, hung: ReturnType<typeof gate>) {
    this.store = store;
    this.#hung = hung;
    this.handler = createHandler(store, { auth, mounts: [createChatMount({ store })] });
  }

  static async open(engine: Engine): Promise<EndsKit> {
    const hung = gate();
    const slow = ['test/a', 'test/b'].map((name) =>
      scripted(async function* () {
        yield* textChunks('half').slice(0, 4);
        await hung.opened;
      }, name),
    );
    const runs = { leaseMs: 2 * lifeSeconds * 1000 };
    const store = await createStore({ engine, responders: sourceOf(...slow), runs });
    return new EndsKit(store, hung);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hung.open();
    await this.store.close();
  }

  send(token: string, method: string, path: string, json?: object): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (token.startsWith('sk_')) headers['x-user-id'] = 'u1';
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    if (json !== undefined) headers['content-type'] = 'application/json';
    return this.handler(new Request(`http://localhost${path}`, { method, headers, ...body }));
  }

  /** Every kind of events, open and begun, each with the promise of all its text. */
  async openAll(token: string): Promise<Map<string, Promise<string>>> {
    const project = this.store.project('default').as({ userId: 'u1' });
    const [thread] = await project.threads.create([{ visibility: 'public' }]);
    const path = `/v1/threads/${thread!.id}`;
    const run = await this.send(token, 'POST', `${path}/runs`, { input: 'Hi' });
    const comparing = { prompt: 'Hi', models: ['test/a', 'test/b'] };
    const [other] = await project.threads.create([{ visibility: 'public' }]);
    const compared = `/v1/threads/${other!.id}/comparisons`;
    const message = { id: 'm', role: 'user', parts: [{ type: 'text', text: 'Hi' }] };
    const chat = `chat-${thread!.id}`;
    const responses = new Map([
      ['the live tail', await this.send(token, 'GET', `${path}/live`)],
      ['a run', run],
      [
        'its stream',
        await this.send(token, 'GET', `${path}/streams/${run.headers.get('x-skein-stream-id')}`),
      ],
      ['a comparison', await this.send(token, 'POST', compared, comparing)],
      ['a chat', await this.send(token, 'POST', '/api/chat', { id: chat, message })],
      ['its stream again', await this.send(token, 'GET', `/api/chat/${chat}/stream`)],
    ]);
    for (const [name, { status }] of responses) expect([name, status]).toEqual([name, 200]);
    return new Map([...responses].map(([name, response]) => [name, begun(response)]));
  }
}

/** Resolves with the text once the body has ended; its beginning has arrived before. */
async function begun(response: Response): Promise<string> {
  return await response.text();
}

async function expectEnds(tails: ReadonlyMap<string, Promise<string>>): Promise<void> {
  for (const [name, text] of tails) {
    expect(await text, name).not.toContain('"finish"');
    if (name.includes('chat')) expect(await text).toContain('Your session has ended');
  }
}

describe.each(enginesForTesting)('open events end on %s', (_name, createEngine) => {
  test('when the server key is revoked, and so do those of the tokens that it minted', async () => {
    await using kit = await EndsKit.open(createEngine());
    const key = await kit.store.keys.create({ projectId: 'default', name: 'backend' });
    const minted = await kit.send(key.secret, 'POST', '/v1/tokens', { userId: 'u1' });
    const { token } = (await minted.json()) as { token: string };
    const other = await kit.store.keys.create({ projectId: 'default', name: 'other' });
    const ofKey = await kit.openAll(key.secret);
    const ofToken = await kit.openAll(token);
    const ofOther = await kit.openAll(other.secret);
    let isOtherOver = false;
    void ofOther.get('the live tail')!.then(() => (isOtherOver = true));
    await kit.store.keys.revoke(key.id);
    await expectEnds(ofKey);
    await expectEnds(ofToken);
    expect((await kit.send(key.secret, 'GET', '/v1/threads')).status).toBe(401);
    expect((await kit.send(token, 'GET', '/v1/threads')).status).toBe(401);
    expect(isOtherOver).toBe(false);
    await kit.store.keys.revoke(other.id);
    await expectEnds(ofOther);
  });
});

describe('open events end when the credential expires:', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      shouldAdvanceTime: true,
      toFake: ['Date', 'setTimeout', 'clearTimeout'],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const principal = { projectId: 'default', userId: 'u1' };
  const credentials: readonly (readonly [
    name: string,
    issue: (store: Store) => Promise<string>,
  ])[] = [
    ['a user token', async ({ keys }) => (await keys.issueToken(principal, lifeSeconds)).token],
    ['a JWT', () => sign({ sub: 'u1', exp: Math.floor(Date.now() / 1000) + lifeSeconds }, secret)],
  ];

  test.each(credentials)('%s', async (_name, issue) => {
    await using kit = await EndsKit.open(memory());
    const token = await issue(kit.store);
    const tails = await kit.openAll(token);
    await vi.advanceTimersByTimeAsync(lifeSeconds * 1000);
    await expectEnds(tails);
    expect((await kit.send(token, 'GET', '/v1/threads')).status).toBe(401);
  });
});

describe.each(sharedPlaces)('another process, on %s,', (_name, create) => {
  test('ends what was opened here', async () => {
    await using place = await create();
    await using here = await EndsKit.open(place.open());
    await using there = await EndsKit.open(place.open());
    const key = await there.store.keys.create({ projectId: 'default', name: 'k' });
    const { token } = await there.store.keys.issueToken(
      { projectId: 'default', userId: 'u1' },
      900,
      key.id,
    );
    const tails = [await here.openAll(key.secret), await here.openAll(token)];
    await there.store.keys.revoke(key.id);
    for (const opened of tails) await expectEnds(opened);
  });
});

test('a token is not minted by a key that has been revoked meanwhile', async () => {
  await using kit = await EndsKit.open(memory());
  const { id } = await kit.store.keys.create({ projectId: 'default', name: 'k' });
  await kit.store.keys.revoke(id);
  const principal = { projectId: 'default', userId: 'u1' };
  await expect(kit.store.keys.issueToken(principal, 60, id)).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('what a host has let in ends with the session that it names', async () => {
  await using store = await createStore({ engine: memory() });
  const [thread] = await store.project('p').as({ userId: 'u1' }).threads.create([{}]);
  const session = new AbortController();
  const { signal } = session;
  const handler = createHandler(store, {
    auth: { mode: 'host', identify: () => ({ projectId: 'p', userId: 'u1', signal }) },
  });
  const path = `http://localhost/v1/threads/${thread!.id}/live`;
  const reader = (await handler(new Request(path))).body!.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toContain('event: head');
  const next = reader.read();
  session.abort();
  expect((await next).done).toBe(true);
  const late = await handler(new Request(path));
  expect(await late.text()).not.toContain('event: head');
});
