import { SkeinError } from '../../shared/error.ts';
import type { PlannedCommit } from './planned-commit.ts';

/** The outcome of one commit of a group: done, or the error for its caller. */
export type CommitOutcome = undefined | Error;

interface GroupCommitterOptions {
  /**
   * Writes the commits of a group in one transaction. A rejection answers all of them. An outcome
   * may be a promise, which never rejects; the group is under way until it has resolved.
   */
  readonly write: (
    group: readonly PlannedCommit[],
  ) => Promise<readonly (CommitOutcome | Promise<CommitOutcome>)[]>;
  /**
   * The number of groups that alternate, each about as large as the others: while one is with the
   * database, the callers of another are served and make their next commits.
   */
  readonly turns: number;
  /**
   * The smallest size of such a group, if there are enough commits: smaller ones cost the database
   * more than they save.
   */
  readonly turnLengthMin?: number;
  /**
   * The most groups under way at once, `turns` included. More groups begin only when the last one
   * has been held up for `heldUpMs`. Default: no more.
   */
  readonly groupsMax?: number;
  readonly heldUpMs?: number;
  /** Whether commits of one group, or of groups under way, must not touch the same row. */
  readonly isDisjoint: boolean;
}

/**
 * Group commit: commits that arrive together, or during a transaction, share the next one.
 *
 * Invariants: commits that touch the same row take effect in the order of their arrival; a commit
 * is answered only after its transaction is durable; at most `groupsMax` groups are under way.
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

  /** Commits of callers in this turn of the event loop join the group. */
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

  /** Never rejects: every outcome goes to the promises of the callers. */
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

  async #answerLater(waiting: Waiting, outcome: Promise<CommitOutcome>): Promise<void> {
    this.#answer(waiting, await outcome);
    if (this.#queue.length > 0) this.#schedule(); // its rows are free again
  }

  /**
   * The next commits in line. Commits that must not join stay in line, and so do later ones that
   * touch their rows.
   */
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
/** A single commit may have more; then it is a group by itself. */
const groupRowsMax = 4000;
/**
 * In characters, with the same exception. A group is made in one go, which blocks the event loop
 * and takes several times its size in memory.
 */
const groupWeightMax = 8 * 1024 * 1024;
