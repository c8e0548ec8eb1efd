/**
 * Deleting checkpoints of a thread. First the checkpoints go, with what was written on top of them, then the
 * elements that nothing refers to any more.
 *
 * Both are planned outside the thread's writer, where reading takes its time, and carried out in steps of it.
 * Every step, and everything that a plan depends on, is a step of the thread's version, so a plan is good for
 * as long as nobody else takes one; then it is made anew. A crash between the steps leaves whole checkpoints
 * and, at worst, elements that the next pruning finds.
 */
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { invalid } from '../../shared/error.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { authorize, mustHead, mustThreadId } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core, Reading } from '../base/core.ts';
import { logInDraft, putLog, readLog } from './checkpoint-log.ts';
import type { CheckpointPruneOptions, CheckpointPruning } from '../../api/checkpoint.ts';
import { planCheckpoints, type Doomed } from './plan-pruning.ts';
import { planElements } from './plan-sweep.ts';

const stepRowsMax = 500;
/** Plans that came to nothing because the thread was written to; the last ones are made in its writer. */
const stalePlansMax = 3;

/** See `CheckpointsApi.prune`. */
export async function pruneCheckpoints(
  reading: Reading,
  id: string,
  options: CheckpointPruneOptions,
): Promise<CheckpointPruning> {
  const { core } = reading;
  mustOptions(options);
  const threadId = mustThreadId(id);
  await mustHead(reading, 'delete', threadId);
  const pruning = new Pruning(reading, threadId);
  await pruning.run(false, (log) => planCheckpoints(core.records, log, options));
  if (pruning.total.checkpoints + pruning.total.writes > 0) {
    await pruning.run(true, (log) => planElements(core.records, log));
  }
  return pruning.total;
}

function mustOptions({ keepLast, madeSinceMs }: CheckpointPruneOptions): void {
  if ((keepLast === undefined) === (madeSinceMs === undefined)) {
    throw invalid('keepLast', 'must be given, or madeSinceMs, and not both');
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
  readonly #threadId: ThreadId;
  total: CheckpointPruning = { checkpoints: 0, writes: 0, elements: 0, reclaimedBytes: 0 };

  constructor({ core, principal }: Reading, threadId: ThreadId) {
    this.#core = core;
    this.#principal = principal;
    this.#threadId = threadId;
  }

  /** `isSweep`: elements are deleted, and ids that were learned before do not count any more. */
  async run(isSweep: boolean, plan: Planner): Promise<void> {
    for (let attempt = 1; attempt <= stalePlansMax; attempt++) {
      if (await this.#carryOut(isSweep, plan)) return;
    }
    // Others write all the time: they wait while the rest is planned and done at once.
    await this.#write(async (draft) => {
      const log = await readLog(this.#core.records, this.#threadId);
      return this.#delete(draft, log ? await plan(log) : [], isSweep);
    });
  }

  /** False: the thread was written to, so that the rest must be planned anew. */
  async #carryOut(isSweep: boolean, plan: Planner): Promise<boolean> {
    let version = await this.#version(); // before anything that the plan is made of
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

  /** Returns whether the step was carried out, and counts what it took away. */
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
    await authorize({ core: this.#core, principal: this.#principal }, 'delete', draft.head);
    if (doomed.length === 0) return doomed;
    for (const { table, key } of doomed) draft.delete({ table, key });
    const log = await logInDraft({ core: this.#core, draft });
    if (isSweep) putLog(draft, log, { epoch: log.row.epoch + 1 });
    draft.head = { ...draft.head };
    return doomed;
  }
}
