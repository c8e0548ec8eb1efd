/**
 * The HTTP API on the wire, shared by server and client: schemas of all requests and responses, the
 * grammar of the live tail, and the form of each error code.
 * @module
 */
export type * from '../api/project-api.ts';
export { check } from './check.ts';
export {
  chunkStreamEnd,
  chunkStreamHeaders,
  decodeChunk,
  encodeChunks,
  encodeRunStart,
} from './chunk-events.ts';
export { decodeComparisonEvent, encodeComparisonEvent } from './comparison-events.ts';
export { errorTable } from './error-table.ts';
export type { ErrorDescription } from './error-table.ts';
export { limits } from '../api/limits.ts';
export {
  encodeLiveEvent,
  encodeRetry,
  liveComment,
  liveContentType,
  LiveEventDecoder,
} from './live-events.ts';
export type {
  Endpoint,
  HttpMethod,
  Operation,
  OperationResponse,
  OperationBody,
  OperationTable,
  PathParameter,
} from '../api/operation.ts';
export { nouns } from './operations.ts';
export type { NounDescription, Nouns } from './operations.ts';
export type { ComparisonStart, ComparisonStreamQuery } from '../api/operations/comparisons.ts';
export type { EdgeList, EdgesBody, GraphQuery } from '../api/operations/edges.ts';
export type { AppendBody, ItemList, ItemPatch } from '../api/operations/items.ts';
export type { LiveQuery } from '../api/operations/live.ts';
export type { RunBody, RunStart, StreamQuery } from '../api/operations/runs.ts';
export type { ForkBody, ScopeBody } from '../api/operations/threads.ts';
export type { TokenBody } from '../api/operations/tokens.ts';
export { errorOfProblem, problemContentType } from './problem.ts';
export type { Problem } from './problem.ts';
export {
  comparisonListQuery,
  comparisonPageSchema,
  comparisonSchema,
  comparisonStartSchema,
  comparisonStreamQuery,
  leaderboardSchema,
  newComparisonSchema,
  turnPageSchema,
  turnSchema,
  voteSchema,
} from './schemas/comparisons.ts';
export {
  edgeListQuery,
  edgeListSchema,
  edgePageSchema,
  edgesBodySchema,
  edgeSchema,
  graphQuery,
  graphSchema,
  newEdgeSchema,
} from './schemas/edges.ts';
export {
  appendBodySchema,
  changeSchema,
  itemListQuery,
  itemListSchema,
  itemPageSchema,
  itemPatchSchema,
  itemSchema,
  newItemSchema,
} from './schemas/items.ts';
export { liveQuery } from './schemas/live.ts';
export { modelInfoSchema, modelListSchema } from './schemas/models.ts';
export { problemSchema } from './schemas/problem.ts';
export {
  runBodySchema,
  runListQuery,
  runPageSchema,
  runSchema,
  runStartSchema,
  streamQuery,
} from './schemas/runs.ts';
export {
  MessageHistorySchema,
  MessageSchema,
  ThreadListResponseSchema,
  ThreadMetadataSchema,
} from './schemas/thread-metadata.ts';
export {
  forkBodySchema,
  forkListQuery,
  newThreadSchema,
  scopeBodySchema,
  threadListQuery,
  threadPageSchema,
  threadPatchSchema,
  threadSchema,
} from './schemas/threads.ts';
export { issuedTokenSchema, tokenBodySchema } from './schemas/tokens.ts';
export { ServerEventDecoder } from './server-events.ts';
export type { ServerEvent } from './server-events.ts';
export type {
  Message,
  MessageHistory,
  MessageRole,
  ThreadListResponse,
  WireThreadMetadata,
} from '../api/operations/thread-metadata.ts';
export { jsonSchemaOf, jsonSchemas, schemaReference, wireSchemas } from './wire-schemas.ts';
export type { JsonSchema, WireSchemaName } from './wire-schemas.ts';
