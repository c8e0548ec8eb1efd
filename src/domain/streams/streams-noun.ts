import type { OperatorStreamsApi, StreamStatus } from '../../api/stream.ts';
import { chunks, streams, type StreamRow } from '../../records/tables.ts';
import type { Row } from '../../records/records.ts';
import { each } from '../base/each.ts';
import type { Noun } from '../base/noun.ts';
import type { Leaving } from '../base/transfer.ts';
import { dropStream, findStream, openStream } from './stream-log.ts';
import { createStream, updateStream } from './write-streams.ts';
import { examineStreams } from './examine-streams.ts';

/** Durable logs of chunks. Readers follow them through the runs noun (`runs-noun.ts`). */
export const streamsNoun: Noun<object, { streams: Omit<OperatorStreamsApi, 'read'> }> = {
  name: 'streams',
  tables: [chunks, streams],
  examine: { thread: examineStreams },
  transfer: {
    rows: { streams: (leaving) => [streamsOfLeaving(leaving)] },
    arrive: { streams: withNewToken },
  },
  operatorApi: (core) => ({
    streams: {
      create: (streams) => each(streams, (stream) => createStream(core, stream)),
      update: (updates) => each(updates, (update) => updateStream(core, update)),
      delete: async (streams) => {
        await each(streams, (stream) => dropStream(core, stream));
      },
      find: (stream) => findStream(core, stream),
      open: (stream) => openStream(core, stream),
    },
  }),
};

/** Nothing is written to a stream elsewhere, and its token stays with its store. */
async function* streamsOfLeaving(leaving: Leaving): AsyncGenerator<StreamRow> {
  for await (const row of leaving.own(streams)) {
    const aborted: StreamStatus = 'aborted';
    yield { ...row, resumeToken: '', status: row.status === 'active' ? aborted : row.status };
  }
}

/** So that an empty token opens nothing. */
function withNewToken(row: Row): Row {
  return { ...row, resumeToken: crypto.randomUUID() };
}
