import type {
  ThreadMetadataPageOptions,
  MessageHistory,
  MessagePageOptions,
  ThreadListResponse,
} from '../../../protocol/thread-metadata.ts';

export interface HistoryOptions extends MessagePageOptions {
  /** Who asks: a thread that this user may not read is `not_found`. Left out, the server itself asks. */
  readonly userId?: string;
}

/**
 * A user's threads and what was said in them, for trusted code: it answers for whichever user it is
 * asked about. Users and threads have UUIDs; threads with other ids are left out. Throws `SkeinError`:
 * `invalid_request` for an id that is no UUID, a limit or a cursor that is none, `not_found` for a thread
 * that is not there.
 */
export interface ThreadService {
  /**
   * Most recent first, `limit` 100 unless given. `total` counts all of the user's threads up to a bound, on
   * a Skein store 1,000: so many means so many or more.
   */
  listThreads(userId: string, options?: ThreadMetadataPageOptions): Promise<ThreadListResponse>;
  /** Oldest first, `limit` 1,000 unless given. */
  getHistory(threadId: string, options?: HistoryOptions): Promise<MessageHistory>;
}
