/**
 * Deletes checkpoints of a thread: first the checkpoints with the writes on top of them, then the
 * elements that nothing refers to any more.
 *
 * Both are planned outside the thread's writer, where reads may take long, and carried out in steps
 * inside it. Every step, and everything that a plan depends on, is a step of the thread's version,
 * so a plan is valid until another writer takes a step; then it is made again. A crash between
 * steps leaves whole checkpoints and, at worst, elements that the next pruning finds.
 */
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { invalid } from '../../shared/error.ts';
import type { StoredThreadId, ThreadIdText } from '../../shared/ids.ts';
import { authorize, mustVisit } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core, Reading } from '../base/core.ts';
import { logInDraft, putLog, readLog } from './checkpoint-log.ts';
import type { CheckpointPruneOptions, CheckpointPruning } from '../../api/checkpoint.ts';
import { planCheckpoints, type Doomed } from './plan-pruning.ts';
import { planElements } from './plan-sweep.ts';

const stepRowsMax = 500;
/** After this many plans invalidated by other writes, planning moves into the thread's writer. */
const stalePlansMax = 3;

/** See `CheckpointsApi.prune`. */
export async function pruneCheckpoints(
  reading: Reading,
  id: ThreadIdText,
  options: CheckpointPruneOptions,
): Promise<CheckpointPruning> {
  const { core } = reading;
  mustOptions(options);
  const { head } = await mustVisit(reading, 'delete', id);
  const pruning = new Pruning(reading, head.id);
  await pruning.run(false, (log) => planCheckpoints(core.records, log, options));
  if (pruning.total.checkpoints + pruning.total.writes > 0) {
    await pruning.run(true, (log) => planElements(core.records, log));
  }
  return pruning.total;
}

function mustOptions({ keepLast, madeSinceMs }: CheckpointPruneOptions): void {
  if ((keepLast === undefined) === (madeSinceMs === undefined)) {
    throw invalid(
      'keepLast',
      'cannot be combined with madeSinceMs, and one of the two is required',
    );
  }
  if (keepLast !== undefined && !(Number.isSafeInteger(keepLast) && keepLast >= 1)) {
    throw invalid('keepLast', 'must be a whole number from 1');
  }
  if (madeSinceMs !== undefined && !Number.isFinite(madeSinceMs)) {
    throw invalid('madeSinceMs', 'must be a time in milliseconds');
  }
}

type Planner = (log: NonNullable<Awaited<ReturnType<typeof readLog>>>) => Promise<Doomed[]>;

class Pruning {
  readonly #core: Core;
  readonly #principal: Principal;
  readonly #threadId: StoredThreadId;
  total: CheckpointPruning = { checkpoints: 0, writes: 0, elements: 0, reclaimedBytes: 0 };

  constructor({ core, principal }: Reading, threadId: StoredThreadId) {
    this.#core = core;
    this.#principal = principal;
    this.#threadId = threadId;
  }

  /** `isSweep`: elements are deleted, and ids learned before become invalid. */
  async run(isSweep: boolean, plan: Planner): Promise<void> {
    for (let attempt = 1; attempt <= stalePlansMax; attempt++) {
      if (await this.#carryOut(isSweep, plan)) return;
    }
    // Other writers never pause: let them wait while the rest is planned and done.
    await this.#write(async (draft) => {
      const log = await readLog(this.#core.records, this.#threadId);
      return this.#delete(draft, log ? await plan(log) : [], isSweep);
    });
  }

  /** Returns false if another write has invalidated the rest of the plan. */
  async #carryOut(isSweep: boolean, plan: Planner): Promise<boolean> {
    let version = await this.#version(); // read before everything the plan depends on
    const log = await readLog(this.#core.records, this.#threadId);
    const doomed = log ? await plan(log) : [];
    for (let i = 0; i < doomed.length; i += stepRowsMax) {
      const expected = version;
      const step = doomed.slice(i, i + stepRowsMax);
      const isDone = await this.#write(async (draft) => {
        if (draft.head.version !== expected) return undefined;
        return this.#delete(draft, step, isSweep);
      });
      if (!isDone) return false;
      version = await this.#version();
      if (version !== expected + 1 && i + stepRowsMax < doomed.length) return false;
    }
    return true;
  }

  async #version(): Promise<number> {
    return (await this.#core.writer.head(this.#threadId))?.version ?? 0;
  }

  /** Returns whether the step was carried out, and counts what it deleted. */
  async #write(
    step: (draft: ThreadDraft) => Promise<readonly Doomed[] | undefined>,
  ): Promise<boolean> {
    const gone = await this.#core.writer.write(this.#threadId, step);
    if (gone === undefined) return false;
    const counts = { ...this.total };
    for (const { kind, bytes } of gone) {
      counts[kind]++;
      counts.reclaimedBytes += bytes;
    }
    this.total = counts;
    return true;
  }

  async #delete(
    draft: ThreadDraft,
    doomed: readonly Doomed[],
    isSweep: boolean,
  ): Promise<readonly Doomed[]> {
    await authorize({ core: this.#core, principal: this.#principal, draft }, 'delete');
    if (doomed.length === 0) return doomed;
    for (const { table, key } of doomed) draft.delete({ table, key });
    const log = await logInDraft({ core: this.#core, draft });
    if (isSweep) putLog(draft, log, { epoch: log.row.epoch + 1 });
    draft.head = { ...draft.head };
    return doomed;
  }
}
