/**
 * Who may work on a run. One process at a time holds its lease: every group of chunks that it
 * stores is guarded by the run's row, so that a process which takes the lease has locked it out,
 * however fast it writes. Only then can a run that is being answered be ended.
 */
import { expectVersion, put, type Expect } from '../../records/records.ts';
import { runs, streams, type RunRow } from '../../records/tables.ts';
import { retryConflicts } from '../../shared/retry-conflicts.ts';
import type { Core } from '../base/core.ts';
import { seqOf, type Holding } from '../streams/stream-writer.ts';
import { readAnswer, type Answer } from './read-answer.ts';

/** The lease of the process that works on a run. */
export class RunLease implements Holding {
  readonly #core: Core;
  #row: RunRow;

  constructor(core: Core, row: RunRow) {
    this.#core = core;
    this.#row = row;
  }

  get token(): number {
    return this.#row.leaseToken;
  }

  expect(): Expect {
    const { threadId, id, version } = this.#row;
    return expectVersion(runs, [threadId, id], version);
  }

  async isHeld(): Promise<boolean> {
    const { threadId, id } = this.#row;
    const row = await this.#core.records.get(runs, [threadId, id]);
    return row !== undefined && this.keep(row);
  }

  /** Takes over what this process has changed in the row. Whether it still holds the lease. */
  keep(row: RunRow): boolean {
    if (row.leaseToken !== this.token || !isActive(row)) return false;
    if (row.version > this.#row.version) this.#row = row;
    return true;
  }

  /** Whether the lease is still held, which it then is for another `leaseMs`. */
  renew(): Promise<boolean> {
    const { records, clock, runOptions } = this.#core;
    const { threadId, id } = this.#row;
    const key = [threadId, id];
    return retryConflicts(async () => {
      const row = await records.get(runs, key);
      if (row === undefined || !this.keep(row)) return false;
      const leaseExpiresAt = clock() + runOptions.leaseMs;
      const renewed = { ...row, leaseExpiresAt, version: row.version + 1 };
      const expects = [expectVersion(runs, key, row.version)];
      await records.commit({ puts: [put(runs, renewed, row)], expects });
      return this.keep(renewed);
    });
  }
}

/** Whether a process works on the run, or will. */
export function isActive({ status }: RunRow): boolean {
  return status === 'queued' || status === 'running';
}

/** A lease taken to end a run. */
export interface TakenLease {
  /** The token of the holder that was locked out. */
  readonly from: number;
  readonly token: number;
  /** What was stored until then. No more is added. */
  readonly answer: Answer | undefined;
}

/**
 * Takes the lease of a running run from its holder. If the process dies before it has ended the
 * run, the lease lapses like any other.
 */
export async function takeLease(core: Core, run: RunRow): Promise<TakenLease> {
  const { threadId, streamId, leaseToken: from } = run;
  const token = await raiseToken(core, run);
  const stream = await core.records.get(streams, [threadId, streamId]);
  const answer = stream && (await readAnswer(core, stream, seqOf(stream)));
  return { from, token, answer };
}

/** Returns the token of a taken lease, or that of the run if it is not what it was any more. */
async function raiseToken(core: Core, { threadId, id, leaseToken }: RunRow): Promise<number> {
  const { records } = core;
  const key = [threadId, id];
  return retryConflicts(async () => {
    const row = await records.get(runs, key);
    if (row?.status !== 'running' || row.leaseToken !== leaseToken) return leaseToken;
    const taken: RunRow = { ...row, leaseToken: leaseToken + 1, version: row.version + 1 };
    const expects = [expectVersion(runs, key, row.version)];
    await records.commit({ puts: [put(runs, taken, row)], expects });
    return taken.leaseToken;
  });
}
