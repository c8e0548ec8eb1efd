import type { Limits } from '../../api/limits.ts';
import type { Hints } from '../../records/hints.ts';
import type { Records } from '../../records/records.ts';
import type { TypedTable } from '../../records/table.ts';
import type { ThreadWriter } from '../../records/thread-writer.ts';
import type { Clock } from '../../shared/clock.ts';
import type { AuthorizeHook } from '../../api/access.ts';
import type { ResponderSource } from '../../api/responder.ts';
import type { RunOptions } from '../../api/run-options.ts';
import type { HookLists } from './hooks.ts';
import type { DraftingOf, ReadingOf, WritingOf } from './situation.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';

/** What every operation of the domain stands on. Made once a store. */
export interface Core {
  readonly records: Records;
  readonly writer: ThreadWriter;
  readonly hints: Hints;
  readonly clock: Clock;
  /** The tables whose rows go with their thread, in the order in which they go. */
  readonly threadTables: readonly TypedTable<unknown>[];
  readonly limits: Limits;
  readonly authorize: AuthorizeHook | undefined;
  readonly tasks: TaskRunner;
  /** What nouns do when others append, redact, delete or fork. */
  readonly hooks: HookLists<Core>;
  /** What nouns keep in memory; see `perStore`. */
  readonly memory: Map<symbol, unknown>;
  /** Who can answer, if anybody. */
  readonly responders: ResponderSource | undefined;
  readonly runOptions: RunOptions;
  /** Whether other processes may write to the store, past the hints of this one. */
  readonly isShared: boolean;
  /** Whether other processes' writes come as hints, too, of which some may be lost. */
  readonly hasSharedHints: boolean;
  readonly isOpen: () => boolean;
}

/** A caller asks: who it is, and of which store. */
export type Reading = ReadingOf<Core>;
/** A commit is in the making: its draft, and in which store. */
export type Drafting = DraftingOf<Core>;
/** A caller writes: a reading and a drafting in one. */
export type Writing = WritingOf<Core>;
