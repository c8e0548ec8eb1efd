/**
 * A typed client of the HTTP API, for browsers and Node, and an observable cache of a thread.
 * @module
 */
export { createClient } from './create-client.ts';
export type { ClientOptions } from './client-options.ts';
export { createThreadObserver } from './thread-observer.ts';
export type { ThreadObserver, ThreadObserverOptions } from './thread-observer.ts';
export type { ThreadSnapshot } from './thread-snapshot.ts';
export { SkeinError } from '../shared/error.ts';
export type { ErrorCode, Issue } from '../shared/error.ts';
export type {
  Change,
  ChangeType,
  Comparison,
  ComparisonEvent,
  ComparisonReadOptions,
  ComparisonsApi,
  ComparisonSide,
  ComparisonStatus,
  Edge,
  EdgeListOptions,
  EdgeType,
  EdgesApi,
  ForkInput,
  ForkListOptions,
  ForkPoint,
  Graph,
  GraphEdge,
  GraphNode,
  Item,
  ItemListOptions,
  ItemPage,
  ItemVisibility,
  ItemsApi,
  Leaderboard,
  LiveEvent,
  LiveOptions,
  ModelInfo,
  ModelKind,
  ModelList,
  ModelsApi,
  NewComparison,
  NewEdge,
  NewItem,
  NewThread,
  Outcome,
  Page,
  PageOptions,
  Part,
  ProjectApi,
  Role,
  ScopeInput,
  ScopesApi,
  Standing,
  StartedComparison,
  Thread,
  ThreadListOptions,
  ThreadMode,
  ThreadPatch,
  ThreadUpdate,
  ThreadVisibility,
  ThreadsApi,
  TitleSource,
  Turn,
  Vote,
  VoteChoice,
  WriteOptions,
} from '../protocol/api-types.ts';
