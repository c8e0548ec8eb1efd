import type {
  AccessParticipant,
  AccessSubject,
  Action,
  Relation,
  Verdict,
} from '../../api/access.ts';
import type { ThreadMode, ThreadVisibility } from '../../api/thread.ts';
import type { Principal } from '../../api/principal.ts';

type Rule = Readonly<Record<Relation, Verdict>>;

const everyone = rule('yes', 'yes', 'yes', 'yes', 'yes');
const members = rule('yes', 'yes', 'yes', 'no', 'no');
const leaders = rule('yes', 'yes', 'no', 'no', 'no');
const ownerOnly = rule('yes', 'no', 'no', 'no', 'no');
const signedIn = rule('yes', 'yes', 'yes', 'yes', 'no');
const membersAndHost = rule('yes', 'yes', 'yes', 'host', 'no');

/**
 * The table of DESIGN, section 6, and nothing else: each row is an action, in a mode or visibility
 * if that matters.
 */
const rules: Readonly<Record<RuleName, Rule>> = {
  'read private': members,
  'read unlisted': everyone,
  'read public': everyone,
  readLog: members,
  'append assistant': members,
  'append feed': membersAndHost,
  'append direct': members,
  'append group': members,
  'append channel': leaders,
  'append public': signedIn,
  'keepState channel': leaders,
  keepState: members,
  rename: ownerOnly,
  setVisibility: ownerOnly,
  share: ownerOnly,
  delete: ownerOnly,
  invite: leaders,
  remove: leaders,
  hideItem: leaders,
  'react public': signedIn,
  react: members,
  'markRead public': signedIn,
  markRead: members,
};

type RuleName =
  | `read ${ThreadVisibility}`
  | `append ${ThreadMode}`
  | 'keepState channel'
  | 'react public'
  | 'markRead public'
  | Exclude<Action, 'read' | 'append'>;

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
  if (rules[`read ${thread.visibility}`][relation] !== 'yes') {
    // A feed's host may let users write into a record that they cannot read back.
    if (action !== 'append' || thread.mode !== 'feed') return 'no';
  }
  return rules[ruleName(action, thread)][relation];
}

export function relationOf(
  principal: Principal,
  thread: Pick<AccessSubject, 'ownerId'>,
  participant?: AccessParticipant,
): Relation {
  if (principal.userId === undefined) return 'anonymous';
  if (principal.userId === thread.ownerId) return 'owner';
  return participant?.role ?? 'other';
}

function ruleName(action: Action, thread: AccessSubject): RuleName {
  if (action === 'read') return `read ${thread.visibility}`;
  if (action === 'append') return `append ${thread.mode}`;
  if (thread.mode === 'channel' && action === 'keepState') return 'keepState channel';
  if (thread.mode === 'public' && action === 'react') return 'react public';
  if (thread.mode === 'public' && action === 'markRead') return 'markRead public';
  return action;
}

type Columns = readonly [
  owner: Verdict,
  moderator: Verdict,
  participant: Verdict,
  other: Verdict,
  anonymous: Verdict,
];

function rule(...[owner, moderator, participant, other, anonymous]: Columns): Rule {
  return { owner, moderator, participant, other, anonymous };
}
