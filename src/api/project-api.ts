/**
 * The nouns and verbs of Skein, the same in process (`skein`) and over HTTP (`skein/client`).
 * Writes take and return arrays; an empty array does nothing. Every read is bounded.
 *
 * Every method throws `SkeinError`. Besides the codes listed, any may throw `not_found` (the thread
 * does not exist, or the caller may not know of it), `forbidden`, `unauthenticated`,
 * `invalid_request` and `unavailable`.
 */
import type { CheckpointsApi } from './checkpoint.ts';
import type { ComparisonsApi } from './comparison.ts';
import type { EdgesApi } from './edge.ts';
import type { FeedbackApi } from './feedback.ts';
import type { InboxApi } from './inbox.ts';
import type { ItemsApi } from './item.ts';
import type { OpenLiveChannel } from './live.ts';
import type { ModelsApi } from './model.ts';
import { comparisonEndpoints, comparisonVerbs } from './operations/comparisons.ts';
import { edgeEndpoints, edgeVerbs } from './operations/edges.ts';
import { feedbackEndpoints, feedbackVerbs } from './operations/feedback.ts';
import { inboxEndpoints, inboxVerbs } from './operations/inbox.ts';
import { itemEndpoints, itemVerbs } from './operations/items.ts';
import { modelEndpoints, modelVerbs } from './operations/models.ts';
import { participantEndpoints, participantVerbs } from './operations/participants.ts';
import { pinEndpoints, pinVerbs } from './operations/pins.ts';
import { reactionEndpoints, reactionVerbs } from './operations/reactions.ts';
import { readEndpoints, readVerbs } from './operations/reads.ts';
import { runEndpoints, runVerbs } from './operations/runs.ts';
import { shareEndpoints, shareVerbs } from './operations/shares.ts';
import { threadEndpoints, threadVerbs } from './operations/threads.ts';
import type { DirectApi, ParticipantsApi } from './participant.ts';
import type { PinsApi } from './pin.ts';
import type { ReactionsApi } from './reaction.ts';
import type { ReadsApi } from './reading-state.ts';
import type { RunsApi } from './run.ts';
import type { ScopesApi } from './scope.ts';
import type { SharedApi, SharesApi } from './share.ts';
import type { StreamsApi } from './stream.ts';
import type { ThreadMetadataApi } from './thread-metadata.ts';
import type { ThreadsApi } from './threads-api.ts';
import { userEndpoints, userVerbs } from './operations/users.ts';
import type { UsersApi } from './user.ts';
import type { CalledNoun } from './verb.ts';

// The public types. Every entry file passes them on whole. A file with constants names its types,
// for the constants would be published as types.
export type { Action, AuthorizeHook, Relation, Verdict } from './access.ts';
export type * from './checkpoint.ts';
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
export type * from './document.ts';
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
  Feedback,
  FeedbackApi,
  FeedbackListOptions,
  FeedbackRating,
  NewFeedback,
} from './feedback.ts';
export type {
  InboxApi,
  InboxEntry,
  InboxKind,
  InboxListOptions,
  InboxPage,
  InboxState,
  SeenMarks,
} from './inbox.ts';
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
  ReplyListOptions,
  Role,
} from './item.ts';
export type * from './key.ts';
export type { Limits } from './limits.ts';
export type * from './live.ts';
export type * from './message-part.ts';
export type { ModelInfo, ModelKind, ModelList, ModelsApi } from './model.ts';
export type * from './operator-api.ts';
export type * from './page.ts';
export type * from './pin.ts';
export type * from './principal.ts';
export type * from './rate-limit.ts';
export type * from './responder.ts';
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
export type * from './restore.ts';
export type * from './scope.ts';
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
  ThreadOrder,
  ThreadPatch,
  ThreadUpdate,
  ThreadVisibility,
  TitleSource,
} from './thread.ts';
export type { ThreadMetadata, ThreadMetadataApi } from './thread-metadata.ts';
export type * from './participant.ts';
export type * from './participation.ts';
export type * from './share.ts';
export type * from './reaction.ts';
export type * from './reading-state.ts';
export type * from './threads-api.ts';
export type * from './transfer.ts';
export type {
  Feature,
  Me,
  OperatorUsersApi,
  ResolvedUser,
  ResolveUsers,
  User,
  UserClaims,
  UserKind,
  UsersApi,
  UserUpdate,
} from './user.ts';
export type * from './write-options.ts';
export type { RunError } from '../shared/run-failure.ts';

/** Everything that one caller may do in one project. */
export interface ProjectApi {
  readonly threads: ThreadsApi;
  readonly items: ItemsApi;
  readonly edges: EdgesApi;
  readonly scopes: ScopesApi;
  readonly runs: RunsApi;
  readonly streams: StreamsApi;
  readonly comparisons: ComparisonsApi;
  readonly models: ModelsApi;
  readonly users: UsersApi;
  readonly participants: ParticipantsApi;
  readonly direct: DirectApi;
  readonly shares: SharesApi;
  readonly shared: SharedApi;
  readonly reads: ReadsApi;
  readonly inbox: InboxApi;
  readonly feedback: FeedbackApi;
  readonly reactions: ReactionsApi;
  readonly pins: PinsApi;
}

/** A noun whose client is handwritten. */
const handwritten: CalledNoun = { endpoints: {}, verbs: {} };

/**
 * The same for clients: where these verbs are over HTTP. It has the name of the type, so that the
 * entry files, which pass on the types of this file, publish no other name.
 */
export const ProjectApi: Readonly<Record<keyof ProjectApi, CalledNoun>> = {
  threads: { endpoints: threadEndpoints, verbs: threadVerbs },
  items: { endpoints: itemEndpoints, verbs: itemVerbs },
  edges: { endpoints: edgeEndpoints, verbs: edgeVerbs },
  scopes: handwritten,
  runs: { endpoints: runEndpoints, verbs: runVerbs },
  streams: handwritten,
  comparisons: { endpoints: comparisonEndpoints, verbs: comparisonVerbs },
  models: { endpoints: modelEndpoints, verbs: modelVerbs },
  users: { endpoints: userEndpoints, verbs: userVerbs },
  participants: { endpoints: participantEndpoints, verbs: participantVerbs },
  direct: handwritten,
  shares: { endpoints: shareEndpoints, verbs: shareVerbs },
  shared: handwritten,
  reads: { endpoints: readEndpoints, verbs: readVerbs },
  inbox: { endpoints: inboxEndpoints, verbs: inboxVerbs },
  feedback: { endpoints: feedbackEndpoints, verbs: feedbackVerbs },
  reactions: { endpoints: reactionEndpoints, verbs: reactionVerbs },
  pins: { endpoints: pinEndpoints, verbs: pinVerbs },
};

/** What a caller may do in addition if the store is in the same process. */
export interface StoreProjectApi extends ProjectApi {
  readonly threadMetadata: ThreadMetadataApi;
  readonly checkpoints: CheckpointsApi;
  /** Follows many threads at once. */
  readonly live: OpenLiveChannel;
}
