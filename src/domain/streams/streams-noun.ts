import type { OperatorStreamsApi } from '../../api/stream.ts';
import { chunks, streams } from '../../records/tables.ts';
import { each } from '../base/each.ts';
import type { Noun } from '../base/noun.ts';
import { dropStream, findStream, openStream } from './stream-log.ts';
import { createStream, updateStream } from './write-streams.ts';
import { examineStreams } from './examine-streams.ts';

/** Durable logs of chunks. Readers follow them through the runs noun (`runs-noun.ts`). */
export const streamsNoun: Noun<object, { streams: Omit<OperatorStreamsApi, 'read'> }> = {
  name: 'streams',
  tables: [chunks, streams],
  examine: { thread: examineStreams },
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
