import { describe, expect, test } from 'vitest';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
} from '../../../test/support/server/http-kit-for-testing.ts';
import { routes } from '../routes.ts';

describe.each(enginesForTesting)('operation on %s', (_engine, createEngine) => {
  test('reports that it is alive, and whether it is ready', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    expect(await kit.must(200, 'GET', '/healthz')).toEqual({ status: 'ok' });
    expect(await kit.must(200, 'GET', '/readyz')).toEqual({ status: 'ok' });
    await kit.store.close();
    expect(await kit.must(200, 'GET', '/healthz')).toEqual({ status: 'ok' });
    const answer = await kit.call('GET', '/readyz');
    expectProblem(answer, 503, 'unavailable');
    expect(answer.headers.get('retry-after')).toBe('1');
    expectProblem(await kit.call('POST', '/v1/threads', { json: {} }), 503, 'unavailable');
  });

  test('counts requests by route, method and status', async () => {
    await using kit = await HttpKitForTesting.open(createEngine(), { processMetrics: true });
    const { id } = await kit.createThread();
    await kit.call('GET', `/v1/threads/${id}`);
    await kit.call('GET', '/v1/threads/none');
    await kit.call('GET', '/v1/nothing/secret');
    const { text, headers } = await kit.call('GET', '/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const count = (method: string, route: string, status: number): string =>
      `skein_http_requests_total{method="${method}",route="${route}",status="${status}"} 1`;
    expect(text).toContain(count('POST', '/v1/threads', 201));
    expect(text).toContain(count('GET', '/v1/threads/{threadId}', 200));
    expect(text).toContain(count('GET', '/v1/threads/{threadId}', 404));
    expect(text).toContain(count('ANY', 'unknown', 404));
    expect(text).toContain(
      'skein_http_request_duration_seconds_count{method="POST",route="/v1/threads",status="201"} 1',
    );
    expect(text).toContain('skein_live_tails 0');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain('secret');
  });

  test('two handlers have metrics of their own', async () => {
    await using first = await HttpKitForTesting.open(createEngine());
    await using second = await HttpKitForTesting.open(createEngine());
    await first.createThread();
    expect((await second.call('GET', '/metrics')).text).not.toContain('route="/v1/threads"');
  });

  test('OPTIONS lists the methods of each path, HEAD gives the headers of GET', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    const { id, version } = await kit.createThread();
    for (const { path } of routes) {
      const answer = await kit.call('OPTIONS', path.replaceAll(/\{\w+\}/g, 'x'));
      expect(answer.status, path).toBe(204);
      const offered = routes.filter((route) => route.path === path).map(({ method }) => method);
      const head = offered.includes('GET') ? ['HEAD'] : [];
      expect(answer.headers.get('allow')?.split(', '), path).toEqual([
        ...offered,
        ...head,
        'OPTIONS',
      ]);
    }
    const head = await kit.call('HEAD', `/v1/threads/${id}`);
    expect([head.status, head.text, head.headers.get('etag')]).toEqual([200, '', `"${version}"`]);
    const live = await kit.call('HEAD', `/v1/threads/${id}/live`);
    expect([live.status, live.text, live.headers.get('content-type')]).toEqual([
      200,
      '',
      'text/event-stream',
    ]);
    expect((await kit.call('HEAD', '/v1/threads/none/live')).status).toBe(404);
    const refused = await kit.call('PUT', '/v1/threads');
    expectProblem(refused, 405, 'method_not_allowed');
    expect(refused.headers.get('allow')).toBe('POST, GET, HEAD, OPTIONS');
  });

  test('answers only under the path that it is mounted at', async () => {
    await using kit = await HttpKitForTesting.open(createEngine(), { basePath: '/chat' });
    expect((await kit.call('POST', '/chat/v1/threads', { json: {} })).status).toBe(201);
    const answer = await kit.call('GET', '/v1/threads');
    expect([answer.status, (answer.json as { type: string }).type]).toEqual([
      404,
      '/chat/docs#not_found',
    ]);
    expect((await kit.call('GET', '/chat/docs')).text).toContain(
      'http://localhost/chat/v1/threads',
    );
  });
});
