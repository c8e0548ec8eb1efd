/**
 * The thread-first store: opens an engine and gives projects, threads, items and everything that hangs on them.
 * @module
 */
export { createStore, type StoreOptions } from './create-store.ts';
export {
  copyStore,
  type CopyOptions,
  type CopyProgress,
  type CopyReport,
} from './copy/copy-store.ts';
export type { Digest } from './copy/row-digest.ts';
export type { CopyMismatch, Verification } from './copy/verify-copy.ts';
export { doctor, type DoctorOptions, type DoctorProblem, type DoctorReport } from './doctor.ts';
export { migrateStore } from './migrate-store.ts';
export type { KeysApi, Project, Store } from './store.ts';
export type { Action, Relation, Verdict } from '../domain/access/can.ts';
export { can } from '../domain/access/can.ts';
export type { AuthorizeHook } from '../domain/access/authorize.ts';
export type { Principal } from '../domain/access/principal.ts';
export type { Limits } from '../domain/core.ts';
export type {
  Document,
  DocumentKey,
  DocumentReadOptions,
  DocumentSearch,
  DocumentsApi,
  DocumentVector,
  DocumentWrite,
  FilterOperators,
  FoundDocument,
  NamespaceCondition,
  NamespaceListing,
  NewDocument,
} from '../domain/documents/document.ts';
export type {
  ChannelVersion,
  CheckpointCopyOptions,
  CheckpointEntry,
  CheckpointListOptions,
  CheckpointPage,
  CheckpointPlace,
  CheckpointPruneOptions,
  CheckpointPruning,
  CheckpointPut,
  CheckpointTraits,
  CheckpointWrite,
  CheckpointWriteOptions,
  CheckpointsApi,
  MessageChannel,
  MessageItem,
  NewValue,
  Packed,
  PutOutcome,
  StoredCheckpoint,
  StoredValue,
  StoredWrite,
} from '../domain/checkpoints/checkpoint.ts';
export type {
  Comparison,
  ComparisonEvent,
  ComparisonReadOptions,
  ComparisonsApi,
  ComparisonSide,
  ComparisonStatus,
  Leaderboard,
  NewComparison,
  Standing,
  StartedComparison,
  Turn,
  Vote,
  VoteChoice,
} from '../domain/comparisons/comparison.ts';
export type { Edge, EdgeType, Graph, GraphEdge, GraphNode, NewEdge } from '../domain/edges/edge.ts';
export type {
  Change,
  ChangeType,
  Item,
  ItemVisibility,
  NewItem,
  Part,
  Role,
} from '../domain/items/item.ts';
export type { EdgeUpdate } from '../domain/edges/amend-edges.ts';
export type { ApiKey, IssuedKey, IssuedToken } from '../domain/keys/key.ts';
export type { Chunk, Responder, ResponderSource, TurnContext } from '../domain/runs/responder.ts';
export type {
  NewRun,
  Run,
  RunError,
  RunListOptions,
  RunPolicy,
  RunsApi,
  RunStatus,
  StartedRun,
  Usage,
} from '../domain/runs/run.ts';
export { RunFailure } from '../domain/runs/run-failure.ts';
export type { FailedRun, RunOptions } from '../domain/runs/run-options.ts';
export type { ChunkGroup } from '../domain/streams/stream-hub.ts';
export type {
  StreamEvent,
  StreamInfo,
  StreamReadOptions,
  StreamsApi,
} from '../domain/streams/stream.ts';
export type { LiveEvent } from '../domain/live/live-event.ts';
export type { ModelInfo, ModelKind, ModelList, ModelsApi } from '../domain/models/model.ts';
export type {
  OperatorApi,
  OperatorEdgesApi,
  OperatorStreamsApi,
  OperatorThreadsApi,
} from '../domain/operator-api.ts';
export type {
  NewStream,
  Stream,
  StreamKey,
  StreamPatch,
  StreamProducer,
  StreamStatus,
  StreamUpdate,
} from '../domain/streams/stream.ts';
export type {
  EdgeListOptions,
  EdgesApi,
  ForkInput,
  ForkListOptions,
  ItemListOptions,
  ItemPage,
  ItemsApi,
  LiveOptions,
  Outcome,
  Page,
  PageOptions,
  ProjectApi,
  StoreProjectApi,
  ScopeInput,
  ScopesApi,
  ThreadListOptions,
  ThreadsApi,
  WriteOptions,
} from '../domain/project-api.ts';
export type { Conversation, ConversationsApi } from '../domain/threads/conversation.ts';
export type {
  ForkPoint,
  NewThread,
  Thread,
  ThreadMode,
  ThreadPatch,
  ThreadUpdate,
  ThreadVisibility,
  TitleSource,
} from '../domain/threads/thread.ts';
export { MigrationsPendingError, type Migration } from '../shared/migration.ts';
export { ConflictError, SkeinError, type ErrorCode, type Issue } from '../shared/error.ts';
export type { JsonObject, JsonValue } from '../shared/json.ts';
