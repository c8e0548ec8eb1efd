import { describe, expect, test } from 'vitest';
import { createClient } from '../../client/create-client.ts';
import { memory } from '../../engines/memory/index.ts';
import { createHandler } from '../create-handler.ts';
import { createStore } from '../../store/create-store.ts';
import type { IssuedShare, SharedItem, ThreadSharing } from '../../api/share.ts';
import type { Page } from '../../api/page.ts';
import type { Thread } from '../../api/thread.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

describe.each(enginesForTesting)('links over HTTP on %s', (_engine, createEngine) => {
  test('are made, read without a credential, revoked, and never cached', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    const { id } = await kit.createThread({ title: 'Trip' }, 'ada');
    await kit.append(id, [{ role: 'user', text: 'hello' }], 'ada');
    const path = `/v1/threads/${id}/shares`;
    const made = await kit.must<IssuedShare>(201, 'POST', path, { user: 'ada' });
    expect(made.url).toBe(`http://localhost/s/${made.token}`);
    const answer = await kit.call('GET', `/v1/shared/${made.token}`, { user: 'bob' });
    expect(answer.json).toMatchObject({ title: 'Trip', isFrozen: false });
    for (const [name, value] of [
      ['cache-control', 'no-store'],
      ['x-robots-tag', 'noindex'],
      ['referrer-policy', 'no-referrer'],
    ] as const) {
      expect(answer.headers.get(name)).toBe(value);
    }
    const items = `/v1/shared/${made.token}/items`;
    const page = await kit.must<Page<SharedItem>>(200, 'GET', items, { user: 'bob' });
    expect(page.data).toHaveLength(1);
    expect(page.data[0]).not.toHaveProperty('authorId');
    const fork = `/v1/shared/${made.token}/fork`;
    const own = await kit.must<Thread>(201, 'POST', fork, { user: 'bob' });
    expect(own).toMatchObject({ ownerId: 'bob', title: 'Trip' });
    await kit.must(204, 'DELETE', `${path}/${made.share.id}`, { user: 'ada' });
    for (const gone of [`/v1/shared/${made.token}`, items, `/v1/shared/${made.token}/live`]) {
      await kit.problem(404, 'not_found', 'GET', gone, { user: 'bob' });
    }
  });

  test('tell the address of a thread that is not private', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    const { id } = await kit.createThread({}, 'ada');
    const read = (): Promise<ThreadSharing> =>
      kit.must(200, 'GET', `/v1/threads/${id}/share`, { user: 'ada' });
    expect(await read()).toEqual({ visibility: 'private', canShare: false, shareUrl: null });
    await kit.must(200, 'PATCH', `/v1/threads/${id}`, {
      json: { visibility: 'public' },
      user: 'ada',
    });
    expect(await read()).toEqual({
      visibility: 'public',
      canShare: true,
      shareUrl: `http://localhost/t/${id}`,
    });
  });
});

test('the address of an unlisted thread lets its readers in, on every path that reads it', async () => {
  await using kit = await HttpKitForTesting.open(memory());
  await kit.createThread({ id: 'trip', visibility: 'unlisted' }, 'ada');
  const path = '/v1/threads/trip';
  const { shareUrl } = await kit.must<ThreadSharing>(200, 'GET', `${path}/share`, { user: 'ada' });
  const { searchParams } = new URL(shareUrl!);
  const k = searchParams.get('k')!;
  for (const part of ['', '/items', '/edges', '/graph', '/runs', '/forks', '/items?limit=1']) {
    const sign = part.includes('?') ? '&' : '?';
    await kit.problem(404, 'not_found', 'GET', `${path}${part}`, { user: 'bob' });
    await kit.must(200, 'GET', `${path}${part}${sign}k=${k}`, { user: 'bob' });
  }
  await kit.problem(404, 'not_found', 'GET', `${path}/items?k=x`, { user: 'bob' });
  await kit.problem(400, 'invalid_request', 'GET', `${path}/items?k=`, { user: 'bob' });
  await kit.problem(400, 'invalid_request', 'GET', `/v1/threads?k=${k}`, { user: 'bob' });
});

test('a client follows a link, and no line of the log has its token', async () => {
  await using store = await createStore({ engine: memory() });
  const lines: string[] = [];
  const log = (...values: unknown[]): void => void lines.push(JSON.stringify(values));
  const logger = { debug: log, info: log, warn: log, error: log };
  const handle = createHandler(store, { logger });
  const open = (userId: string): ReturnType<typeof createClient> =>
    createClient({
      baseUrl: 'http://localhost',
      userId,
      fetch: handle,
    });
  const [ada, bob] = [open('ada'), open('bob')];
  const [thread] = await ada.threads.create([{}]);
  const { token, share } = await ada.shares.create(thread!.id, {});
  const events = bob.shared.live(token);
  expect((await events.next()).value).toMatchObject({ type: 'head' });
  await ada.items.append(thread!.id, [{ role: 'user', text: 'hello' }]);
  expect((await events.next()).value).toMatchObject({ type: 'item', item: { role: 'user' } });
  await ada.shares.revoke(thread!.id, [share.id]);
  const rest = [];
  for await (const event of events) rest.push(event.type);
  expect(rest).not.toContain('item');
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.join('\n')).not.toContain(token);
});
