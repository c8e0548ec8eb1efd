import type { Engine } from '../engine.ts';

/**
 * A store of its own for one test. None of these functions opens the engine that it gives: the
 * suite does.
 */
export interface Subject {
  /** An engine for a fresh, empty store. Called once, first. */
  open(): Engine | Promise<Engine>;
  /**
   * An engine for the same store, after `close` or `crash`, as a process that starts again would
   * make it. Left out, everything about reopening is skipped. Where the engine's flag `shared` is
   * false, it is also called while the store is open, to see the second one refused.
   */
  reopen?(): Engine | Promise<Engine>;
  /**
   * Ends the engine in use as a crash of its process would: what was acknowledged stays, and from
   * now on nothing is written any more. The suite does not close that engine afterwards.
   */
  crash?(): void | Promise<void>;
  /** Deletes the store. Called last, with every engine closed but those that crashed. */
  destroy(): void | Promise<void>;
}
