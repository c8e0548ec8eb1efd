import { describe, expect, test } from 'vitest';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import type { Edge, Graph } from '../../api/edge.ts';
import type { Page } from '../../api/page.ts';
import type { Run } from '../../api/run.ts';
import { check } from '../../protocol/check.ts';
import { graphSchema } from '../../protocol/schemas/edges.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

describe.each(enginesForTesting)('edges over HTTP on %s', (_engine, createEngine) => {
  test('are created once, listed and drawn', async () => {
    await using kit = await HttpKitForTesting.open(createEngine());
    await kit.createThread({ id: 't' });
    const items = await kit.append(
      't',
      ['a', 'b', 'c'].map((text) => ({
        role: 'assistant',
        text,
        runId: 'r',
        spanId: `span-${text}`,
      })),
    );
    const [a, b, c] = items.map(({ id }) => id);
    const edges = [
      { fromItemId: b, toItemId: a, type: 'caused_by' },
      { fromItemId: c, toItemId: a, type: 'depends_on' },
    ];
    const path = '/v1/threads/t/edges';
    const created = await kit.must<{ data: Edge[] }>(201, 'POST', path, { json: { edges } });
    expect(created.data).toMatchObject(edges.map((edge) => ({ ...edge, threadId: 't' })));
    expect(await kit.must(200, 'POST', path, { json: { edges } })).toEqual(created);

    const list = async (query: string): Promise<number> =>
      (await kit.must<Page<Edge>>(200, 'GET', path + query)).data.length;
    expect([
      await list(''),
      await list(`?toItemId=${a}`),
      await list(`?fromItemId=${b}`),
      await list(`?fromItemId=${a}`),
    ]).toEqual([2, 2, 1, 0]);
    const first = await kit.must<Page<Edge>>(200, 'GET', `${path}?limit=1`);
    const second = await kit.must<Page<Edge>>(
      200,
      'GET',
      `${path}?limit=1&after=${first.nextCursor}`,
    );
    expect([...first.data, ...second.data].map(({ fromItemId }) => fromItemId).toSorted()).toEqual(
      [b!, c!].toSorted(),
    );

    const graph = await kit.must<Graph>(200, 'GET', '/v1/threads/t/graph?runId=r');
    expect(graph.nodes.map(({ spanId }) => spanId).toSorted()).toEqual([
      'span-a',
      'span-b',
      'span-c',
    ]);
    expect(graph.edges).toHaveLength(2);
    expect(graph.truncated).toBe(false);
  });

  test('of a run that a model answered are drawn around a single node, the run', async () => {
    const responders = sourceOf(scripted(() => textChunks('Hello.')));
    await using kit = await HttpKitForTesting.open(createEngine(), {}, { responders });
    await kit.createThread({ id: 't' });
    await kit.call('POST', '/v1/threads/t/runs', { json: { input: 'Hi' } }); // ends with the answer
    const { data } = await kit.must<Page<Run>>(200, 'GET', '/v1/threads/t/runs');
    const { id: runId, outputItemId } = data[0]!;
    const graph = await kit.must<Graph>(200, 'GET', `/v1/threads/t/graph?runId=${runId}`);
    expect(check(graphSchema, graph)).toMatchObject({
      nodes: [{ id: runId, spanId: runId, runId, itemIds: [outputItemId], status: 'completed' }],
      edges: [],
      truncated: false,
    });
    expect(await kit.must(200, 'GET', '/v1/threads/t/graph')).toEqual(graph);
  });
});
