import type { Item } from '../../api/item.ts';
import type { Run } from '../../api/run.ts';
import type { ItemRow, RunRow, ThreadRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { ItemId, ThreadId } from '../../shared/ids.ts';
import type { DraftingOf, ReadingOf } from './situation.ts';

/** Work to do once the commit is durable. A crash before it is made good by a sweep. */
export type AfterCommit = () => Promise<void>;

/** A range of a thread's log: its own items, or what a fork inherits from one of its ancestors. */
export interface Stretch {
  readonly threadId: ThreadId;
  /** Exclusive; absent in the first stretch. */
  readonly after?: ItemId;
  /** Inclusive; absent in the thread's own stretch. */
  readonly through?: ItemId;
  /** Only what the public sees of it shines through (`Ancestor.limited`). */
  readonly limited: boolean;
}

/** How a noun purges threads that depend on the one that is being purged. */
export interface PurgeSteps {
  /** Purges a thread that is deleted, too, so that its heirs become heirs of the thread before it. */
  readonly purge: (threadId: ThreadId) => Promise<void>;
  /** Makes a tombstone under this id where there is no thread. */
  readonly takeId: (threadId: ThreadId) => Promise<void>;
}

/**
 * How a noun reacts to what other nouns do. A hook that gets a draft adds to that draft, so that both are
 * one commit; it may run again on a newer head, so it has no other effect, and it waits for nothing outside
 * the store. Work on more than 100 rows is a task that the draft promises.
 */
export interface Hooks<Core> {
  /** Items are appended: `rows` are in the draft, in order. */
  onAppend?(drafting: DraftingOf<Core>, rows: readonly ItemRow[]): void | Promise<void>;
  /** An item and its revisions, as far as they belong to this thread, lose their content. */
  onRedact?(drafting: DraftingOf<Core>, rows: readonly ItemRow[]): Promise<AfterCommit | undefined>;
  /** A thread is deleted: its head is still whole. */
  onDelete?(drafting: DraftingOf<Core>): void | Promise<void>;
  /** The draft is that of a thread that inherits from the one of `home`; both are one commit. */
  onFork?(drafting: DraftingOf<Core>, home: ThreadDraft): void | Promise<void>;
  /** A thread is deleted, and a fork gets rows of its own for what it inherits. May run again. */
  onLeave?(core: Core, stretch: Stretch, forkId: ThreadId): Promise<void>;
  /**
   * The rows of a deleted thread are about to go. May run again. What it returns runs when they are gone.
   */
  onPurge?(core: Core, gone: ThreadRow, steps: PurgeSteps): Promise<(() => void) | undefined>;
  /** Chooses from `items` what a model gets; `isPartial` tells answers that are not whole. */
  onContext?(
    core: Core,
    run: RunRow,
    items: readonly Item[],
    isPartial: (item: Item) => boolean,
  ): Promise<readonly Item[]>;
  /** Hides what a caller may not see of runs: `runs` are those of `rows`, in the same order. */
  onShowRuns?(
    reading: ReadingOf<Core>,
    rows: readonly RunRow[],
    runs: readonly Run[],
  ): Promise<readonly Run[]>;
}

/** The hooks of all nouns by name, in the order of the list of nouns. */
export type HookLists<Core> = {
  readonly [Name in keyof Hooks<Core>]-?: readonly NonNullable<Hooks<Core>[Name]>[];
};
