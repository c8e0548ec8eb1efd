import type { Engine } from '../engine.ts';

/**
 * A store for one test. None of these functions opens the engine that it returns: the suite does.
 */
export interface Subject {
  /** An engine for a new, empty store. Called first, and once. */
  open(): Engine | Promise<Engine>;
  /**
   * An engine for the same store, after `close` or `crash`, as a restarted process would create it.
   * If absent, all tests that reopen are skipped; an engine that claims to be durable or shared
   * needs it. If the engine's flag `shared` is false, it is
   * also called while the store is open, to check that the second opening is refused.
   */
  reopen?(): Engine | Promise<Engine>;
  /**
   * Ends the engine in use like a crash of its process: acknowledged writes stay, and from now on
   * nothing is written. The suite does not close that engine afterwards. An engine that claims to
   * be durable needs it.
   */
  crash?(): void | Promise<void>;
  /** Deletes the store. Called last, with every engine closed except those that crashed. */
  destroy(): void | Promise<void>;
}
