import { ConflictError } from '../../shared/error.ts';
import { DiskState } from '../sql/disk-state.ts';
import { GroupCommitter, type Outcome } from '../sql/group-committer.ts';
import type { PlannedCommit } from '../sql/planned-commit.ts';
import { commitStatement } from './commit-statement.ts';
import type { Patience, PostgresConnections } from './postgres-connections.ts';
import { isDiskFull, toEngineError, verdictOf } from './postgres-errors.ts';
import { PostgresLane } from './postgres-lane.ts';

/**
 * Groups under way at once. Mostly it is one: larger groups cost the server less than more of them. But one
 * that waits, for a row that another process has locked, must not hold up all the others.
 */
const lanesMax = 4;
const overlapAfterMs = 25;

/** How often a group is repeated because of what others did at the same time. */
const attemptsMax = 20;

/**
 * Writes commits in groups, each group one statement and one round trip. What becomes of a statement
 * whose answer is lost is found out (`PostgresLane`), so that every commit is answered rightly, or with
 * `unavailable` when the server cannot be asked any more.
 */
export class PostgresCommitter {
  readonly #connections: PostgresConnections;
  readonly #laneTable: string;
  readonly #lanes: PostgresLane[];
  readonly #idleLanes: PostgresLane[];
  readonly #groups: GroupCommitter;
  readonly #disk = new DiskState(isDiskFull);
  readonly #onCommitted: (commits: readonly PlannedCommit[]) => void;

  constructor(
    connections: PostgresConnections,
    laneTable: string,
    onCommitted: (commits: readonly PlannedCommit[]) => void,
  ) {
    this.#connections = connections;
    this.#laneTable = laneTable;
    this.#onCommitted = onCommitted;
    this.#lanes = Array.from({ length: lanesMax }, () => new PostgresLane(connections, laneTable));
    this.#idleLanes = [...this.#lanes];
    this.#groups = new GroupCommitter({
      write: (group) => this.#write(group),
      groupsMax: lanesMax,
      overlapAfterMs,
      isDisjoint: true,
    });
  }

  commit(commit: PlannedCommit): Promise<void> {
    return this.#groups.commit(commit);
  }

  async end(): Promise<void> {
    for (const lane of this.#lanes) await lane.end();
  }

  /** A group that fails for a reason of one of its commits is repeated, each commit by itself. */
  async #write(group: readonly PlannedCommit[]): Promise<readonly (Outcome | Promise<Outcome>)[]> {
    const lane = this.#idleLanes.pop()!; // there are as many as groups under way
    try {
      return await this.#writeOn(lane, group);
    } catch (error) {
      this.#disk.noteFailure(error);
      const isOfOne = ['misuse', 'duplicate', 'again', 'held'].includes(verdictOf(error));
      if (group.length === 1 || !isOfOne) throw toEngineError(error, this.#connections.where);
      return group.map((commit) => this.#writeAlone(commit));
    } finally {
      this.#idleLanes.push(lane);
    }
  }

  async #writeAlone(commit: PlannedCommit): Promise<Outcome> {
    const lane = new PostgresLane(this.#connections, this.#laneTable);
    try {
      return (await this.#writeOn(lane, [commit]))[0];
    } catch (error) {
      return toEngineError(error, this.#connections.where);
    } finally {
      await lane.end();
    }
  }

  async #writeOn(lane: PostgresLane, group: readonly PlannedCommit[]): Promise<readonly Outcome[]> {
    if (this.#disk.failure && !group.some(isPut)) throw this.#disk.failure;
    const outcomes = outcomesOf(group, await this.#writeAtLast(lane, group));
    const committed = group.filter((_, i) => outcomes[i] === undefined);
    if (committed.some(isPut)) this.#disk.noteChange();
    this.#onCommitted(committed);
    return outcomes;
  }

  /** Returns what the lane notes: the numbers of the commits that went through. */
  async #writeAtLast(lane: PostgresLane, group: readonly PlannedCommit[]): Promise<string> {
    const patience = this.#connections.startPatience();
    let isCareful = false;
    for (let attempt = 1; ; attempt++) {
      try {
        const outcome = await this.#attempt(lane, group, isCareful, patience);
        if (outcome !== undefined) return outcome;
      } catch (error) {
        const verdict = verdictOf(error);
        if (verdict === 'duplicate') isCareful = true;
        const isHeldAlone = verdict === 'held' && group.length === 1;
        const mayRetry = isHeldAlone || ['lost', 'again', 'duplicate'].includes(verdict);
        if (!mayRetry || attempt >= attemptsMax || !(await patience.pause())) throw error;
      }
    }
  }

  /** Throws only when nothing was written; `undefined` when that was found out after a lost answer. */
  async #attempt(
    lane: PostgresLane,
    group: readonly PlannedCommit[],
    isCareful: boolean,
    patience: Patience,
  ): Promise<string | undefined> {
    await lane.prepare();
    const statement = commitStatement(
      group,
      { table: this.#laneTable, values: lane.values },
      isCareful,
    );
    let isSent = false;
    try {
      const [row] = await this.#connections.use(({ run }) => {
        isSent = true;
        return run(statement.text, statement.values, { isPrepared: true });
      });
      // Without its row, deleted by hand perhaps, a lane moves nowhere, and nothing was written.
      if (row === undefined) lane.abandon();
      else lane.advance();
      return row && String(row[0]);
    } catch (error) {
      if (!isSent || verdictOf(error) !== 'lost') throw error;
      return await lane.settle(patience, error);
    }
  }
}

function isPut({ changes }: PlannedCommit): boolean {
  return [...changes.values()].some(({ row }) => row !== undefined);
}

function outcomesOf(group: readonly PlannedCommit[], outcome: string): Outcome[] {
  const won = new Set(
    outcome
      .split(',')
      .filter((text) => text !== '')
      .map(Number),
  );
  return group.map((_, i) => {
    return won.has(i) ? undefined : new ConflictError('A row of the commit is not as expected.');
  });
}
