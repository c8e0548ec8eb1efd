import type { RunsApi, RunStatus } from '../../api/run.ts';
import type { OperatorStreamsApi, StreamsApi } from '../../api/stream.ts';
import { runs, type RunRow } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import type { Drafting, Reading } from '../base/core.ts';
import type { Leaving } from '../base/transfer.ts';
import { readAnyStream, readStream, readStreamGroups } from './follow-stream.ts';
import { findActiveStream, getRun, getStream, listRuns } from './list-runs.ts';
import { findRunsBy, writeRun } from './run-rows.ts';
import { supervisorOf } from './run-supervisor.ts';
import { neutralizeErrors, neutralizeRest } from './neutralize-errors.ts';
import { silenceRuns } from './silence-runs.ts';
import { startRun } from './start-run.ts';
import { stopRun } from './stop-run.ts';
import { examineRuns } from './examine-runs.ts';

/** Executions of models and agents, and the streams of their answers. */
export const runsNoun: Noun<
  { runs: RunsApi; streams: StreamsApi },
  { streams: Pick<OperatorStreamsApi, 'read'> }
> = {
  name: 'runs',
  tables: [runs],
  examine: { thread: examineRuns },
  api: (reading) => ({
    runs: createRunsApi(reading),
    streams: createStreamsApi(reading),
  }),
  operatorApi: (core) => ({
    streams: { read: (stream, options = {}) => readAnyStream(core, stream, options) },
  }),
  onDelete: dropRuns,
  tasks: { 'neutralize-errors': neutralizeRest },
  async onRedact(drafting, rows, originalId) {
    await neutralizeErrors(drafting);
    return silenceRuns(drafting, rows, originalId);
  },
  transfer: { rows: { runs: (leaving) => [runsOfLeaving(leaving)] } },
  start: (core) => supervisorOf(core).start(),
  stop: (core) => supervisorOf(core).stop(),
};

/** The runs of a project, for one caller. */
function createRunsApi(reading: Reading): RunsApi {
  return {
    start: (threadId, run, options) => startRun(reading, threadId, run, options),
    get: (threadId, runId) => getRun(reading, threadId, runId),
    list: (threadId, options) => listRuns(reading, threadId, options),
    stop: (threadId, runId) => stopRun(reading, threadId, runId),
  };
}

/** The streams of a project, for one caller. */
function createStreamsApi(reading: Reading): StreamsApi {
  return {
    get: (threadId, streamId) => getStream(reading, threadId, streamId),
    active: (threadId) => findActiveStream(reading, threadId),
    read: (threadId, streamId, options) => readStream(reading, threadId, streamId, options),
    readGroups: (threadId, streamId, options) =>
      readStreamGroups(reading, threadId, streamId, options),
  };
}

/** No process goes on with a run elsewhere: one that is at work is written as interrupted. */
async function* runsOfLeaving(leaving: Leaving): AsyncGenerator<RunRow> {
  for await (const row of leaving.own(runs)) {
    const isActive = row.status === 'queued' || row.status === 'running';
    const status: RunStatus = 'interrupted';
    yield isActive ? { ...row, status, leaseExpiresAt: undefined } : row;
  }
}

/**
 * Called when the thread is being deleted: nothing more is stored of its runs, however fast they
 * write. Their rows and streams are deleted with the thread.
 */
async function dropRuns(drafting: Drafting): Promise<void> {
  const { draft } = drafting;
  for (const run of await findRunsBy(drafting, ['running'])) {
    const ended = { status: 'cancelled', leaseExpiresAt: undefined, endedAt: draft.nowMs };
    writeRun(draft, { ...run, ...ended }, run);
  }
}
