import type { Limits } from '../../api/limits.ts';
import type { Hints } from '../../records/hints.ts';
import type { Records } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import type { ThreadWriter } from '../../records/thread-writer.ts';
import type { Clock } from '../../shared/clock.ts';
import type { AuthorizeHook, FeedRules } from '../../api/access.ts';
import type { ResponderSource } from '../../api/responder.ts';
import type { RunOptions } from '../../api/run-options.ts';
import type { ResolveUsers } from '../../api/user.ts';
import type {
  HookLists,
  DraftingOf,
  ReadingOf,
  RequestingOf,
  VisitingOf,
  WritingOf,
} from './hooks.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';

/** What every operation of the domain needs. Created once per store. */
export interface Core {
  readonly records: Records;
  readonly writer: ThreadWriter;
  readonly hints: Hints;
  readonly clock: Clock;
  /** The tables whose rows belong to a thread, in the order in which its deletion empties them. */
  readonly threadTables: readonly TypedTable<unknown>[];
  readonly limits: Limits;
  readonly authorize: AuthorizeHook | undefined;
  /** The host's list of users, if it has one. */
  readonly resolveUsers: ResolveUsers | undefined;
  readonly feeds: FeedRules;
  readonly tasks: TaskRunner;
  /** The nouns' reactions to appends, redactions, deletions and forks. */
  readonly hooks: HookLists<Core>;
  /** The nouns' data in memory; see `perStore`. */
  readonly memory: Map<symbol, unknown>;
  /** The configured responders, if any. */
  readonly responders: ResponderSource | undefined;
  readonly runOptions: RunOptions;
  /** Whether other processes may write to the store without this one's hints. */
  readonly isShared: boolean;
  /** Whether hints also report other processes' writes. Some may be lost. */
  readonly hasSharedHints: boolean;
  readonly isOpen: () => boolean;
  /** The id of the store (`StoreRow`); `undefined` in one that was never written to. */
  readonly incarnation: string | undefined;
}

/** A request of a caller: its identity and the store. */
export type Reading = ReadingOf<Core>;
/** A reading in one thread, with the caller's standing there. */
export type Visiting = VisitingOf<Core>;
/** A write of a caller whose standing has yet to be read. */
export type Requesting = RequestingOf<Core>;
/** A commit under construction: its draft and the store. */
export type Drafting = DraftingOf<Core>;
/** A caller's write: a visiting and a drafting in one. */
export type Writing = WritingOf<Core>;
