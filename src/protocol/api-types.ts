/** The nouns of the API, for those who only speak the protocol. */
export type { Principal } from '../domain/access/principal.ts';
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
export type { LiveEvent } from '../domain/live/live-event.ts';
export type { ModelInfo, ModelKind, ModelList, ModelsApi } from '../domain/models/model.ts';
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
  ScopeInput,
  ScopesApi,
  ThreadListOptions,
  ThreadsApi,
  WriteOptions,
} from '../domain/project-api.ts';
export type { Chunk } from '../domain/runs/responder.ts';
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
export type { ChunkGroup } from '../domain/streams/stream-hub.ts';
export type {
  StreamEvent,
  StreamInfo,
  StreamReadOptions,
  StreamsApi,
} from '../domain/streams/stream.ts';
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
