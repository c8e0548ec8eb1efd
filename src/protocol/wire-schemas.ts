import { z } from 'zod';
import {
  comparisonPageSchema,
  comparisonSchema,
  comparisonStartSchema,
  leaderboardSchema,
  newComparisonSchema,
  turnPageSchema,
  turnSchema,
  voteSchema,
} from './comparisons.ts';
import {
  edgeListSchema,
  edgePageSchema,
  edgeSchema,
  edgesBodySchema,
  graphSchema,
  newEdgeSchema,
} from './edges.ts';
import {
  appendBodySchema,
  changeSchema,
  itemListSchema,
  itemPageSchema,
  itemPatchSchema,
  itemSchema,
  newItemSchema,
} from './items.ts';
import {
  MessageHistorySchema,
  MessageSchema,
  ThreadListResponseSchema,
  ThreadMetadataSchema,
} from './langgraph-threads.ts';
import { modelInfoSchema, modelListSchema } from './models.ts';
import { runBodySchema, runPageSchema, runSchema, runStartSchema } from './runs.ts';
import { problemSchema } from './problem.ts';
import {
  forkBodySchema,
  newThreadSchema,
  scopeBodySchema,
  threadPageSchema,
  threadPatchSchema,
  threadSchema,
} from './threads.ts';
import { issuedTokenSchema, tokenBodySchema } from './tokens.ts';

const wireSchemaNames = [
  'AppendItems',
  'Change',
  'Comparison',
  'ComparisonPage',
  'ComparisonStart',
  'CreateEdges',
  'CreateToken',
  'Edge',
  'EdgeList',
  'EdgePage',
  'Fork',
  'Graph',
  'IssuedToken',
  'Item',
  'ItemList',
  'ItemPage',
  'ItemPatch',
  'Message',
  'MessageHistory',
  'Leaderboard',
  'ModelInfo',
  'ModelList',
  'NewComparison',
  'NewEdge',
  'NewItem',
  'NewThread',
  'Problem',
  'Run',
  'RunPage',
  'RunStart',
  'Scope',
  'StartRun',
  'Thread',
  'ThreadListResponse',
  'ThreadMetadata',
  'ThreadPage',
  'ThreadPatch',
  'Turn',
  'TurnPage',
  'Vote',
] as const;

export type WireSchemaName = (typeof wireSchemaNames)[number];

/** The schemas that have a name in OpenAPI. Every body and answer of a route is one of these. */
export const wireSchemas: Readonly<Record<WireSchemaName, z.ZodType>> = {
  AppendItems: appendBodySchema,
  Change: changeSchema,
  Comparison: comparisonSchema,
  ComparisonPage: comparisonPageSchema,
  ComparisonStart: comparisonStartSchema,
  CreateEdges: edgesBodySchema,
  CreateToken: tokenBodySchema,
  Edge: edgeSchema,
  EdgeList: edgeListSchema,
  EdgePage: edgePageSchema,
  Fork: forkBodySchema,
  Graph: graphSchema,
  IssuedToken: issuedTokenSchema,
  Item: itemSchema,
  ItemList: itemListSchema,
  ItemPage: itemPageSchema,
  ItemPatch: itemPatchSchema,
  Message: MessageSchema,
  MessageHistory: MessageHistorySchema,
  Leaderboard: leaderboardSchema,
  ModelInfo: modelInfoSchema,
  ModelList: modelListSchema,
  NewComparison: newComparisonSchema,
  NewEdge: newEdgeSchema,
  NewItem: newItemSchema,
  NewThread: newThreadSchema,
  Problem: problemSchema,
  Run: runSchema,
  RunPage: runPageSchema,
  RunStart: runStartSchema,
  Scope: scopeBodySchema,
  StartRun: runBodySchema,
  Thread: threadSchema,
  ThreadListResponse: ThreadListResponseSchema,
  ThreadMetadata: ThreadMetadataSchema,
  ThreadPage: threadPageSchema,
  ThreadPatch: threadPatchSchema,
  Turn: turnSchema,
  TurnPage: turnPageSchema,
  Vote: voteSchema,
};

/** A JSON Schema (draft 2020-12), as far as the documentation looks into it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

export function schemaReference(name: WireSchemaName): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The JSON Schemas of all wire schemas, made by zod from what validates, referring to one another. */
export function jsonSchemas(): Readonly<Record<WireSchemaName, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(wireSchemas)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    unrepresentable: 'any',
  });
  // The registry gives back exactly the names that were put in.
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutIdentity(schema)]),
  ) as Record<WireSchemaName, JsonSchema>;
}

/** The JSON Schema of a schema without a name, such as a route's query. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return withoutIdentity(z.toJSONSchema(schema, { unrepresentable: 'any' }));
}

/** Inside an OpenAPI document a schema's place is its identity, and the dialect is the document's. */
function withoutIdentity(schema: object): JsonSchema {
  const { $schema: _schema, $id: _id, ...rest } = schema as JsonSchema; // zod gives JSON Schema
  return rest;
}
