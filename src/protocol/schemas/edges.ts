import { z } from 'zod';
import {
  edgeTypes,
  type Edge,
  type Graph,
  type NewEdge,
  type EdgeListOptions,
} from '../../api/edge.ts';
import { runStatuses } from '../../api/run.ts';
import type { Page } from '../../api/page.ts';
import type { EdgeList, EdgeNoun, EdgesBody, GraphQuery } from '../../api/operations/edges.ts';
import {
  itemIdField,
  itemParameter,
  itemReference,
  listOf,
  nameParameter,
  threadIdField,
  timeField,
} from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { usageSchema } from './runs.ts';
import { pageOf, pageParameters } from './pages.ts';

export const newEdgeSchema: z.ZodType<NewEdge> = z
  .strictObject({ fromItemId: itemReference, toItemId: itemReference, type: z.enum(edgeTypes) })
  .describe('fromItemId depends on, or was caused by, toItemId.');

export const edgeSchema: z.ZodType<Edge> = z.looseObject({
  threadId: threadIdField,
  fromItemId: itemIdField,
  toItemId: itemIdField,
  type: z.enum(edgeTypes),
  requestId: z.string(),
  createdAt: timeField,
});

export const edgesBodySchema: z.ZodType<EdgesBody> = z.strictObject({
  edges: listOf(newEdgeSchema),
});

export const edgeListSchema: z.ZodType<EdgeList> = z.looseObject({ data: z.array(edgeSchema) });

export const edgePageSchema: z.ZodType<Page<Edge>> = pageOf(edgeSchema);

export const edgeListQuery: z.ZodType<EdgeListOptions> = z.strictObject({
  ...pageParameters,
  fromItemId: itemParameter(
    'Only the edges that leave this item. Not with toItemId.',
  ).exactOptional(),
  toItemId: itemParameter(
    'Only the edges that arrive at this item. Not with fromItemId.',
  ).exactOptional(),
});

export const graphQuery: z.ZodType<GraphQuery> = z.strictObject({
  runId: nameParameter('Only the spans of this run.').exactOptional(),
});

export const graphSchema: z.ZodType<Graph> = z
  .looseObject({
    nodes: z
      .array(
        z.looseObject({
          id: z.string().describe('Unique in the graph.'),
          label: z.string().describe('The model or agent of a run without spans, or the spanId.'),
          status: z.enum(runStatuses),
          startedAt: timeField,
          endedAt: timeField.nullable(),
          usage: usageSchema.nullable(),
          parentId: z
            .string()
            .nullable()
            .describe('The node of the item that the first item of this one replies to.'),
          spanId: z.string().describe("For a run without spans, the run's id."),
          runId: z.string().nullable(),
          itemIds: z.array(itemIdField),
        }),
      )
      .describe(
        "Spans. A run without spans, such as a model's answer, is a single node whose `spanId` is the run's id.",
      ),
    edges: z.array(
      z.looseObject({
        from: z.string().describe('The id of a node.'),
        to: z.string().describe('The id of a node.'),
        fromSpanId: z.string(),
        toSpanId: z.string(),
        type: z.enum(edgeTypes),
      }),
    ),
    truncated: z.boolean().describe('There are more items than the graph covers.'),
  })
  .describe('The spans of a thread or run and their dependencies.');

export const edgeSchemas: NounSchemas<EdgeNoun> = {
  schemas: {
    NewEdge: newEdgeSchema,
    CreateEdges: edgesBodySchema,
    Edge: edgeSchema,
    EdgeList: edgeListSchema,
    EdgePage: edgePageSchema,
    Graph: graphSchema,
  },
  queries: { EdgeListQuery: edgeListQuery, GraphQuery: graphQuery },
};
