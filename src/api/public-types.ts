/** The public nouns and their verbs, for every layer above `shared`: types only. */
export type { Action, AuthorizeHook, Relation, Verdict } from './access.ts';
export type {
  ChannelVersion,
  CheckpointCopyOptions,
  CheckpointEntry,
  CheckpointKey,
  CheckpointListOptions,
  CheckpointPage,
  CheckpointPruneOptions,
  CheckpointPruning,
  CheckpointPut,
  CheckpointsApi,
  CheckpointTraits,
  CheckpointWrite,
  CheckpointWriteOptions,
  MessageChannel,
  MessageItem,
  NewValue,
  Packed,
  PutOutcome,
  StoredCheckpoint,
  StoredValue,
  StoredWrite,
} from './checkpoint.ts';
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
} from './comparison.ts';
export type {
  Document,
  DocumentKey,
  DocumentReadOptions,
  DocumentsApi,
  DocumentSearch,
  DocumentVector,
  DocumentWrite,
  FilterOperators,
  FoundDocument,
  NamespaceCondition,
  NamespaceListing,
  NewDocument,
} from './document.ts';
export type {
  Edge,
  EdgeListOptions,
  EdgesApi,
  EdgeType,
  EdgeUpdate,
  Graph,
  GraphEdge,
  GraphNode,
  NewEdge,
  OperatorEdgesApi,
} from './edge.ts';
export type {
  Change,
  ChangeType,
  Item,
  ItemListOptions,
  ItemPage,
  ItemsApi,
  ItemVisibility,
  NewItem,
  Part,
  Role,
} from './item.ts';
export type { ApiKey, IssuedKey, IssuedToken, KeysApi } from './key.ts';
export type { Limits } from './limits.ts';
export type { LiveEvent, LiveOptions } from './live.ts';
export type { ModelInfo, ModelKind, ModelList, ModelsApi } from './model.ts';
export type { OperatorApi } from './operator-api.ts';
export type { Page, PageOptions } from './page.ts';
export type { Principal } from './principal.ts';
export type { ProjectApi, StoreProjectApi } from './project-api.ts';
export type { Chunk, Responder, ResponderSource, TurnContext } from './responder.ts';
export type {
  NewRun,
  Run,
  RunListOptions,
  RunPolicy,
  RunsApi,
  RunStatus,
  StartedRun,
  Usage,
} from './run.ts';
export type { FailedRun, RunBounds, RunOptions } from './run-options.ts';
export type { ScopeInput, ScopesApi } from './scope.ts';
export type {
  ChunkGroup,
  NewStream,
  OperatorStreamsApi,
  Stream,
  StreamEvent,
  StreamInfo,
  StreamKey,
  StreamPatch,
  StreamProducer,
  StreamReadOptions,
  StreamsApi,
  StreamStatus,
  StreamUpdate,
} from './stream.ts';
export type {
  ForkInput,
  ForkListOptions,
  ForkPoint,
  NewThread,
  OperatorThreadsApi,
  Thread,
  ThreadListOptions,
  ThreadMode,
  ThreadPatch,
  ThreadUpdate,
  ThreadVisibility,
  TitleSource,
} from './thread.ts';
export type { ThreadMetadata, ThreadMetadataApi } from './thread-metadata.ts';
export type { ThreadsApi } from './threads-api.ts';
export type { Outcome, WriteOptions } from './write-options.ts';
export type { RunError } from '../shared/run-failure.ts';
