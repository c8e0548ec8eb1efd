import type {
  AccessParticipant,
  AccessSubject,
  Action,
  Relation,
  Verdict,
} from '../../api/access.ts';
import { threadModes, type ThreadMode, type ThreadVisibility } from '../../api/thread.ts';
import type { Principal } from '../../api/principal.ts';

type Rule = Readonly<Record<Relation, Verdict>>;

const everyone = rule('yes', 'yes', 'yes', 'yes', 'yes', 'yes', 'yes');
const readers = rule('yes', 'yes', 'yes', 'yes', 'no', 'no', 'no');
const members = rule('yes', 'yes', 'yes', 'no', 'no', 'no', 'no');
const leaders = rule('yes', 'yes', 'no', 'no', 'no', 'no', 'no');
const ownerOnly = rule('yes', 'no', 'no', 'no', 'no', 'no', 'no');
const signedIn = rule('yes', 'yes', 'yes', 'no', 'yes', 'no', 'no');
const allButOwner = rule('no', 'yes', 'yes', 'yes', 'no', 'no', 'no');
const nobody = rule('no', 'no', 'no', 'no', 'no', 'no', 'no');
const hostReads = rule('yes', 'yes', 'yes', 'yes', 'host', 'host', 'host');
const hostWrites = rule('yes', 'yes', 'yes', 'no', 'host', 'no', 'no');

/**
 * The table of DESIGN, section 6, with PEOPLE, sections 1 and 3, and nothing else: each row is an
 * action, in a mode or visibility if that matters.
 */
const rules: Readonly<Record<Action, Rule>> & Readonly<Partial<Record<RuleName, Rule>>> = {
  read: nobody, // each mode and visibility has its own
  'read private': readers,
  'read unlisted': everyone,
  'read public': everyone,
  'read feed': hostReads,
  readLog: leaders,
  append: nobody,
  'append assistant': members,
  'append feed': hostWrites,
  'append direct': members,
  'append group': members,
  'append channel': leaders,
  'append public': signedIn,
  keepState: leaders,
  rename: ownerOnly,
  'rename direct': members,
  setVisibility: ownerOnly,
  'setVisibility direct': nobody,
  setMode: ownerOnly,
  'setMode direct': nobody,
  giveOwner: ownerOnly,
  share: ownerOnly,
  'share direct': nobody,
  delete: ownerOnly,
  'delete direct': readers,
  listParticipants: readers,
  'listParticipants channel': leaders,
  'listParticipants public': leaders,
  invite: leaders,
  'invite direct': nobody,
  remove: leaders,
  'remove direct': nobody,
  setRole: ownerOnly,
  'setRole direct': nobody,
  join: nobody,
  'join channel': signedIn,
  'join public': signedIn,
  leave: allButOwner,
  'leave direct': readers,
  hideItem: leaders,
  'hideItem direct': nobody,
  pin: leaders,
  'pin direct': members,
  react: members,
  'react public': signedIn,
  'react feed': hostWrites,
  markRead: readers,
  'markRead public': signedIn,
  'markRead feed': hostWrites,
};

const readRules: Readonly<Record<ThreadVisibility, Rule>> = {
  private: rules['read private']!,
  unlisted: rules['read unlisted']!,
  public: rules['read public']!,
};

type RuleName = `${Action} ${ThreadMode | ThreadVisibility}`;

/**
 * The one place that decides who may do what. A pure function. A thread of another project does not
 * exist for the caller, and a caller that may not read a thread may do nothing else to it.
 */
export function can(
  principal: Principal,
  action: Action,
  thread: AccessSubject,
  participant?: AccessParticipant,
): Verdict {
  if (principal.projectId !== thread.projectId) return 'no';
  const relation = relationOf(principal, thread, participant);
  const isGone = relation === 'muted' && hasGone(thread, participant);
  // A mute outlives the taking part, and takes writing away: it gives no reading.
  const reading = readRule(thread)[isGone ? 'other' : relation];
  if (action === 'read' || reading === 'no') return reading;
  const verdict = ruleOf(action, thread)[relation];
  return verdict === 'yes' ? reading : verdict;
}

/** What a caller that reads by the visibility alone may do, where no host decides. */
export function canReadUnasked(thread: AccessSubject): boolean {
  return readRules[thread.visibility].other === 'yes';
}

/** Whether a user has left for good: who has left a direct thread has only hidden it. */
export function hasGone({ mode }: AccessSubject, participant?: AccessParticipant): boolean {
  return participant?.state === 'left' && mode !== 'direct';
}

export function relationOf(
  principal: Principal,
  thread: Pick<AccessSubject, 'ownerId' | 'mode' | 'belongsToProject'>,
  participant?: AccessParticipant,
): Relation {
  const { userId, isServer } = principal;
  if (thread.belongsToProject && isServer) return 'owner';
  if (userId === undefined) return 'anonymous';
  if (userId === thread.ownerId && !thread.belongsToProject) return 'owner';
  if (participant === undefined) return 'other';
  const { role, state = 'joined', isMuted } = participant;
  if (state === 'banned') return 'banned';
  // In a direct thread a user takes part again by writing.
  if (state === 'left' && thread.mode !== 'direct') return isMuted ? 'muted' : 'other';
  return isMuted ? 'muted' : role;
}

function readRule({ mode, visibility }: AccessSubject): Rule {
  return mode === 'feed' ? rules['read feed']! : readRules[visibility];
}

function ruleOf(action: Action, { mode, visibility }: AccessSubject): Rule {
  // A channel that is not public has those whom its leaders add.
  if (action === 'join' && visibility !== 'public') return nobody;
  return rulesOfModes[mode][action];
}

/** The rules of each mode: to look them up costs an append less than to put names together. */
const rulesOfModes = Object.fromEntries(
  threadModes.map((mode) => [mode, rulesOf(mode)]),
) as Readonly<Record<ThreadMode, Readonly<Record<Action, Rule>>>>; // an entry for each mode

function rulesOf(mode: ThreadMode): Readonly<Record<Action, Rule>> {
  const actions = Object.keys(rules).filter((name): name is Action => !name.includes(' '));
  const entries = actions.map((action) => [action, rules[`${action} ${mode}`] ?? rules[action]]);
  return Object.fromEntries(entries) as Record<Action, Rule>; // an entry for each action
}

type Columns = readonly [
  owner: Verdict,
  moderator: Verdict,
  participant: Verdict,
  muted: Verdict,
  other: Verdict,
  banned: Verdict,
  anonymous: Verdict,
];

function rule(...columns: Columns): Rule {
  const [owner, moderator, participant, muted, other, banned, anonymous] = columns;
  return { owner, moderator, participant, muted, other, banned, anonymous };
}
