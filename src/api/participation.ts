/** How users take part in threads. */
export const participantRoles = ['moderator', 'participant'] as const;
/** Moderators add, remove, mute and ban, and hide what others wrote. */
export type ParticipantRole = (typeof participantRoles)[number];

export const participantStates = ['joined', 'left', 'banned'] as const;
/** `banned`: reads what anonymous callers may, and can neither write nor join. */
export type ParticipantState = (typeof participantStates)[number];

export const notifyLevels = ['all', 'mentions', 'none'] as const;
export type NotifyLevel = (typeof notifyLevels)[number];

export const answerRules = ['never', 'mentioned', 'always'] as const;
/** When an agent answers by itself. */
export type AnswerRule = (typeof answerRules)[number];

export interface NewParticipant {
  readonly userId: string;
  /** Default `participant`. Only the owner makes moderators. */
  readonly role?: ParticipantRole;
  /** Of agents (`agent:NAME`). Default `mentioned`. */
  readonly answers?: AnswerRule;
}
