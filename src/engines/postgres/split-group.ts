import type { CommitOutcome } from '../sql/group-committer.ts';
import type { PlannedCommit } from '../sql/planned-commit.ts';
import type { Patience } from './patience.ts';
import { isOfOneCommit, verdictOf } from './postgres-errors.ts';

interface SplitGroupOptions {
  /**
   * Writes one commit, hardly waiting for rows that other transactions hold. Throws the driver's
   * errors.
   */
  readonly write: (commit: PlannedCommit) => Promise<CommitOutcome>;
  /** The total time to wait for rows that other transactions hold. */
  readonly patience: Patience;
  /** Turns an error into the one for the caller. */
  readonly toAnswer: (error: unknown) => Error;
}

/**
 * A group that could not be written together because of one of its commits. The commits are written
 * one after the other, so that they take one connection and reads keep theirs.
 *
 * A commit whose row another transaction holds lets the others pass, and is tried again in the next
 * round. When patience runs out, the remaining commits fail like the held ones: finding out which
 * of hundreds are held takes a moment each, and a transaction may hold the whole table.
 */
export class SplitGroup {
  /** In the order of the group. They never reject. */
  readonly outcomes: readonly Promise<CommitOutcome>[];
  readonly #options: SplitGroupOptions;
  #waiting: Waiting[];
  /** The last error that reported a held row. */
  #held: unknown;

  /** `cause` says why the group was not written. */
  constructor(group: readonly PlannedCommit[], cause: unknown, options: SplitGroupOptions) {
    this.#options = options;
    if (verdictOf(cause) === 'held') this.#held = cause;
    const all = group.map((commit) => ({ commit, ...Promise.withResolvers<CommitOutcome>() }));
    this.outcomes = all.map(({ promise }) => promise);
    this.#waiting = all;
    void this.#run();
  }

  /** Never rejects: every outcome goes to its promise. */
  async #run(): Promise<void> {
    const { patience } = this.#options;
    patience.begin();
    try {
      do await this.#runRound();
      while (this.#waiting.length > 0 && (await patience.pause()));
      this.#answerAll(this.#held);
    } catch (error) {
      // The commit that met the error did not cause it, so the others would meet it, too.
      this.#answerAll(error);
    }
  }

  /** Gives each commit its turn. Held ones wait for the next round. */
  async #runRound(): Promise<void> {
    const { patience } = this.#options;
    for (let left = this.#waiting.length; left > 0; left--) {
      if (this.#held !== undefined && patience.hasEnded) return;
      await this.#writeFirst();
    }
  }

  async #writeFirst(): Promise<void> {
    const { write, toAnswer } = this.#options;
    const first = this.#waiting[0]!;
    try {
      first.resolve(await write(first.commit));
    } catch (error) {
      const verdict = verdictOf(error);
      if (!isOfOneCommit(verdict)) throw error;
      if (verdict !== 'held') first.resolve(toAnswer(error));
      else {
        this.#held = error;
        this.#waiting.push(first);
      }
    }
    this.#waiting.shift();
  }

  #answerAll(error: unknown): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.#options.toAnswer(error));
  }
}

interface Waiting {
  readonly commit: PlannedCommit;
  readonly resolve: (outcome: CommitOutcome) => void;
}
