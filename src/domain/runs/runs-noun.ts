import type { RunsApi } from '../../api/run.ts';
import type { OperatorStreamsApi, StreamsApi } from '../../api/stream.ts';
import { runs } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { readAnyStream } from './follow-stream.ts';
import { supervisorOf } from './run-supervisor.ts';
import { createRunsApi, createStreamsApi } from './runs-api.ts';
import { silenceRuns } from './silence-runs.ts';
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
  onRedact: silenceRuns,
  start: (core) => supervisorOf(core).start(),
  stop: (core) => supervisorOf(core).stop(),
};
