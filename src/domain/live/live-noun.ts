import type { OpenLiveChannel } from '../../api/live.ts';
import type { ThreadsApi } from '../../api/threads-api.ts';
import type { Noun } from '../base/noun.ts';
import { openLiveChannel } from './live-channel.ts';
import { tellTyping } from './tell-typing.ts';
import { readLive } from './read-live.ts';

/** Readers that follow a thread, or many. */
export const liveNoun: Noun<{
  threads: Pick<ThreadsApi, 'live' | 'typing'>;
  live: OpenLiveChannel;
}> = {
  name: 'live',
  api: (reading) => ({
    threads: {
      live: (id, options) => readLive(reading, id, options),
      typing: (id, typing) => tellTyping(reading, id, typing),
    },
    live: (options) => openLiveChannel(reading, options),
  }),
};
