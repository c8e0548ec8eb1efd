import type { EdgeListOptions } from '../../api/edge.ts';
import {
  edgeListQuery,
  edgesBodySchema,
  graphQuery,
  type EdgesBody,
  type GraphQuery,
} from '../../protocol/edges.ts';
import { json } from '../answer.ts';
import { defineRoute, type Route } from '../route.ts';

const createEdges = defineRoute<EdgesBody>({
  method: 'POST',
  path: '/v1/threads/{threadId}/edges',
  name: 'createEdges',
  group: 'Edges',
  summary: 'Create edges between items',
  access: 'caller',
  body: {
    schema: edgesBodySchema,
    name: 'CreateEdges',
    example: {
      edges: [
        {
          fromItemId: '0192f0c1-7e1b-7000-8000-0123456789ab',
          toItemId: '0192f0c1-7e1a-7000-8000-0123456789ab',
          type: 'caused_by',
        },
      ],
    },
  },
  takesIdempotencyKey: true,
  answers: {
    200: { description: 'The edges were there already.', schema: 'EdgeList' },
    201: { description: 'The edges.', schema: 'EdgeList' },
  },
  async action(call) {
    const { edges } = call.body;
    const outcome = await call.project.edges.createWithOutcome(
      call.param('threadId'),
      edges,
      call.writeOptions(),
    );
    return json(outcome.replayed ? 200 : 201, { data: outcome.data });
  },
});

const listEdges = defineRoute<undefined, EdgeListOptions>({
  method: 'GET',
  path: '/v1/threads/{threadId}/edges',
  name: 'listEdges',
  group: 'Edges',
  summary: 'List edges',
  access: 'caller',
  query: edgeListQuery,
  answers: { 200: { description: 'A page of edges.', schema: 'EdgePage' } },
  action: async (call) =>
    json(200, await call.project.edges.list(call.param('threadId'), call.query)),
});

const getGraph = defineRoute<undefined, GraphQuery>({
  method: 'GET',
  path: '/v1/threads/{threadId}/graph',
  name: 'getGraph',
  group: 'Edges',
  summary: 'Read the graph of a thread or run',
  description:
    'Its nodes are spans, its edges those between the items of two spans. A run that names no span, ' +
    "such as a model's answer, is one itself, whose `spanId` is the run's id.",
  access: 'caller',
  query: graphQuery,
  answers: { 200: { description: 'The graph.', schema: 'Graph' } },
  action: async (call) =>
    json(200, await call.project.threads.graph(call.param('threadId'), call.query)),
});

export const edgeRoutes: readonly Route[] = [createEdges, listEdges, getGraph];
