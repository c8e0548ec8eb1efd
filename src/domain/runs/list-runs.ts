import { type ThreadIdText, publicThreadId } from '../../shared/ids.ts';
import { invalid, notFound } from '../../shared/error.ts';
import {
  runs,
  streams,
  type RunRow,
  type StreamRow,
  type ThreadRow,
} from '../../records/tables.ts';
import { readThread } from '../access/read-thread.ts';
import type { Reading, Visiting } from '../base/core.ts';
import { paginate, type ListSource } from '../base/paginate.ts';
import type { Page } from '../../api/page.ts';
import type { StreamInfo } from '../../api/stream.ts';
import { presentStream } from '../streams/write-streams.ts';
import { mustOneOf, mustShortText, mustKnowOptions } from '../../shared/validate.ts';
import { maskRuns } from './present-run.ts';
import { runStatuses, type Run, type RunListOptions } from '../../api/run.ts';
import { knownRuns, mustFollow } from './run-rights.ts';

/** See `RunsApi.list`. */
export function listRuns(
  reading: Reading,
  threadId: ThreadIdText,
  options: RunListOptions = {},
): Promise<Page<Run>> {
  const { core } = reading;
  return readThread(reading, threadId, (head, visiting) => {
    mustKnowOptions(options, runOptions);
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
      present: (rows) => presentKnownRuns(visiting, head, rows),
    };
    return paginate(source, options);
  });
}

/** See `RunsApi.get`. */
export function getRun(reading: Reading, threadId: ThreadIdText, runId: string): Promise<Run> {
  return readThread(reading, threadId, async (head, visiting) => {
    const [run] = await maskRuns(reading, [await mustRun(visiting, head, runId)]);
    return run!; // one in, one out
  });
}

/** Omits the runs that the caller may not know of. */
export async function presentKnownRuns(
  reading: Visiting,
  head: ThreadRow,
  rows: readonly RunRow[],
): Promise<(Run | undefined)[]> {
  const known = await knownRuns(reading, head, rows);
  const masked = await maskRuns(
    reading,
    known.filter((row) => row !== undefined),
  );
  const byId = new Map(masked.map((run) => [run.id, run]));
  return rows.map(({ id }) => byId.get(id));
}

/** The thread is part of the key: a run of another thread is not found. */
export async function mustRun(reading: Visiting, head: ThreadRow, runId: string): Promise<RunRow> {
  const { core } = reading;
  const row = await core.records.get(runs, [head.id, mustShortText(runId, 'runId')]);
  const [known] = row ? await knownRuns(reading, head, [row]) : [];
  if (known === undefined) throw notFound('The run');
  return known;
}

/** See `StreamsApi.get`. */
export function getStream(
  reading: Reading,
  threadId: ThreadIdText,
  streamId: string,
): Promise<StreamInfo> {
  const { core } = reading;
  return readThread(reading, threadId, async (head, visiting) => {
    const key = [head.id, mustShortText(streamId, 'streamId')];
    const row = await core.records.get(streams, key);
    if (row === undefined) throw notFound('The stream');
    await mustFollow(visiting, head, row);
    return presentStreamInfo(row);
  });
}

/** See `StreamsApi.active`. */
export function findActiveStream(
  reading: Reading,
  threadId: ThreadIdText,
): Promise<StreamInfo | undefined> {
  const { core } = reading;
  return readThread(reading, threadId, async (head, visiting) => {
    const running = await core.records.scan(runs, {
      index: 'byStatus',
      prefix: [head.id, 'running'],
      reverse: true,
      limit: 10,
    });
    for (const run of await knownRuns(visiting, head, running)) {
      if (run === undefined) continue;
      const row = await core.records.get(streams, [head.id, run.streamId]);
      if (row?.status === 'active') return presentStreamInfo(row);
    }
    return undefined;
  });
}

/** The token allows resuming the stream, so readers do not get it. */
function presentStreamInfo(row: StreamRow): StreamInfo {
  const { resumeToken: _token, snapshot: _snapshot, ...info } = presentStream(row);
  return { ...info, threadId: publicThreadId(row.threadId) };
}

const runOptions = {
  limit: true,
  after: true,
  before: true,
  status: true,
  inputItemId: true,
} as const;
