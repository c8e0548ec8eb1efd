import type { TypedTable } from '../../records/table.ts';
import type { TaskRow } from '../../records/tables.ts';
import type { Core, Reading } from './core.ts';
import type { Examine } from './examination.ts';
import type { Hooks } from './hooks.ts';
import type { Transfer } from './transfer.ts';

/**
 * Everything that a store must know about a noun. A noun registers once, with one line in the
 * store's list; the APIs of callers and operators, its tasks, sweeps and hooks follow from its
 * description. Its HTTP operations are not in it: they name these verbs from above
 * (`src/api/operations`), and a store knows nothing of HTTP. A hook for the erasure of a user comes
 * with the operation that calls it.
 */
export interface Noun<
  Api extends object = object,
  OperatorApi extends object = object,
> extends Hooks<Core> {
  /** Unique in the list. */
  readonly name: string;
  /**
   * The noun's tables; a table belongs to one noun. Deletions, copies and the doctor include them.
   */
  readonly tables?: readonly TypedTable<unknown>[];
  /** The verbs for callers. Several nouns may add verbs under one name. */
  readonly api?: (reading: Reading) => Api;
  /** The verbs for the operator, to whom access rules do not apply. */
  readonly operatorApi?: (core: Core) => OperatorApi;
  /** The handlers of its tasks, by kind. A task may run again after a crash. */
  readonly tasks?: Readonly<Record<string, (core: Core, task: TaskRow) => Promise<void>>>;
  /** The noun's part of the doctor. */
  readonly examine?: Examine;
  /** What is special about its rows in an export; without it, they are written as stored. */
  readonly transfer?: Transfer;
  /** Deletes expired data; called from time to time. */
  readonly sweep?: (core: Core) => Promise<unknown>;
  /**
   * Called when the store has opened: resumes what an earlier process left, without waiting for it.
   */
  readonly start?: (core: Core) => void;
  /** Called when the store closes: ends work in progress, while the engine still writes. */
  readonly stop?: (core: Core) => void | Promise<void>;
}
