import type { ItemId, ThreadId } from '../shared/ids.ts';
import type { Page, PageOptions } from './page.ts';

export const ratings = ['up', 'down'] as const;
export type FeedbackRating = (typeof ratings)[number];

/** The most characters of a comment. */
export const feedbackCommentMax = 4000;

/** What a user thinks of an item. Its author and those who lead the thread read it. */
export interface Feedback {
  readonly threadId: ThreadId;
  /** The item as readers know it: the original, if it was edited. */
  readonly itemId: ItemId;
  readonly userId: string;
  readonly rating: FeedbackRating;
  readonly comment?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601. */
  readonly updatedAt: string;
}

export interface NewFeedback {
  readonly itemId: string;
  readonly rating: FeedbackRating;
  /** At most 4,000 characters. Without one, an earlier comment goes. */
  readonly comment?: string;
}

export interface FeedbackListOptions extends PageOptions {
  /** Only what is on this item. */
  readonly itemId?: string;
  /** Only the caller's own. */
  readonly mine?: boolean;
}

export interface FeedbackApi {
  /**
   * Rates items, at most 100 in one commit. A user has one rating of an item: the last one counts.
   *
   * @example
   * await project.feedback.set(thread.id, [{ itemId: answer.id, rating: 'up' }]);
   */
  set(threadId: string, feedback: readonly NewFeedback[]): Promise<Feedback[]>;
  /** Takes the caller's feedback back, at most 100. An item without any is left out. */
  remove(threadId: string, itemIds: readonly string[]): Promise<void>;
  /**
   * The caller's own feedback in a thread, and that of all users for its owner and moderators; in
   * the order of the items. What is on items that the caller does not see is left out.
   */
  list(threadId: string, options?: FeedbackListOptions): Promise<Page<Feedback>>;
}
