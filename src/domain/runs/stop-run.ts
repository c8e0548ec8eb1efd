import { supervisorOf } from './run-supervisor.ts';
import { mustHead } from '../access/authorize.ts';
import type { Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
import { finishRun } from './finish-run.ts';
import { mustRun } from './list-runs.ts';
import { maskRuns } from './mask-runs.ts';
import type { Run } from '../../api/run.ts';
import { mustEnd } from './run-rights.ts';

/**
 * Ends a run, wherever it runs, with what is stored of it; the process that works on it finds out when it
 * next writes. See `RunsApi.stop`.
 */
export async function stopRun(
  core: Core,
  principal: Principal,
  threadId: string,
  runId: string,
): Promise<Run> {
  const head = await mustHead(core, principal, 'append', threadId);
  const row = await mustRun(core, principal, head, runId);
  mustEnd(principal, head, row);
  const ended = await finishRun(core, head.id, row.id, { status: 'cancelled' });
  supervisorOf(core).abort(row.id);
  const [run] = await maskRuns(core, principal, [ended ?? row]);
  return run!; // one in, one out
}
