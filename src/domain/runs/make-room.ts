import { SkeinError } from '../../shared/error.ts';
import type { RunRow } from '../../records/tables.ts';
import type { ThreadDraft } from '../../records/thread-draft.ts';
import { finishInDraft } from './finish-run.ts';
import { runPolicies, type RunPolicy } from '../../api/run.ts';
import { mustUnredactedItem } from './must-unredacted-item.ts';
import type { Start } from './run-request.ts';
import { isCompared, mayEnd, mustEnd } from './run-rights.ts';
import { activeRunsMax, findRun, findRunsBy } from './run-rows.ts';

/** Applies the policy to the runs that are active. Returns whether the new ones have to wait. */
export async function makeRoom(start: Start, draft: ThreadDraft): Promise<boolean> {
  const { core } = start;
  const continued = await continuedRun(start, draft);
  // Whoever was asked something and goes on without answering has answered.
  for (const run of await findRunsBy({ core, draft }, ['interrupted'])) {
    const isTheirs = run.id !== continued?.id && mayEnd(start.principal, draft.head, run);
    if (isTheirs) await finishInDraft({ core, draft }, run, { status: 'cancelled' });
  }
  const active = await findRunsBy({ core, draft }, ['queued', 'running']);
  const alive = [];
  for (const run of active) {
    if ((run.leaseExpiresAt ?? 0) > draft.nowMs) alive.push(run);
    else await finishInDraft({ core, draft }, run, lapsed);
  }
  if (alive.length === 0) return false;
  if (alive.length >= activeRunsMax)
    throw new SkeinError('rate_limited', 'Too many runs wait in this thread; try again later.');
  return applyPolicy(start, draft, alive);
}

/** How a run ends whose process gave no sign of life in time. */
export const lapsed = {
  status: 'failed',
  error: {
    code: 'lease_expired',
    message: 'The server that worked on this answer has gone away. What it had written is kept.',
    retryable: true,
  },
} as const;

async function applyPolicy(
  start: Start,
  draft: ThreadDraft,
  alive: readonly RunRow[],
): Promise<boolean> {
  switch (start.policy ?? policyOf(draft)) {
    case 'enqueue':
      return true;
    case 'interrupt':
      for (const run of alive) mustEnd(start.principal, draft.head, run);
      for (const run of alive) {
        await finishInDraft({ core: start.core, draft }, run, { status: 'cancelled' });
      }
      return false;
    case 'reject':
      throw new SkeinError(
        'conflict',
        `A run is active in this thread (${alive[0]!.id}): wait for it, stop it, or start with the policy enqueue or interrupt.`,
      );
  }
}

function policyOf(draft: ThreadDraft): RunPolicy {
  const { runPolicy } = draft.head.metadata;
  return runPolicies.find((policy) => policy === runPolicy) ?? 'reject';
}

/** An answer goes on once: what is added to it after that would overwrite what it became. */
export async function mustStillWait(start: Start, draft: ThreadDraft): Promise<void> {
  const content = start.prepared.at(-1)?.content;
  const isContinuation = content?.role === 'assistant' && content.replacesId !== undefined;
  if (!isContinuation || content.runId === undefined) return;
  if (await continuedRun(start, draft)) return;
  throw new SkeinError('conflict', 'The answer does not wait for anything any more.');
}

/** The run that waits for people and whose answer the new one continues, if so. */
export async function continuedRun(start: Start, draft: ThreadDraft): Promise<RunRow | undefined> {
  const { core, replacesId } = start;
  const replaced =
    replacesId === undefined
      ? undefined
      : await mustUnredactedItem({ core, draft }, replacesId, 'replacesId');
  const run =
    replaced?.runId === undefined ? undefined : await findRun({ core, draft }, replaced.runId);
  if (run?.status !== 'interrupted') return undefined;
  if (run.comparisonId !== undefined) throw isCompared();
  return run;
}
