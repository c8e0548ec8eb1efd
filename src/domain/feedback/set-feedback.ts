import {
  feedbackCommentMax,
  ratings,
  type Feedback,
  type NewFeedback,
  type FeedbackRating,
} from '../../api/feedback.ts';
import { feedback, type FeedbackRow } from '../../records/tables.ts';
import { invalid } from '../../shared/error.ts';
import { isoTime } from '../../shared/iso-time.ts';
import { publicThreadId, type ItemId, type ThreadIdText } from '../../shared/ids.ts';
import { mustKnownKeys, mustOneOf } from '../../shared/validate.ts';
import { authorize, mustTarget, mustUserId } from '../access/authorize.ts';
import type { Drafting, Reading, Writing } from '../base/core.ts';
import { mustItemInDraft, mustShownItem } from '../items/annotated-item.ts';

/** See `FeedbackApi.set`. */
export async function setFeedback(
  reading: Reading,
  threadId: ThreadIdText,
  inputs: readonly NewFeedback[],
): Promise<Feedback[]> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  const prepared = mustList(inputs, 'feedback').map(prepare);
  if (prepared.length === 0) return [];
  const rows = await core.writer.write(thread, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'react');
    const written: FeedbackRow[] = [];
    for (const given of prepared) written.push(await rate(writing, userId, given));
    return written;
  });
  return rows.map(presentFeedback);
}

/** See `FeedbackApi.remove`. Also one who may write no more takes back what they said. */
export async function removeFeedback(
  reading: Reading,
  threadId: ThreadIdText,
  itemIds: readonly string[],
): Promise<void> {
  const { core, principal } = reading;
  const thread = mustTarget(reading, threadId);
  const userId = mustUserId(principal);
  if (mustList(itemIds, 'itemIds').length === 0) return;
  await core.writer.write(thread, async (draft) => {
    const writing = await authorize({ core, principal, draft }, 'read');
    for (const itemId of itemIds) {
      const { id } = await mustItemInDraft(writing, itemId);
      const stored = await feedbackIn(writing, id, userId);
      const key = [draft.head.id, id, userId];
      if (stored) draft.writeVersioned(feedback, key, undefined, stored);
    }
  });
}

/** How many items one call may rate. */
const feedbackMax = 100;

function mustList<T>(inputs: readonly T[], path: string): readonly T[] {
  if (Array.isArray(inputs) && inputs.length <= feedbackMax) return inputs;
  throw invalid(path, `must be an array of at most ${feedbackMax} entries`);
}

const knownKeys: ReadonlySet<string> = new Set<keyof NewFeedback>(['itemId', 'rating', 'comment']);

function prepare(input: NewFeedback, i: number): NewFeedback {
  const path = `feedback.${i}`;
  mustKnownKeys(input, knownKeys, path);
  const { itemId, comment } = input;
  const rating = mustOneOf(ratings, input.rating, `${path}.rating`);
  if (comment === undefined) return { itemId, rating };
  return { itemId, rating, comment: mustComment(comment, `${path}.comment`) };
}

function mustComment(value: unknown, path: string): string {
  const isText = typeof value === 'string' && value !== '';
  if (isText && value.length <= feedbackCommentMax && value.isWellFormed()) return value;
  throw invalid(path, `must be text of 1 to ${feedbackCommentMax} characters`);
}

async function rate(writing: Writing, userId: string, given: NewFeedback): Promise<FeedbackRow> {
  const { draft } = writing;
  const { id: itemId } = await mustShownItem(writing, given.itemId);
  const stored = await feedbackIn(writing, itemId, userId);
  const { rating, comment } = given;
  if (stored?.rating === rating && stored.comment === comment) return stored;
  const row: FeedbackRow = {
    threadId: draft.head.id,
    itemId,
    userId,
    rating,
    comment,
    createdAt: stored?.createdAt ?? draft.nowMs,
    updatedAt: draft.nowMs,
    version: (stored?.version ?? 0) + 1,
  };
  draft.writeVersioned(feedback, [row.threadId, itemId, userId], row, stored);
  return row;
}

async function feedbackIn(
  { core, draft }: Drafting,
  itemId: ItemId,
  userId: string,
): Promise<FeedbackRow | undefined> {
  const key = [draft.head.id, itemId, userId];
  const written = draft.findVersioned(feedback, key);
  return written ? written.row : core.records.get(feedback, key);
}

export function presentFeedback(row: FeedbackRow): Feedback {
  return {
    threadId: publicThreadId(row.threadId),
    itemId: row.itemId,
    userId: row.userId,
    rating: row.rating as FeedbackRating, // `prepare` has checked it
    ...(row.comment !== undefined && { comment: row.comment }),
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
  };
}
