/** The table of the HTTP API: every noun with its operations and their schemas. */
import type { ApiNoun } from '../api/operation.ts';
import {
  comparisonEndpoints,
  comparisonTable,
  comparisonVerbs,
  type ComparisonNoun,
} from '../api/operations/comparisons.ts';
import { edgeEndpoints, edgeTable, edgeVerbs, type EdgeNoun } from '../api/operations/edges.ts';
import {
  feedbackEndpoints,
  feedbackTable,
  feedbackVerbs,
  type FeedbackNoun,
} from '../api/operations/feedback.ts';
import { inboxEndpoints, inboxTable, inboxVerbs, type InboxNoun } from '../api/operations/inbox.ts';
import { itemEndpoints, itemTable, itemVerbs, type ItemNoun } from '../api/operations/items.ts';
import { keyEndpoints, keyTable, type KeyNoun } from '../api/operations/keys.ts';
import { liveEndpoints, liveTable, type LiveNoun } from '../api/operations/live.ts';
import {
  modelEndpoints,
  modelTable,
  modelVerbs,
  type ModelNoun,
} from '../api/operations/models.ts';
import {
  participantEndpoints,
  participantTable,
  participantVerbs,
  type ParticipantNoun,
} from '../api/operations/participants.ts';
import { pinEndpoints, pinTable, pinVerbs, type PinNoun } from '../api/operations/pins.ts';
import {
  reactionEndpoints,
  reactionTable,
  reactionVerbs,
  type ReactionNoun,
} from '../api/operations/reactions.ts';
import { readEndpoints, readTable, readVerbs, type ReadNoun } from '../api/operations/reads.ts';
import { runEndpoints, runTable, runVerbs, type RunNoun } from '../api/operations/runs.ts';
import {
  shareEndpoints,
  shareTable,
  shareVerbs,
  type ShareNoun,
} from '../api/operations/shares.ts';
import { serverEndpoints, serverTable, type ServerNoun } from '../api/operations/server.ts';
import {
  threadMetadataEndpoints,
  threadMetadataTable,
  type ThreadMetadataNoun,
} from '../api/operations/thread-metadata.ts';
import {
  threadEndpoints,
  threadTable,
  threadVerbs,
  type ThreadNoun,
} from '../api/operations/threads.ts';
import { tokenEndpoints, tokenTable, type TokenNoun } from '../api/operations/tokens.ts';
import { userEndpoints, userTable, userVerbs, type UserNoun } from '../api/operations/users.ts';
import { comparisonSchemas } from './schemas/comparisons.ts';
import { edgeSchemas } from './schemas/edges.ts';
import { feedbackSchemas } from './schemas/feedback.ts';
import { inboxSchemas } from './schemas/inbox.ts';
import { itemSchemas } from './schemas/items.ts';
import { keySchemas } from './schemas/keys.ts';
import { liveSchemas } from './schemas/live.ts';
import { modelSchemas } from './schemas/models.ts';
import { participantSchemas } from './schemas/participants.ts';
import { pinSchemas } from './schemas/pins.ts';
import { reactionSchemas } from './schemas/reactions.ts';
import { readSchemas } from './schemas/reads.ts';
import { runSchemas } from './schemas/runs.ts';
import { shareSchemas } from './schemas/shares.ts';
import { serverSchemas } from './schemas/server.ts';
import { threadMetadataSchemas } from './schemas/thread-metadata.ts';
import { threadSchemas } from './schemas/threads.ts';
import { tokenSchemas } from './schemas/tokens.ts';
import { userSchemas } from './schemas/users.ts';
import type { NounSchemas } from './schemas/noun-schemas.ts';

export interface Nouns {
  readonly threads: ThreadNoun;
  readonly items: ItemNoun;
  readonly reactions: ReactionNoun;
  readonly pins: PinNoun;
  readonly participants: ParticipantNoun;
  readonly shares: ShareNoun;
  readonly reads: ReadNoun;
  readonly inbox: InboxNoun;
  readonly feedback: FeedbackNoun;
  readonly live: LiveNoun;
  readonly edges: EdgeNoun;
  readonly runs: RunNoun;
  readonly models: ModelNoun;
  readonly comparisons: ComparisonNoun;
  readonly threadMetadata: ThreadMetadataNoun;
  readonly users: UserNoun;
  readonly tokens: TokenNoun;
  readonly keys: KeyNoun;
  readonly server: ServerNoun;
}

/** A noun with everything but its actions. */
export interface NounDescription<N extends ApiNoun = ApiNoun> extends NounSchemas<N> {
  readonly endpoints: N['endpoints'];
  readonly table: N['table'];
  readonly verbs: N['verbs'];
}

/** In the order of the documentation. */
export const nouns: { readonly [Name in keyof Nouns]: NounDescription<Nouns[Name]> } = {
  threads: { endpoints: threadEndpoints, table: threadTable, verbs: threadVerbs, ...threadSchemas },
  items: { endpoints: itemEndpoints, table: itemTable, verbs: itemVerbs, ...itemSchemas },
  reactions: {
    endpoints: reactionEndpoints,
    table: reactionTable,
    verbs: reactionVerbs,
    ...reactionSchemas,
  },
  pins: { endpoints: pinEndpoints, table: pinTable, verbs: pinVerbs, ...pinSchemas },
  participants: {
    endpoints: participantEndpoints,
    table: participantTable,
    verbs: participantVerbs,
    ...participantSchemas,
  },
  shares: { endpoints: shareEndpoints, table: shareTable, verbs: shareVerbs, ...shareSchemas },
  reads: { endpoints: readEndpoints, table: readTable, verbs: readVerbs, ...readSchemas },
  inbox: { endpoints: inboxEndpoints, table: inboxTable, verbs: inboxVerbs, ...inboxSchemas },
  feedback: {
    endpoints: feedbackEndpoints,
    table: feedbackTable,
    verbs: feedbackVerbs,
    ...feedbackSchemas,
  },
  live: { endpoints: liveEndpoints, table: liveTable, verbs: {}, ...liveSchemas },
  edges: { endpoints: edgeEndpoints, table: edgeTable, verbs: edgeVerbs, ...edgeSchemas },
  runs: { endpoints: runEndpoints, table: runTable, verbs: runVerbs, ...runSchemas },
  models: { endpoints: modelEndpoints, table: modelTable, verbs: modelVerbs, ...modelSchemas },
  comparisons: {
    endpoints: comparisonEndpoints,
    table: comparisonTable,
    verbs: comparisonVerbs,
    ...comparisonSchemas,
  },
  threadMetadata: {
    endpoints: threadMetadataEndpoints,
    table: threadMetadataTable,
    verbs: {},
    ...threadMetadataSchemas,
  },
  users: { endpoints: userEndpoints, table: userTable, verbs: userVerbs, ...userSchemas },
  tokens: { endpoints: tokenEndpoints, table: tokenTable, verbs: {}, ...tokenSchemas },
  keys: { endpoints: keyEndpoints, table: keyTable, verbs: {}, ...keySchemas },
  server: { endpoints: serverEndpoints, table: serverTable, verbs: {}, ...serverSchemas },
};
