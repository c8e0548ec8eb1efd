import type { OperatorRestoreApi } from '../../api/restore.ts';
import { each } from '../base/each.ts';
import type { Noun } from '../base/noun.ts';
import { restoreThread } from './restore-thread.ts';

/** Threads that come from elsewhere, with their owners, times and ids. */
export const restoreNoun: Noun<object, OperatorRestoreApi> = {
  name: 'restore',
  operatorApi: (core) => ({
    restore: (threads) => each(threads, (thread) => restoreThread(core, thread)),
  }),
};
