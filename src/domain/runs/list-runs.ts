import { invalid, notFound } from '../../shared/error.ts';
import type { ThreadId } from '../../shared/ids.ts';
import { runs, streams, type RunRow, type StreamRow } from '../../records/tables.ts';
import type { Principal } from '../access/principal.ts';
import { readThread } from '../access/read-thread.ts';
import type { Core } from '../core.ts';
import { paginate, type ListSource } from '../paginate.ts';
import type { Page } from '../project-api.ts';
import type { StreamInfo } from '../streams/stream.ts';
import { presentStream } from '../streams/write-streams.ts';
import { mustOneOf, mustShortText } from '../validate.ts';
import { maskRuns } from './mask-runs.ts';
import { runStatuses, type Run, type RunListOptions } from './run.ts';

/** See `RunsApi.list`. */
export function listRuns(
  core: Core,
  principal: Principal,
  threadId: string,
  options: RunListOptions = {},
): Promise<Page<Run>> {
  return readThread(core, principal, threadId, (head) => {
    const { status, inputItemId } = options;
    if (status !== undefined) mustOneOf(runStatuses, status, 'status');
    if (inputItemId !== undefined) mustShortText(inputItemId, 'inputItemId');
    if (status !== undefined && inputItemId !== undefined)
      throw invalid('inputItemId', 'cannot be combined with status');
    const value = status ?? inputItemId;
    const prefix = value === undefined ? [head.id] : [head.id, value];
    const index = status === undefined ? 'byInput' : 'byStatus';
    const source: ListSource<RunRow, Run> = {
      list: `runs ${head.id} ${value === undefined ? '' : `${index} ${value}`}`,
      shape: ['string'],
      isDescending: false,
      scan: (range) =>
        core.records.scan(runs, {
          ...range,
          prefix,
          ...(value !== undefined && { index }),
        }),
      positionOf: ({ id }) => [id],
      present: (rows) => maskRuns(core, principal, rows),
    };
    return paginate(source, options);
  });
}

/** See `RunsApi.get`. */
export function getRun(
  core: Core,
  principal: Principal,
  threadId: string,
  runId: string,
): Promise<Run> {
  return readThread(core, principal, threadId, async (head) => {
    const [run] = await maskRuns(core, principal, [await mustRun(core, head.id, runId)]);
    return run!; // one in, one out
  });
}

/** The row's own thread is part of its key: a run of another thread is not found. */
export async function mustRun(core: Core, threadId: ThreadId, runId: string): Promise<RunRow> {
  const row = await core.records.get(runs, [threadId, mustShortText(runId, 'runId')]);
  if (row === undefined) throw notFound('The run');
  return row;
}

/** See `StreamsApi.get`. */
export function getStream(
  core: Core,
  principal: Principal,
  threadId: string,
  streamId: string,
): Promise<StreamInfo> {
  return readThread(core, principal, threadId, async (head) => {
    const key = [head.id, mustShortText(streamId, 'streamId')];
    const row = await core.records.get(streams, key);
    if (row === undefined) throw notFound('The stream');
    return presentStreamInfo(row);
  });
}

/** See `StreamsApi.active`. */
export function findActiveStream(
  core: Core,
  principal: Principal,
  threadId: string,
): Promise<StreamInfo | undefined> {
  return readThread(core, principal, threadId, async (head) => {
    const running = await core.records.scan(runs, {
      index: 'byStatus',
      prefix: [head.id, 'running'],
      reverse: true,
      limit: 10,
    });
    for (const run of running) {
      const row = await core.records.get(streams, [head.id, run.streamId]);
      if (row?.status === 'active') return presentStreamInfo(row);
    }
    return undefined;
  });
}

/** Whoever has the token may take the stream up again, so readers do not get it. */
function presentStreamInfo(row: StreamRow): StreamInfo {
  const { resumeToken: _token, snapshot: _snapshot, ...info } = presentStream(row);
  return info;
}
