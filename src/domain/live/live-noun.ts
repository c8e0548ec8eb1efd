import type { OpenLiveChannel } from '../../api/live.ts';
import type { ThreadsApi } from '../../api/threads-api.ts';
import type { Noun } from '../base/noun.ts';
import { openLiveChannel } from './live-channel.ts';
import { readLive } from './read-live.ts';

/** Readers that follow a thread, or many. */
export const liveNoun: Noun<{
  threads: Pick<ThreadsApi, 'live'>;
  live: OpenLiveChannel;
}> = {
  name: 'live',
  api: (reading) => ({
    threads: { live: (id, options) => readLive(reading, id, options) },
    live: (options) => openLiveChannel(reading, options),
  }),
};
