/**
 * The wire of the HTTP API: schemas of every request and answer, the grammar of the live tail, and
 * what each error code looks like. Server and client share it.
 * @module
 */
export type * from '../api/public-types.ts';
export { check } from './check.ts';
export {
  comparisonListQuery,
  comparisonPageSchema,
  comparisonSchema,
  comparisonStartSchema,
  comparisonStreamQuery,
  decodeComparisonEvent,
  encodeComparisonEvent,
  leaderboardSchema,
  newComparisonSchema,
  turnPageSchema,
  turnSchema,
  voteSchema,
} from './comparisons.ts';
export type { ComparisonStart, ComparisonStreamQuery } from './comparisons.ts';
export {
  edgeListQuery,
  edgeListSchema,
  edgePageSchema,
  edgesBodySchema,
  edgeSchema,
  graphQuery,
  graphSchema,
  newEdgeSchema,
} from './edges.ts';
export type { EdgeList, EdgesBody, GraphQuery } from './edges.ts';
export {
  appendBodySchema,
  changeSchema,
  itemListQuery,
  itemListSchema,
  itemPageSchema,
  itemPatchSchema,
  itemSchema,
  newItemSchema,
} from './items.ts';
export type { AppendBody, ItemList, ItemPatch } from './items.ts';
export {
  MessageHistorySchema,
  MessageSchema,
  ThreadListResponseSchema,
  ThreadMetadataSchema,
} from './langgraph-threads.ts';
export type {
  Message,
  MessageHistory,
  MessageRole,
  ThreadListResponse,
  ThreadMetadata,
} from './langgraph-threads.ts';
export { limits } from './limits.ts';
export {
  encodeLiveEvent,
  encodeRetry,
  liveComment,
  liveContentType,
  LiveEventDecoder,
  liveQuery,
} from './live-events.ts';
export type { LiveQuery } from './live-events.ts';
export { modelInfoSchema, modelListSchema } from './models.ts';
export {
  chunkStreamEnd,
  chunkStreamHeaders,
  decodeChunk,
  encodeChunks,
  encodeRunStart,
} from './chunk-events.ts';
export {
  runBodySchema,
  runListQuery,
  runPageSchema,
  runSchema,
  runStartSchema,
  streamQuery,
} from './runs.ts';
export type { RunBody, RunStart, StreamQuery } from './runs.ts';
export { ServerEventDecoder } from './server-events.ts';
export type { ServerEvent } from './server-events.ts';
export { errorOfProblem, errorTable, problemContentType, problemSchema } from './problem.ts';
export type { ErrorDescription, Problem } from './problem.ts';
export {
  forkBodySchema,
  forkListQuery,
  newThreadSchema,
  scopeBodySchema,
  threadListQuery,
  threadPageSchema,
  threadPatchSchema,
  threadSchema,
} from './threads.ts';
export type { ForkBody, ScopeBody } from './threads.ts';
export { issuedTokenSchema, tokenBodySchema } from './tokens.ts';
export type { TokenBody } from './tokens.ts';
export { jsonSchemaOf, jsonSchemas, schemaReference, wireSchemas } from './wire-schemas.ts';
export type { JsonSchema, WireSchemaName } from './wire-schemas.ts';
