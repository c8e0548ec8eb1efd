import type {
  AnswerRule,
  NewParticipant,
  NotifyLevel,
  ParticipantRole,
  ParticipantState,
} from './participation.ts';
import type { ThreadId } from '../shared/ids.ts';
import type { Page, PageOptions } from './page.ts';
import type { Thread } from './thread.ts';
import type { Outcome, WriteOptions } from './write-options.ts';

/** A user in a thread. Who takes part lives apart from the messages. */
export interface Participant {
  readonly threadId: ThreadId;
  readonly userId: string;
  readonly role: 'owner' | ParticipantRole;
  readonly state: ParticipantState;
  /** ISO 8601. Until then the user may read and not write. */
  readonly mutedUntil?: string;
  /** Of agents: when it answers. */
  readonly answers?: AnswerRule;
  /** ISO 8601. */
  readonly joinedAt: string;
  /** Absent if the user joined, or owned the thread from the beginning. */
  readonly addedBy?: string;
  /** Shown to the user alone. */
  readonly notify?: NotifyLevel;
  /** Shown to the user alone. */
  readonly pinned?: boolean;
}

export interface ParticipantPatch {
  /** The owner's to set. */
  readonly role?: ParticipantRole;
  /** `banned` keeps the user out, `joined` lets them in again. For owner and moderators. */
  readonly state?: 'joined' | 'banned';
  /** ISO 8601; `null` ends it. For owner and moderators. */
  readonly mutedUntil?: string | null;
  /** For owner and moderators. */
  readonly answers?: AnswerRule;
  /** One's own. */
  readonly notify?: NotifyLevel;
  /** One's own. */
  readonly pinned?: boolean;
}

/** One change of a many-first `participants.update`. */
export interface ParticipantUpdate extends ParticipantPatch {
  readonly userId: string;
}

export interface ParticipantsApi {
  /**
   * Adds users, all in one commit, at most 100; those who take part already stay as they are.
   * Throws `conflict` beyond the bound of the thread's mode.
   *
   * @example
   * await project.participants.add(thread.id, [{ userId: 'grace' }]);
   */
  add(
    threadId: string,
    participants: readonly NewParticipant[],
    options?: WriteOptions,
  ): Promise<Participant[]>;
  /** Like `add`; the outcome tells whether all of them took part already. */
  addWithOutcome(
    threadId: string,
    participants: readonly NewParticipant[],
    options?: WriteOptions,
  ): Promise<Outcome<Participant[]>>;
  /** In the order of their ids, without those who left or are banned. */
  list(threadId: string, options?: ParticipantListOptions): Promise<Page<Participant>>;
  get(threadId: string, userId: string): Promise<Participant>;
  /** All in one commit. Absent fields stay as they are. */
  update(threadId: string, updates: readonly ParticipantUpdate[]): Promise<Participant[]>;
  /** Takes users out of the thread; what they wrote stays. One's own id leaves. */
  remove(threadId: string, userIds: readonly string[]): Promise<void>;
  /** Takes part in a public thread or a public channel. Joining twice changes nothing. */
  join(threadId: string): Promise<Participant>;
  /** Leaves. In a direct thread it hides the thread until the next message. */
  leave(threadId: string): Promise<void>;
  /**
   * Offers a group or a channel to one of its participants; the owner's to call. The participant
   * accepts with the same call and its own id, and the owner becomes a moderator.
   */
  handOver(threadId: string, to: HandOver): Promise<Thread>;
}

export interface ParticipantListOptions extends PageOptions {
  /** Default `joined`. Others are for owner and moderators. */
  readonly state?: ParticipantState;
}

/** Who is to own the thread. */
export interface HandOver {
  readonly userId: string;
}

/** The direct threads of a caller. */
export interface DirectApi {
  /** The one direct thread with this user, made if there is none. Twenty at once make one. */
  open(userId: string): Promise<Thread>;
  /** Like `open`; the outcome tells whether the thread is new. */
  openWithOutcome(userId: string): Promise<Outcome<Thread>>;
}
