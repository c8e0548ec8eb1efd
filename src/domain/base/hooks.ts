import type { Item } from '../../api/item.ts';
import type { Run } from '../../api/run.ts';
import type { ItemRow, ParticipantRow, RunRow, ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemId, StoredThreadId } from '../../shared/ids.ts';
import type { Principal } from '../../api/principal.ts';
import type { Member } from './member.ts';

/** A caller's request to a store. */
export interface ReadingOf<Core> {
  readonly core: Core;
  readonly principal: Principal;
}

/** A commit of a thread under construction, whatever began it. */
export interface DraftingOf<Core> {
  readonly core: Core;
  readonly draft: ThreadDraft;
  /** The agents whose runs begin in the same commit to answer what it appends. */
  readonly answering?: readonly string[];
}

/** A request in one thread: where the caller stands there was read in the same operation. */
export interface VisitingOf<Core> extends ReadingOf<Core> {
  readonly principal: Member;
}

/** A caller's write to a thread: its part of the commit under construction. */
export interface WritingOf<Core> extends VisitingOf<Core>, DraftingOf<Core> {}

/** A write of a caller whose standing has yet to be read: see `authorize`. */
export interface RequestingOf<Core> extends ReadingOf<Core>, DraftingOf<Core> {}

/** Work to do once the commit is durable. After a crash before it, a sweep makes up for it. */
export type AfterCommit = () => Promise<void>;

/** A range of a thread's log: its own items, or what a fork inherits from one of its ancestors. */
export interface Stretch {
  readonly threadId: StoredThreadId;
  /** Exclusive; absent in the first stretch. */
  readonly after?: ItemId;
  /** Inclusive; absent in the thread's own stretch. */
  readonly through?: ItemId;
  /** Only the public view is inherited (`Ancestor.limited`). */
  readonly limited: boolean;
}

/** How a noun purges threads that depend on the one being purged. */
export interface PurgeSteps {
  /** Purges another deleted thread, so that its heirs become heirs of the thread before it. */
  readonly purge: (threadId: StoredThreadId) => Promise<void>;
  /** Creates a tombstone under this id if there is no thread. */
  readonly takeId: (threadId: StoredThreadId) => Promise<void>;
}

/**
 * A noun's reactions to other nouns' operations. A hook that gets a draft adds to it, so that both
 * are one commit. It may run again on a newer head, so it must have no other effect and must not
 * wait for anything outside the store. Work on more than 100 rows must be a task that the draft
 * promises.
 */
export interface Hooks<Core> {
  /** Items are being appended: `rows` are in the draft, in order. */
  onAppend?(drafting: DraftingOf<Core>, rows: readonly ItemRow[]): void | Promise<void>;
  /** Users are being added to a thread by another: `rows` are in the draft. */
  onInvite?(drafting: DraftingOf<Core>, rows: readonly ParticipantRow[]): void;
  /**
   * An item loses its content: `rows` are it and its revisions, as far as they belong to this
   * thread and have any. `originalId` is the item's own id, which a fork inherits.
   */
  onRedact?(
    drafting: DraftingOf<Core>,
    rows: readonly ItemRow[],
    originalId: ItemId,
  ): Promise<AfterCommit | undefined>;
  /** A run ends or begins to wait for people: `answer` is what the commit stores of it. */
  onEndRun?(
    drafting: DraftingOf<Core>,
    run: RunRow,
    answer: ItemRow | undefined,
  ): void | Promise<void>;
  /** A participant may write no more: it has left, or was removed, banned or muted. */
  onSilence?(drafting: DraftingOf<Core>, userId: string): void | Promise<void>;
  /** A thread is being deleted; its head is still complete. */
  onDelete?(drafting: DraftingOf<Core>): void | Promise<void>;
  /** The draft is a new thread that inherits from `home`'s thread, in the same commit. */
  onFork?(drafting: DraftingOf<Core>, home: ThreadDraft): void | Promise<void>;
  /**
   * A thread is being deleted, and a fork gets its own copies of what it inherits. May run again.
   */
  onLeave?(core: Core, stretch: Stretch, forkId: StoredThreadId): Promise<void>;
  /**
   * The rows of a deleted thread are about to be deleted. May run again. Its result runs
   * afterwards.
   */
  onPurge?(core: Core, gone: ThreadRow, steps: PurgeSteps): Promise<(() => void) | undefined>;
  /** Chooses from `items` what a model gets; `isPartial` tells which answers are incomplete. */
  onContext?(
    core: Core,
    run: RunRow,
    items: readonly Item[],
    isPartial: (item: Item) => boolean,
  ): Promise<readonly Item[]>;
  /** Removes what a caller may not see of runs; `runs` are those of `rows`, in the same order. */
  onShowRuns?(
    reading: ReadingOf<Core>,
    rows: readonly RunRow[],
    runs: readonly Run[],
  ): Promise<readonly Run[]>;
}

/** The hooks of all nouns by name, in the nouns' order. */
export type HookLists<Core> = {
  readonly [Name in keyof Hooks<Core>]-?: readonly NonNullable<Hooks<Core>[Name]>[];
};

/** All hooks of these nouns, in the nouns' order. */
export function collectHooks<Core>(nouns: readonly Hooks<Core>[]): HookLists<Core> {
  const list = <Name extends keyof Hooks<Core>>(name: Name): NonNullable<Hooks<Core>[Name]>[] =>
    nouns.flatMap((noun) => noun[name] ?? []);
  return {
    onAppend: list('onAppend'),
    onInvite: list('onInvite'),
    onRedact: list('onRedact'),
    onEndRun: list('onEndRun'),
    onSilence: list('onSilence'),
    onDelete: list('onDelete'),
    onFork: list('onFork'),
    onLeave: list('onLeave'),
    onPurge: list('onPurge'),
    onContext: list('onContext'),
    onShowRuns: list('onShowRuns'),
  };
}
