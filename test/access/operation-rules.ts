/**
 * Every operation of the HTTP API with the actions of the table of rules that it takes. A new
 * operation does not compile without its rules here: say what of a thread it needs, or that it
 * names none. Long because every operation has its line in this one table.
 */
import { chatEndpoints } from '../../src/api/operations/chat.ts';
import type { Action } from '../../src/api/access.ts';
import type { Endpoint } from '../../src/api/operation.ts';
import { nouns, type Nouns } from '../../src/protocol/operations.ts';
import type { PlacedThread, Place, Role } from './access-world.ts';

type OperationOf<Noun> = Noun extends { readonly endpoints: infer Endpoints }
  ? keyof Endpoints & string
  : never;

export type OperationName =
  | { [Name in keyof Nouns]: OperationOf<Nouns[Name]> }[keyof Nouns]
  | keyof typeof chatEndpoints;

/** A caller at a thread, and what the table says of it. */
export interface Situation {
  readonly place: Place;
  readonly role: Role;
  may(action: Action): boolean;
}

/** One form of an operation. */
export interface RuledRequest {
  /** What makes it differ from other forms of the operation. */
  readonly form?: string;
  /** The actions that it takes, beside reading. */
  readonly takes: readonly Action[];
  /** What it takes that is not in the table. */
  readonly ifAlso?: (situation: Situation) => boolean;
  /** Where it is asked at all. Default: everywhere. */
  readonly where?: (situation: Pick<Situation, 'place' | 'role'>) => boolean;
  readonly query?: (thread: PlacedThread) => string;
  readonly json?: (thread: PlacedThread, role: Role) => unknown;
  /** What parameters of the path name, if it is something else than usual. */
  readonly values?: (
    thread: PlacedThread,
    role: Role,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  /** The status where it is allowed. Default: one of success. */
  readonly allowed?: (situation: Situation) => number | undefined;
  /** The status for who may read, and may not do it. Default 403. */
  readonly refused?: (situation: Situation) => number | undefined;
  /** The status for who is signed in and may not know of the thread. Default 404. */
  readonly unknown?: number;
  /** The link in its path lets everybody read. */
  readonly isByLink?: true;
  /** It answers with a channel of events, in which what is refused is the first event. */
  readonly isChannel?: true;
  /** It changes nothing, so that no one need sign in. Default: what a `GET` does not. */
  readonly isReading?: true;
}

/** It names no thread: what it answers is the caller's own. */
const ofNoThread: readonly RuledRequest[] = [];

const read: RuledRequest = { takes: [] };
const takes = (...actions: Action[]): RuledRequest => ({ takes: actions });

const readMore: RuledRequest = { takes: [], values: (thread) => thread.moreValues() };
const text = { role: 'user', text: 'Hello' } as const;
const isOwnId = ({ role }: Situation): boolean => role.principal.userId === 'owner';
const isDirect = ({ place }: Pick<Situation, 'place'>): boolean => place.mode === 'direct';
const isUnbounded = ({ place }: Situation): boolean =>
  place.mode === 'channel' || place.mode === 'public';

/** An item that another has said than the caller. */
const notOwn = (thread: PlacedThread, role: Role): Readonly<Record<string, string>> => {
  const itemId = thread.items[role.principal.userId === 'owner' ? 1 : 0];
  return { ...thread.values(), itemId, messageId: itemId };
};
/** Another who takes part. */
const another = (thread: PlacedThread, { principal }: Role): Readonly<Record<string, string>> => ({
  ...thread.values(),
  userId:
    thread.place.mode !== 'direct'
      ? 'target'
      : principal.userId === 'owner'
        ? 'participant'
        : 'owner',
});
const oneself = (thread: PlacedThread, { principal }: Role): Readonly<Record<string, string>> => ({
  ...thread.values(),
  userId: principal.userId ?? 'owner',
});
const mark = (thread: PlacedThread): unknown => ({ itemId: thread.items[0] });

const isOfThisProject: RuledRequest['where'] = ({ role }) => role.principal.projectId === 'default';
/** A chat that another project does not have begins there with its first message. */
const ofThisProject: RuledRequest = { takes: [], where: isOfThisProject };

/** By its link everybody reads a thread, whatever else they may. */
const byLink: RuledRequest = {
  takes: [],
  isByLink: true,
  where: (situation) => !isDirect(situation),
  values: (thread) => thread.moreValues(),
};

const changes: readonly RuledRequest[] = [
  { form: 'title', ...takes('rename'), json: () => ({ title: 'Another' }) },
  {
    form: 'visibility',
    ...takes('setVisibility'),
    json: ({ place }) => ({ visibility: place.visibility === 'public' ? 'private' : 'public' }),
  },
];

export const operationRules: Readonly<Record<OperationName, readonly RuledRequest[]>> = {
  createThread: ofNoThread,
  listThreads: ofNoThread,
  getThread: [read],
  updateThread: [
    ...changes,
    { form: 'archived', ...takes('rename'), json: () => ({ archived: true }) },
    { form: 'tags', ...takes('rename'), json: () => ({ tags: ['tag'] }) },
    {
      form: 'mode',
      ...takes('setMode'),
      json: ({ place }) => ({ mode: place.mode === 'group' ? 'channel' : 'group' }),
      allowed: ({ place }) => (['assistant', 'group', 'channel'].includes(place.mode) ? 200 : 409),
    },
    {
      form: 'title and visibility',
      ...takes('rename', 'setVisibility'),
      json: () => ({ title: 'Another', visibility: 'public' }),
    },
  ],
  putThread: changes,
  deleteThread: [takes('delete')],
  getOrCreateScopeThread: [
    {
      takes: [],
      // A caller of another project gets its own.
      where: ({ place, role }) => place.mode === 'feed' && role.principal.projectId === 'default',
      json: () => ({}),
    },
  ],
  forkThread: [{ ...read, json: () => ({}) }],
  listForks: [read],

  appendItems: [
    { ...takes('append'), json: () => ({ items: [text] }) },
    {
      form: 'private',
      ...takes('append'),
      json: () => ({ items: [{ ...text, private: true }] }),
    },
    {
      form: "a revision of another's",
      ...takes('append'),
      ifAlso: ({ role }) => role.principal.isServer === true,
      json: (thread, role) => ({
        items: [{ ...text, replacesId: notOwn(thread, role)['itemId'] }],
      }),
    },
  ],
  listItems: [
    read,
    { form: 'newest first', takes: [], query: () => 'order=desc&limit=1' },
    { form: 'log', takes: ['readLog'], query: () => 'view=log', refused: () => 400 },
  ],
  getItem: [read],
  updateItem: [
    {
      form: "another's",
      ...takes('hideItem'),
      values: notOwn,
      json: () => ({ visibility: 'hidden' }),
    },
  ],
  redactItem: [{ form: "another's", ...takes('hideItem'), values: notOwn }],
  listReplies: [read],
  listRevisions: [{ form: "another's", ...takes('readLog'), values: notOwn }],

  addParticipants: [
    { ...takes('invite'), json: () => ({ participants: [{ userId: 'newcomer' }] }) },
    {
      form: 'a moderator',
      ...takes('invite', 'setRole'),
      json: () => ({ participants: [{ userId: 'newcomer', role: 'moderator' }] }),
    },
  ],
  listParticipants: [
    takes('listParticipants'),
    { form: 'banned', takes: ['listParticipants', 'remove'], query: () => 'state=banned' },
  ],
  getParticipant: [
    { form: 'another', ...takes('listParticipants'), values: another },
    {
      form: 'oneself',
      takes: [],
      where: ({ role }) => role.principal.userId !== undefined,
      values: oneself,
      allowed: (situation) => (isKnown(situation) ? 200 : 404),
    },
  ],
  updateParticipant: [
    {
      form: 'role',
      ...takes('setRole'),
      values: another,
      json: () => ({ role: 'moderator' }),
    },
    {
      form: 'muted',
      ...takes('remove'),
      values: another,
      json: () => ({ mutedUntil: '2099-01-01T00:00:00.000Z' }),
    },
    { form: 'banned', ...takes('remove'), values: another, json: () => ({ state: 'banned' }) },
    {
      form: "another's pin",
      takes: [],
      ifAlso: () => false,
      values: another,
      json: () => ({ pinned: true }),
    },
    {
      form: 'own pin',
      ...takes('markRead'),
      values: oneself,
      json: () => ({ pinned: true }),
      allowed: (situation) => (isKnown(situation) ? 200 : 404),
    },
    {
      form: 'own role',
      ...takes('setRole'),
      values: oneself,
      json: () => ({ role: 'moderator' }),
      allowed: (situation) => (isKnown(situation) ? 409 : 404),
    },
    {
      form: 'own ban',
      ...takes('remove'),
      where: ({ role }) => role.participant?.state === 'banned',
      values: oneself,
      json: () => ({ state: 'joined' }),
    },
    {
      form: 'own mute',
      ...takes('remove'),
      where: ({ role }) => role.participant?.isMuted === true,
      values: oneself,
      json: () => ({ mutedUntil: null }),
    },
  ],
  removeParticipant: [
    { form: 'another', ...takes('remove'), values: another },
    {
      form: 'oneself',
      ...takes('leave'),
      values: oneself,
      refused: (situation) => (isOwnId(situation) ? 409 : undefined),
      allowed: (situation) => (isOwnId(situation) && !isDirect(situation) ? 409 : 204),
    },
  ],
  joinThread: [takes('join')],
  leaveThread: [
    {
      ...takes('leave'),
      refused: (situation) => (isOwnId(situation) ? 409 : undefined),
      allowed: (situation) => (isOwnId(situation) && !isDirect(situation) ? 409 : 204),
    },
  ],
  handOverThread: [
    {
      ...takes('giveOwner'),
      json: () => ({ userId: 'target' }),
      allowed: ({ place }) => (['group', 'channel'].includes(place.mode) ? 200 : 409),
    },
    {
      form: 'to oneself',
      ...takes('giveOwner'),
      json: (_thread, { principal }) => ({ userId: principal.userId ?? 'owner' }),
      allowed: ({ place }) => (['group', 'channel'].includes(place.mode) ? 200 : 409),
    },
  ],
  openDirectThread: ofNoThread,

  getSharing: [takes('share')],
  createShare: [{ ...takes('share'), json: () => ({}) }],
  listShares: [takes('share')],
  revokeShare: [
    { ...takes('share'), where: (it) => !isDirect(it), values: (thread) => thread.moreValues() },
  ],
  getShared: [byLink],
  listSharedItems: [byLink],
  followShared: [byLink],
  forkShared: [
    {
      ...byLink,
      ifAlso: ({ role }) => role.principal.projectId === 'default',
    },
  ],

  markRead: [{ ...takes('markRead'), json: mark }],
  markUnread: [{ ...takes('markRead'), json: mark }],
  markDelivered: [{ ...takes('markRead'), json: mark }],
  listReceipts: [{ ...takes('listParticipants'), allowed: (it) => (isUnbounded(it) ? 403 : 200) }],

  pinItem: [takes('pin')],
  unpinItem: [takes('pin')],
  listPins: [read],

  addReaction: [takes('react')],
  removeReaction: [takes('react')],
  listReactions: [read],

  setFeedback: [{ ...takes('react'), json: () => ({ rating: 'up' }) }],
  removeFeedback: [read],
  listFeedback: [{ ...read, ifAlso: ({ role }) => role.principal.userId !== undefined }],

  listInbox: ofNoThread,
  markInboxSeen: ofNoThread,

  tellTyping: [{ ...takes('append'), json: () => ({ on: true }) }],

  followThread: [read],
  followThreads: [{ ...read, isChannel: true, query: ({ id }) => `thread=${id}` }],
  createEdges: [
    {
      ...takes('append'),
      json: ({ items: [fromItemId, toItemId] }) => ({
        edges: [{ fromItemId: toItemId, toItemId: fromItemId, type: 'caused_by' }],
      }),
    },
  ],
  listEdges: [read],
  getGraph: [read],

  startRun: [{ ...takes('append'), json: () => ({ input: 'Why?' }) }],
  listRuns: [read],
  getRun: [readMore],
  stopRun: [
    {
      ...readMore,
      ...takes('append'),
      ifAlso: (situation) => situation.may('hideItem') || isOwnId(situation),
    },
  ],
  readStream: [readMore],

  listModels: ofNoThread,
  createComparison: [
    { ...takes('append'), json: () => ({ prompt: 'Which?', models: ['lab/one', 'lab/two'] }) },
  ],
  listComparisons: [read],
  getComparison: [readMore],
  readComparison: [readMore],
  vote: [{ ...readMore, ...takes('react'), json: () => ({ choice: 'left' }) }],
  listTurns: [read],
  getLeaderboard: ofNoThread,

  createSession: ofNoThread,
  listThreadMetadata: ofNoThread,
  listMessages: [{ ...read, where: ({ place }) => place.guessable === undefined }],

  getMe: ofNoThread,
  getUser: ofNoThread,
  lookupUsers: ofNoThread,
  listUsers: ofNoThread,
  putUser: ofNoThread,
  createToken: ofNoThread,
  listTokens: ofNoThread,
  revokeToken: ofNoThread,
  listKeys: ofNoThread,
  createKey: ofNoThread,
  rotateKey: ofNoThread,
  listKeyTokens: ofNoThread,
  revokeKey: ofNoThread,
  getHealth: ofNoThread,
  getReadiness: ofNoThread,
  getMetrics: ofNoThread,
  getOpenApi: ofNoThread,
  getDocumentation: ofNoThread,

  postMessage: [
    {
      ...takes('append'),
      where: isOfThisProject,
      json: ({ id }) => ({
        id,
        message: { id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text: 'Why?' }] },
      }),
    },
  ],
  // A page asks for it before its first message, when there is no thread yet.
  resumeAnswer: [{ ...read, allowed: () => 204, unknown: 204 }],
  stopAnswer: [{ ...ofThisProject, isReading: true }], // nothing runs here
  listChatMessages: [ofThisProject],
  deleteChatMessage: [{ ...takes('hideItem'), values: notOwn }],
};

/** Whether there is a row of the caller, or it owns the thread. */
function isKnown({ place, role }: Situation): boolean {
  if (isOwnId({ place, role } as Situation)) return true;
  return place.mode === 'direct' ? role.principal.userId === 'participant' : !!role.participant;
}

/** The endpoints of all operations. */
export const endpointsOf: Readonly<Record<OperationName, Endpoint>> = Object.assign(
  {},
  ...Object.values(nouns).map(({ endpoints }) => endpoints),
  chatEndpoints,
) as Readonly<Record<OperationName, Endpoint>>; // their tables
