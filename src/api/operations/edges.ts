import type { Edge, EdgeListOptions, EdgesApi, Graph, NewEdge } from '../edge.ts';
import type { Page } from '../page.ts';
import type { NounOf } from '../operation.ts';
import type { ThreadsApi } from '../threads-api.ts';
import type { WithVerbs } from '../verb.ts';

export const edgeEndpoints = {
  createEdges: 'POST /v1/threads/{threadId}/edges',
  listEdges: 'GET /v1/threads/{threadId}/edges',
  getGraph: 'GET /v1/threads/{threadId}/graph',
} as const;

export const edgeVerbs = {
  createEdges: ['edges.createWithOutcome', 'threadId', 'body.edges', 'options'],
  listEdges: ['edges.list', 'threadId', 'query'],
  getGraph: ['threads.graph', 'threadId', 'query'],
} as const;

export const edgeTable = {
  group: 'Edges',
  parameters: {},
  operations: {
    createEdges: {
      summary: 'Create edges between items',
      body: {
        schema: 'CreateEdges',
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
      takesIfMatch: true,
      responses: {
        200: { description: 'All edges existed already.', schema: 'EdgeList' },
        201: { description: 'The edges.', schema: 'EdgeList' },
      },
    },
    listEdges: {
      summary: 'List edges',
      query: 'EdgeListQuery',
      responses: { 200: { description: 'A page of edges.', schema: 'EdgePage' } },
    },
    getGraph: {
      summary: 'Read the graph of a thread or run',
      description: [
        'The nodes are spans; the edges connect items of two spans.',
        "A run without spans, such as a model's answer, is a single node whose `spanId` is the",
        "run's id.",
      ],
      query: 'GraphQuery',
      responses: { 200: { description: 'The graph.', schema: 'Graph' } },
    },
  },
} as const;

export interface EdgesBody {
  readonly edges: readonly NewEdge[];
}

export interface EdgeList {
  readonly data: readonly Edge[];
}

export interface GraphQuery {
  readonly runId?: string;
}

interface EdgeTypes {
  readonly schemas: {
    readonly NewEdge: NewEdge;
    readonly CreateEdges: EdgesBody;
    readonly Edge: Edge;
    readonly EdgeList: EdgeList;
    readonly EdgePage: Page<Edge>;
    readonly Graph: Graph;
  };
  readonly queries: { readonly EdgeListQuery: EdgeListOptions; readonly GraphQuery: GraphQuery };
}

export type EdgeNoun = WithVerbs<
  NounOf<typeof edgeEndpoints, typeof edgeTable, EdgeTypes>,
  typeof edgeVerbs,
  { readonly edges: EdgesApi; readonly threads: ThreadsApi }
>;
