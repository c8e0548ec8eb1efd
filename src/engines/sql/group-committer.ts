import { SkeinError } from '../../shared/error.ts';
import type { PlannedCommit } from './planned-commit.ts';

/** What became of one commit of a group: done, or the error to answer it with. */
export type Outcome = undefined | Error;

export interface GroupCommitterOptions {
  /**
   * Writes commits that belong together in one transaction. A rejection is the answer to them all. Where an
   * outcome is a promise, which never rejects, the group is under way until it has resolved.
   */
  readonly write: (
    group: readonly PlannedCommit[],
  ) => Promise<readonly (Outcome | Promise<Outcome>)[]>;
  /**
   * How many groups take turns, each about as large as the others: while one is with the database, the callers of
   * another are served, and their next commits are made.
   */
  readonly turns: number;
  /** A turn takes as many commits, if there are so many: smaller groups cost the database more than they save. */
  readonly turnLengthMin?: number;
  /**
   * How many groups may be under way at once, `turns` among them. The others begin only when the last one has been
   * held up for `heldUpMs`. Default: no others.
   */
  readonly groupsMax?: number;
  readonly heldUpMs?: number;
  /** Whether no row may be touched by two commits of one group, or of two groups under way. */
  readonly isDisjoint: boolean;
}

/**
 * Group commit: commits that arrive together, or while a transaction is under way, share the next one.
 *
 * Invariants: commits that touch the same row take effect in the order in which they came; a commit is
 * answered only after its transaction is durable; at most `groupsMax` groups are under way.
 */
export class GroupCommitter {
  readonly #options: GroupCommitterOptions;
  readonly #busyRows = new Set<string>();
  #queue: Waiting[] = [];
  #groupsUnderWay = 0;
  #commitsUnderWay = 0;
  #isScheduled = false;
  #startedMs = 0;
  #isTimed = false;

  constructor(options: GroupCommitterOptions) {
    this.#options = options;
  }

  commit(commit: PlannedCommit): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#queue.length >= queueLengthMax) {
        reject(new SkeinError('unavailable', 'Too many writes wait for the database; try again.'));
        return;
      }
      this.#queue.push({ commit, resolve, reject });
      this.#schedule();
    });
  }

  /** Callers who are being served in this turn of the event loop join the group. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#start();
    });
  }

  #start(): void {
    const { turns, groupsMax = turns } = this.#options;
    while (this.#groupsUnderWay < groupsMax) {
      if (this.#mustWait()) return;
      const group = this.#takeGroup();
      if (group.length === 0) return;
      void this.#run(group);
    }
  }

  #mustWait(): boolean {
    const { turns, heldUpMs = 0 } = this.#options;
    const waitMs = this.#startedMs + heldUpMs - performance.now();
    if (this.#groupsUnderWay < turns || waitMs <= 0) return false;
    if (this.#isTimed) return true;
    this.#isTimed = true;
    setTimeout(() => {
      this.#isTimed = false;
      this.#start();
    }, waitMs);
    return true;
  }

  /** Never rejects: every outcome goes to the promises of those who wait. */
  async #run(group: readonly Waiting[]): Promise<void> {
    this.#startedMs = performance.now();
    this.#groupsUnderWay++;
    this.#commitsUnderWay += group.length;
    try {
      const outcomes = await this.#options.write(group.map(({ commit }) => commit));
      const pending: Promise<void>[] = [];
      for (const [i, waiting] of group.entries()) {
        const outcome = outcomes[i];
        if (outcome instanceof Promise) pending.push(this.#answerLater(waiting, outcome));
        else this.#answer(waiting, outcome);
      }
      if (pending.length > 0) await Promise.all(pending);
    } catch (error) {
      for (const waiting of group) this.#answer(waiting, error);
    } finally {
      this.#groupsUnderWay--;
      this.#commitsUnderWay -= group.length;
      if (this.#queue.length > 0) this.#schedule();
    }
  }

  #answer({ commit, resolve, reject }: Waiting, outcome: unknown): void {
    for (const id of commit.rowIds) this.#busyRows.delete(id);
    if (outcome === undefined) resolve();
    else reject(outcome);
  }

  async #answerLater(waiting: Waiting, outcome: Promise<Outcome>): Promise<void> {
    this.#answer(waiting, await outcome);
    if (this.#queue.length > 0) this.#schedule(); // its rows are free for others
  }

  /** The next commits in line; those that must not join stay in line, and so does whatever touches their rows. */
  #takeGroup(): Waiting[] {
    const queue = this.#queue;
    const group: Waiting[] = [];
    const left: Waiting[] = [];
    const leftRows = new Set<string>();
    const lengthMax = this.#lengthMax();
    let rows = 0;
    let weight = 0;
    let i = 0;
    for (; i < queue.length && group.length < lengthMax; i++) {
      const { changes, rowIds, weight: own } = queue[i]!.commit;
      if (group.length > 0 && rows + changes.size > groupRowsMax) break;
      if (group.length > 0 && weight + own > groupWeightMax) break;
      if (this.#options.isDisjoint && this.#meets(rowIds, leftRows)) {
        left.push(queue[i]!);
        for (const id of rowIds) leftRows.add(id);
        continue;
      }
      rows += changes.size;
      weight += own;
      group.push(queue[i]!);
      if (this.#options.isDisjoint) for (const id of rowIds) this.#busyRows.add(id);
    }
    this.#queue = [...left, ...queue.slice(i)];
    return group;
  }

  #lengthMax(): number {
    const { turns, turnLengthMin = 1 } = this.#options;
    const circulating = this.#queue.length + this.#commitsUnderWay;
    return Math.min(groupLengthMax, Math.max(turnLengthMin, Math.ceil(circulating / turns)));
  }

  #meets(rowIds: readonly string[], leftRows: ReadonlySet<string>): boolean {
    return rowIds.some((id) => this.#busyRows.has(id) || leftRows.has(id));
  }
}

interface Waiting {
  readonly commit: PlannedCommit;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const queueLengthMax = 100_000;
const groupLengthMax = 500;
/** One commit may have more; then it is a group by itself. */
const groupRowsMax = 4000;
/** Likewise. A group is made in one go, while the event loop stands still, and in memory several times. */
const groupWeightMax = 8 * 1024 * 1024;
