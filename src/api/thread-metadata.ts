import type { Page, PageOptions } from './page.ts';
import type { Thread } from './thread.ts';

/** A thread with what its head knows about its messages. */
export interface ThreadMetadata {
  readonly thread: Thread;
  /**
   * Visible messages of users and assistants; an edit is not a message of its own. A fork below the
   * newest item counts every inherited item.
   */
  readonly messageCount: number;
  /** The last message of a user or an assistant; its text is empty if it has no words. */
  readonly lastMessage?: LastMessage;
  /**
   * For a derived title: the first 50 characters, on one line, of the text that the title comes
   * from.
   */
  readonly opening?: string;
}

/** The last message of a user or an assistant. */
export interface LastMessage {
  readonly role: string;
  /** The message's text, cut to a preview; empty if it has none. */
  readonly text: string;
}

export interface ThreadMetadataApi {
  /**
   * The caller's own threads that are not archived, most recent first, read from their heads alone.
   */
  list(options?: PageOptions): Promise<Page<ThreadMetadata>>;
}
