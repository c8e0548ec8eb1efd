import { ConflictError } from '../../shared/error.ts';
import { DiskState } from '../sql/disk-state.ts';
import { GroupCommitter, type CommitOutcome } from '../sql/group-committer.ts';
import type { PlannedCommit } from '../sql/planned-commit.ts';
import { commitStatement, type Statement } from './commit-statement.ts';
import type { Patience } from './patience.ts';
import type { PostgresConnections } from './postgres-connections.ts';
import { settings } from './driver-options.ts';
import { isDiskFull, isOfOneCommit, toEngineError, verdictOf } from './postgres-errors.ts';
import { PostgresLane } from './postgres-lane.ts';
import { SplitGroup } from './split-group.ts';

/**
 * Groups under way at once. Usually two alternate: while the server works for one, this process
 * serves the callers of the other. But a group that waits for a row locked by another process must
 * not hold up all others.
 */
const lanesMax = 4;
const turns = 2;
const turnLengthMin = 16;
const heldUpMs = 25;

/** How often to repeat a group that other transactions disturbed. */
const attemptsMax = 20;

/**
 * Writes commits in groups: one statement and one round trip per group. If the answer to a
 * statement is lost, `PostgresLane` finds out what happened, so that every commit gets the right
 * answer, or `unavailable` if the server can no longer be asked.
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
    // Each group takes a connection while it writes; at least one remains for reads.
    const groupsMax = Math.min(lanesMax, connections.connectionsMax - 1);
    this.#lanes = Array.from({ length: groupsMax }, () => new PostgresLane(connections, laneTable));
    this.#idleLanes = [...this.#lanes];
    this.#groups = new GroupCommitter({
      write: (group) => this.#write(group),
      turns: Math.min(turns, groupsMax),
      turnLengthMin,
      groupsMax,
      heldUpMs,
      isDisjoint: true,
    });
  }

  commit(commit: PlannedCommit): Promise<void> {
    return this.#groups.commit(commit);
  }

  async end(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.end()));
  }

  async #write(
    group: readonly PlannedCommit[],
  ): Promise<readonly (CommitOutcome | Promise<CommitOutcome>)[]> {
    const lane = this.#idleLanes.pop()!; // there are as many lanes as groups under way
    let split: SplitGroup | undefined;
    try {
      return await this.#writeOn(lane, group, group.length === 1 ? 'patiently' : 'once');
    } catch (error) {
      split = this.#split(lane, group, error);
      return split.outcomes;
    } finally {
      // The committer starts no other group before these have resolved.
      void Promise.all(split?.outcomes ?? []).then(() => this.#idleLanes.push(lane));
    }
  }

  /** Repeats a group that failed because of one of its commits, each commit by itself. */
  #split(lane: PostgresLane, group: readonly PlannedCommit[], cause: unknown): SplitGroup {
    const answer = this.#toAnswer(cause);
    if (group.length === 1 || !isOfOneCommit(verdictOf(cause))) throw answer;
    return new SplitGroup(group, cause, {
      write: async (commit) => (await this.#writeOn(lane, [commit], 'hardly'))[0],
      patience: this.#connections.startPatience(),
      toAnswer: (error) => this.#toAnswer(error),
    });
  }

  #toAnswer(error: unknown): Error {
    this.#disk.noteFailure(error);
    return toEngineError(error, this.#connections.where);
  }

  async #writeOn(
    lane: PostgresLane,
    group: readonly PlannedCommit[],
    waits: Waits,
  ): Promise<readonly CommitOutcome[]> {
    if (this.#disk.failure && !group.some(isPut)) throw this.#disk.failure;
    const outcomes = outcomesOf(group, await this.#writeAtLast(lane, group, waits));
    const committed = group.filter((_, i) => outcomes[i] === undefined);
    if (committed.some(isPut)) this.#disk.noteChange();
    this.#onCommitted(committed);
    return outcomes;
  }

  /** Returns what the lane notes: the numbers of the commits that went through. */
  async #writeAtLast(
    lane: PostgresLane,
    group: readonly PlannedCommit[],
    waits: Waits,
  ): Promise<string> {
    const patience = this.#connections.startPatience();
    let isCareful = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(lane, group, { isCareful, waits, patience });
      } catch (error) {
        const verdict = verdictOf(error);
        if (verdict === 'duplicate') isCareful = true;
        const mayWait = verdict === 'held' && waits === 'patiently';
        const mayRetry = mayWait || ['lost', 'again', 'duplicate'].includes(verdict);
        if (!mayRetry || attempt >= attemptsMax || !(await patience.pause())) throw error;
      }
    }
  }

  /** Throws if nothing was written, and `unavailable` if that cannot be determined. */
  async #attempt(
    lane: PostgresLane,
    group: readonly PlannedCommit[],
    { isCareful, ...sending }: Attempt,
  ): Promise<string> {
    await lane.prepare();
    const laneRow = { table: this.#laneTable, values: lane.values };
    const noted = await this.#send(lane, commitStatement(group, laneRow, isCareful), sending);
    if (noted !== undefined) return noted;
    // Without its row, perhaps deleted by hand, the lane does not move, and nothing was written.
    lane.abandon();
    throw new Error('The row of the lane is gone.');
  }

  async #send(
    lane: PostgresLane,
    { text, values }: Statement,
    { waits, patience }: Omit<Attempt, 'isCareful'>,
  ): Promise<string | undefined> {
    let isSent = false;
    try {
      const [row] = await this.#connections.use(async ({ run }) => {
        const { isPooled } = this.#connections;
        if (isPooled) await run(beginOf(waits));
        else if (waits === 'hardly') await run(`SET lock_timeout = ${hardlyMs}`);
        isSent = true;
        const rows = await run(text, values, { isPrepared: true });
        if (isPooled) await run('COMMIT');
        else if (waits === 'hardly') await run('RESET lock_timeout');
        return rows;
      });
      if (row) lane.advance();
      return row && String(row[0]);
    } catch (error) {
      const mayHaveHappened = isSent && ['lost', 'tooLarge'].includes(verdictOf(error));
      const noted = mayHaveHappened ? await lane.settle(patience, error) : undefined;
      if (noted === undefined) throw error;
      return noted;
    }
  }
}

/**
 * How long to wait for rows that another transaction holds: `once` is the time that a statement
 * waits.
 */
type Waits = 'hardly' | 'once' | 'patiently';

/** Longer than a transaction that only writes a row holds it. */
const hardlyMs = 50;

/** In a session that others use, too, a setting must not outlive the transaction. */
function beginOf(waits: Waits): string {
  const own = settings.map((setting) => {
    const [name, value = ''] = setting.replaceAll('\\', '').split('=');
    return `SET LOCAL ${name} = '${value}'`;
  });
  const hardly = waits === 'hardly' ? [`SET LOCAL lock_timeout = ${hardlyMs}`] : [];
  return ['BEGIN ISOLATION LEVEL READ COMMITTED', ...own, ...hardly].join('; ');
}

interface Attempt {
  readonly isCareful: boolean;
  readonly waits: Waits;
  readonly patience: Patience;
}

function isPut({ changes }: PlannedCommit): boolean {
  return [...changes.values()].some(({ row }) => row !== undefined);
}

function outcomesOf(group: readonly PlannedCommit[], outcome: string): CommitOutcome[] {
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
