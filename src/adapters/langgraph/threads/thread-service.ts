import type {
  ThreadMetadataPageOptions,
  MessageHistory,
  MessagePageOptions,
  ThreadListResponse,
} from '../../../api/operations/thread-metadata.ts';

export interface HistoryOptions extends MessagePageOptions {
  /**
   * The reader: a thread that this user may not read is `not_found`. Default: the server itself.
   */
  readonly userId?: string;
}

/**
 * A user's threads and their messages, for trusted code: it answers for any user. Users and threads
 * have UUIDs; threads with other ids are left out. Throws `SkeinError`: `invalid_request` for an id
 * that is not a UUID, or an invalid limit or cursor; `not_found` for a missing thread.
 */
export interface ThreadService {
  /**
   * Most recent first; the default `limit` is 100. `total` counts the user's threads up to a bound,
   * on a Skein store 1,000: that number means as many or more.
   */
  listThreads(userId: string, options?: ThreadMetadataPageOptions): Promise<ThreadListResponse>;
  /** Oldest first; the default `limit` is 1,000. */
  getHistory(threadId: string, options?: HistoryOptions): Promise<MessageHistory>;
}
