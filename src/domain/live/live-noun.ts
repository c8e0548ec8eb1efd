import type { ThreadsApi } from '../../api/threads-api.ts';
import type { Noun } from '../base/noun.ts';
import { readLive } from './read-live.ts';

/** Readers that follow a thread. */
export const liveNoun: Noun<{ threads: Pick<ThreadsApi, 'live'> }> = {
  name: 'live',
  api: (reading) => ({
    threads: { live: (id, options) => readLive(reading, id, options) },
  }),
};
