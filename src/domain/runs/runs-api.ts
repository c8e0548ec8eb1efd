import type { Principal } from '../../api/principal.ts';
import type { Core } from '../base/core.ts';
import { readStream, readStreamGroups } from './follow-stream.ts';
import type { StreamsApi } from '../../api/stream.ts';
import { findActiveStream, getRun, getStream, listRuns } from './list-runs.ts';
import type { RunsApi } from '../../api/run.ts';
import { startRun } from './start-run.ts';
import { stopRun } from './stop-run.ts';

/** The runs of a project, for one caller. */
export function createRunsApi(core: Core, principal: Principal): RunsApi {
  return {
    start: (threadId, run, options) => startRun(core, principal, threadId, run, options),
    get: (threadId, runId) => getRun(core, principal, threadId, runId),
    list: (threadId, options) => listRuns(core, principal, threadId, options),
    stop: (threadId, runId) => stopRun(core, principal, threadId, runId),
  };
}

/** The streams of a project, for one caller. */
export function createStreamsApi(core: Core, principal: Principal): StreamsApi {
  return {
    get: (threadId, streamId) => getStream(core, principal, threadId, streamId),
    active: (threadId) => findActiveStream(core, principal, threadId),
    read: (threadId, streamId, options) => readStream(core, principal, threadId, streamId, options),
    readGroups: (threadId, streamId, options) =>
      readStreamGroups(core, principal, threadId, streamId, options),
  };
}
