import type { ThreadIdText } from '../../shared/ids.ts';
import { supervisorOf } from './run-supervisor.ts';
import { mustVisit } from '../access/authorize.ts';
import type { Reading } from '../base/core.ts';
import { finishRun } from './finish-run.ts';
import { mustRun } from './list-runs.ts';
import { maskRuns } from './present-run.ts';
import type { Run } from '../../api/run.ts';
import { mustEnd } from './run-rights.ts';

/**
 * Ends a run on any process, with the stored part of its answer. The process that works on it
 * notices at its next write. See `RunsApi.stop`.
 */
export async function stopRun(
  reading: Reading,
  threadId: ThreadIdText,
  runId: string,
): Promise<Run> {
  const { core } = reading;
  const { head, visiting } = await mustVisit(reading, 'append', threadId);
  const row = await mustRun(visiting, head, runId);
  mustEnd(visiting.principal, row);
  const ended = await finishRun(core, head.id, row.id, { status: 'cancelled' });
  supervisorOf(core).abort(row.id);
  const [run] = await maskRuns(reading, [ended ?? row]);
  return run!; // one in, one out
}
