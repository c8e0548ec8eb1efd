import type { TypedTable } from '../../records/table.ts';
import type { TaskRow } from '../../records/tables.ts';
import type { Core, Reading } from './core.ts';
import type { Examine } from './examination.ts';
import type { Hooks } from './hooks.ts';

/**
 * All that a store has to know of a noun. A noun registers once, with one line in the store's list;
 * what callers and operators get, its tasks, sweeps and hooks follow from its description.
 */
export interface Noun<
  Api extends object = object,
  OperatorApi extends object = object,
> extends Hooks<Core> {
  /** Unique in the list. */
  readonly name: string;
  /**
   * Its tables, each of which belongs to one noun: deletions, copies and the doctor take them
   * along.
   */
  readonly tables?: readonly TypedTable<unknown>[];
  /** What a caller may do. Several nouns may add verbs under one name. */
  readonly api?: (reading: Reading) => Api;
  /** What the operator may do, to whom no access rules apply. */
  readonly operatorApi?: (core: Core) => OperatorApi;
  /** What its tasks do, by kind. A task may run again after a crash. */
  readonly tasks?: Readonly<Record<string, (core: Core, task: TaskRow) => Promise<void>>>;
  /** What the doctor looks at. */
  readonly examine?: Examine;
  /** Removes what has expired, now and then. */
  readonly sweep?: (core: Core) => Promise<unknown>;
  /** The store is open: takes up what an earlier process has left, without waiting for it. */
  readonly start?: (core: Core) => void;
  /** The store closes: ends the work under way, while the engine still writes. */
  readonly stop?: (core: Core) => void | Promise<void>;
}
