import type { Principal } from '../../api/principal.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';

/** A caller asks something of a store. */
export interface ReadingOf<Core> {
  readonly core: Core;
  readonly principal: Principal;
}

/** A commit of a thread is in the making, whoever has begun it. */
export interface DraftingOf<Core> {
  readonly core: Core;
  readonly draft: ThreadDraft;
}

/** A caller writes to a thread: its part of the commit in the making. */
export interface WritingOf<Core> extends ReadingOf<Core>, DraftingOf<Core> {}
