import type { Page, PageOptions } from './page.ts';
import type { Thread } from './thread.ts';

/** A thread with what its head tells besides of what was said in it. */
export interface ThreadMetadata {
  readonly thread: Thread;
  /**
   * What users and assistants said and people see; edits are no messages of their own. Of what a
   * fork below the newest item inherits, every item counts.
   */
  readonly messageCount: number;
  /** What the user or the assistant said last; its text is empty where it has no words. */
  readonly lastMessage?: LastMessage;
  /** Of a derived title: the first 50 characters, on one line, of the text that it comes from. */
  readonly opening?: string;
}

/** What the user or the assistant said last. */
export interface LastMessage {
  readonly role: string;
  /** Its words, cut as a preview; the empty text where it has none. */
  readonly text: string;
}

export interface ThreadMetadataApi {
  /** The caller's own threads that are not archived, most recent first, from their heads alone. */
  list(options?: PageOptions): Promise<Page<ThreadMetadata>>;
}
