import { SkeinError } from '../../shared/error.ts';
import type { RunRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import type { Drafting } from '../base/core.ts';
import { finishInDraft, lapsed } from './finish-run.ts';
import { runPolicies, type RunPolicy } from '../../api/run.ts';
import type { Starting } from './run-request.ts';
import { comparedError, mayEnd, mustEnd, mustUnredactedItem } from './run-rights.ts';
import { activeRunsMax, findRun, findRunsBy } from './run-rows.ts';

/**
 * Applies the policy to the active runs. `continued` waits for people, who are now continuing it.
 * Returns whether the new runs must wait.
 */
export async function makeRoom(
  starting: Starting,
  continued: RunRow | undefined,
): Promise<boolean> {
  const { principal, draft } = starting;
  // A user who was asked something and continues without answering has declined.
  for (const run of await findRunsBy(starting, ['interrupted'])) {
    const isTheirs = run.id !== continued?.id && mayEnd(principal, run);
    if (isTheirs) await finishInDraft(starting, run, { status: 'cancelled' });
  }
  const alive = [];
  for (const run of await findRunsBy(starting, ['queued', 'running'])) {
    if ((run.leaseExpiresAt ?? 0) > draft.nowMs) alive.push(run);
    else await finishInDraft(starting, run, lapsed);
  }
  if (alive.length === 0) return false;
  if (alive.length >= activeRunsMax)
    throw new SkeinError(
      'rate_limited',
      'Too many runs are waiting in this thread. Try again later.',
    );
  return applyPolicy(starting, alive);
}

async function applyPolicy(starting: Starting, alive: readonly RunRow[]): Promise<boolean> {
  const { principal, draft } = starting;
  switch (starting.policy ?? policyOf(draft)) {
    case 'enqueue':
      return true;
    case 'interrupt':
      for (const run of alive) mustEnd(principal, run);
      for (const run of alive) await finishInDraft(starting, run, { status: 'cancelled' });
      return false;
    case 'reject':
      throw new SkeinError(
        'conflict',
        `A run is active in this thread (${alive[0]!.id}): wait for it, stop it, or start with the policy enqueue or interrupt.`,
      );
  }
}

function policyOf(draft: ThreadDraft): RunPolicy {
  const { hasAgents, metadata } = draft.head;
  const named = runPolicies.find((policy) => policy === metadata.runPolicy);
  // Where agents answer by themselves, people cannot know that one is about to.
  return named ?? (hasAgents ? 'enqueue' : 'reject');
}

/** The waiting run whose answer the new one continues, if any. */
export async function findContinued(
  drafting: Drafting,
  replacesId: string | undefined,
): Promise<RunRow | undefined> {
  if (replacesId === undefined) return undefined;
  const { runId } = await mustUnredactedItem(drafting, replacesId, 'replacesId');
  const run = runId === undefined ? undefined : await findRun(drafting, runId);
  if (run?.status !== 'interrupted') return undefined;
  if (run.comparisonId !== undefined) throw comparedError();
  return run;
}
