import type { Reading } from '../base/core.ts';
import { readStream, readStreamGroups } from './follow-stream.ts';
import type { StreamsApi } from '../../api/stream.ts';
import { findActiveStream, getRun, getStream, listRuns } from './list-runs.ts';
import type { RunsApi } from '../../api/run.ts';
import { startRun } from './start-run.ts';
import { stopRun } from './stop-run.ts';

/** The runs of a project, for one caller. */
export function createRunsApi(reading: Reading): RunsApi {
  return {
    start: (threadId, run, options) => startRun(reading, threadId, run, options),
    get: (threadId, runId) => getRun(reading, threadId, runId),
    list: (threadId, options) => listRuns(reading, threadId, options),
    stop: (threadId, runId) => stopRun(reading, threadId, runId),
  };
}

/** The streams of a project, for one caller. */
export function createStreamsApi(reading: Reading): StreamsApi {
  return {
    get: (threadId, streamId) => getStream(reading, threadId, streamId),
    active: (threadId) => findActiveStream(reading, threadId),
    read: (threadId, streamId, options) => readStream(reading, threadId, streamId, options),
    readGroups: (threadId, streamId, options) =>
      readStreamGroups(reading, threadId, streamId, options),
  };
}
