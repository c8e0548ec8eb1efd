import { describe, expect, test } from 'vitest';
import { scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../test/support/domain/source-for-testing.ts';
import { enginesForTesting } from '../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
  type AnswerForTesting,
  type RequestForTesting,
} from '../../test/support/server/http-kit-for-testing.ts';
import type { ItemPage } from '../api/item.ts';
import type { Thread } from '../api/thread.ts';
import { routes } from './routes.ts';

/*
 * No request that changes something ignores `If-Match`: it compares the version, or it refuses the
 * header. Each route that changes something is called in both ways.
 */

const responders = sourceOf(
  ...['demo/echo', 'demo/other'].map((name) => scripted(() => textChunks('x'), name)),
);

const changing = routes.filter(({ method }) => method !== 'GET');
const labelOf = ({ method, path }: (typeof routes)[number]): string => `${method} ${path}`;

/** Bodies whose examples name items that no thread has, or that would wait for an answer. */
const bodies: Readonly<Record<string, (itemIds: readonly string[]) => object>> = {
  createEdges: ([fromItemId, toItemId]) => ({
    edges: [{ fromItemId, toItemId, type: 'caused_by' }],
  }),
  forkThread: ([atItemId]) => ({ atItemId }),
};

describe.each(enginesForTesting)('If-Match on %s', (_engine, createEngine) => {
  const openKit = (): Promise<HttpKitForTesting> =>
    HttpKitForTesting.open(createEngine(), {}, { responders });

  test.each(
    changing
      .filter(({ takesIfMatch }) => takesIfMatch)
      .map((route) => [labelOf(route), route] as const),
  )('of %s is compared', async (_label, route) => {
    await using kit = await openKit();
    const { id } = await kit.createThread({ id: 't' });
    const items = await kit.append(id, [
      { role: 'user', text: 'one' },
      { role: 'user', text: 'two' },
    ]);
    const ids = items.map((item) => item.id);
    const path = route.path.replace('{threadId}', id).replace('{itemId}', ids[0]!);
    const json = bodies[route.name]?.(ids) ?? route.body?.example;
    const call = (ifMatch: string): Promise<AnswerForTesting> => {
      const headers = { 'if-match': ifMatch, prefer: 'respond-async' };
      return kit.call(route.method, path, json === undefined ? { headers } : { headers, json });
    };
    // What is taken away must be there before.
    if (route.name === 'unpinItem') await kit.must(200, 'PUT', path);
    const { version } = await kit.must<Thread>(200, 'GET', `/v1/threads/${id}`);
    const before = await kit.dump(['local']);
    for (const stale of [`"${version - 1}"`, `"1", "${version + 1}"`, `W/"${version}"`, '"x"']) {
      expectProblem(await call(stale), 412, 'precondition_failed');
    }
    expectProblem(await call(`${version}`), 400, 'invalid_request');
    expect(await kit.dump(['local'])).toBe(before);
    expect((await call(`"1", "${version}"`)).status).toBeLessThan(300);
    expect(await kit.dump(['local'])).not.toBe(before);
  });

  test.each(
    changing
      .filter(({ takesIfMatch }) => !takesIfMatch)
      .map((route) => [labelOf(route), route] as const),
  )('of %s is refused', async (_label, route) => {
    await using kit = await openKit();
    const { id, version } = await kit.createThread({ id: 't' });
    const path = route.path.replace('{threadId}', id).replaceAll(/\{\w+\}/g, 'x');
    const json = route.body?.example;
    const headers = { 'if-match': `"${version}"` };
    const before = await kit.dump(['local']);
    const answer = await kit.call(
      route.method,
      path,
      json === undefined ? { headers } : { headers, json },
    );
    // Keys and tokens ask for a credential first.
    const isSignedIn = route.access !== 'serverKey' && route.access !== 'operator';
    expect(answer.status, answer.text).toBe(isSignedIn ? 412 : 401);
    expect(await kit.dump(['local'])).toBe(before);
  });

  test('of appends: one of twenty with the same version is stored', async () => {
    await using kit = await openKit();
    const { id, version } = await kit.createThread();
    const append = (i: number): Promise<AnswerForTesting> =>
      kit.call('POST', `/v1/threads/${id}/items`, {
        json: { items: [{ role: 'user', text: `${i}` }] },
        headers: { 'if-match': `"${version}"` },
      });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => append(i)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, ...Array<number>(19).fill(412)]);
    const { data } = await kit.must<ItemPage>(200, 'GET', `/v1/threads/${id}/items`);
    expect(data.map(({ parts }) => parts)).toEqual([
      [{ type: 'text', text: `${statuses.indexOf(201)}` }],
    ]);
  });

  test.each(['edges', 'fork'])('of %s is met by all of several', async (what) => {
    await using kit = await openKit();
    const { id } = await kit.createThread();
    const texts = ['one', 'two', 'three', 'four'].map((text) => ({ role: 'user', text }));
    const ids = (await kit.append(id, texts)).map((item) => item.id);
    const { version } = await kit.must<Thread>(200, 'GET', `/v1/threads/${id}`);
    const call = (from: number, to: number): Promise<AnswerForTesting> => {
      const edge = { fromItemId: ids[from], toItemId: ids[to], type: 'caused_by' };
      return kit.call('POST', `/v1/threads/${id}/${what}`, {
        json: what === 'edges' ? { edges: [edge] } : { atItemId: ids[from] },
        headers: { 'if-match': `"${version}"` },
      });
    };
    const answers = await Promise.all([0, 1, 2].map((i) => call(i, 3)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const now = await kit.must<Thread>(200, 'GET', `/v1/threads/${id}`);
    expect(now.version).toBe(version);
    await kit.append(id, [{ role: 'user', text: 'later' }]);
    expectProblem(await call(3, 0), 412, 'precondition_failed');
  });

  test.each<[string, (request: RequestForTesting, key: string) => RequestForTesting]>([
    [
      'an Idempotency-Key',
      (request, key) => ({ ...request, headers: { ...request.headers, 'idempotency-key': key } }),
    ],
    [
      'keys of items',
      (request, key) => ({ ...request, json: { items: [{ role: 'user', text: 'x', key }] } }),
    ],
  ])('of an append that is repeated with %s does not matter', async (_by, keyed) => {
    await using kit = await openKit();
    const { id, version } = await kit.createThread();
    const path = `/v1/threads/${id}/items`;
    const request = (key: string, ifMatch: string): RequestForTesting => {
      const json = { items: [{ role: 'user', text: 'x' }] };
      return keyed({ json, headers: { 'if-match': ifMatch } }, key);
    };
    const first = await kit.call('POST', path, request('a', `"${version}"`));
    expect(first.status).toBe(201);
    await kit.append(id, [{ role: 'user', text: 'later' }]);
    for (const ifMatch of [`"${version}"`, `"${version}", "77"`, 'W/"1"']) {
      const again = await kit.call('POST', path, request('a', ifMatch));
      expect([again.status, again.text]).toEqual([200, first.text]);
    }
    expectProblem(
      await kit.call('POST', path, request('b', `"${version}"`)),
      412,
      'precondition_failed',
    );
  });

  test('of a run that is repeated with keys does not matter', async () => {
    await using kit = await openKit();
    const { id, version } = await kit.createThread();
    const start = (idempotencyKey: string): Promise<AnswerForTesting<{ run: { id: string } }>> =>
      kit.call('POST', `/v1/threads/${id}/runs`, {
        json: { input: 'x' },
        headers: {
          'if-match': `"${version}"`,
          'idempotency-key': idempotencyKey,
          prefer: 'respond-async',
        },
      });
    const first = await start('a');
    expect(first.status).toBe(202);
    const again = await start('a');
    expect([again.status, again.json.run.id]).toEqual([200, first.json.run.id]);
    expectProblem(await start('b'), 412, 'precondition_failed');
  });
});
