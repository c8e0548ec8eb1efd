import type { Principal } from '../../api/principal.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';

/** A caller's request to a store. */
export interface ReadingOf<Core> {
  readonly core: Core;
  readonly principal: Principal;
}

/** A commit of a thread under construction, whatever began it. */
export interface DraftingOf<Core> {
  readonly core: Core;
  readonly draft: ThreadDraft;
}

/** A caller's write to a thread: its part of the commit under construction. */
export interface WritingOf<Core> extends ReadingOf<Core>, DraftingOf<Core> {}
