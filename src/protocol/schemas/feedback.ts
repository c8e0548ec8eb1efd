import { z } from 'zod';
import {
  feedbackCommentMax,
  ratings,
  type Feedback,
  type FeedbackListOptions,
  type NewFeedback,
} from '../../api/feedback.ts';
import type { FeedbackNoun } from '../../api/operations/feedback.ts';
import {
  booleanParameter,
  itemIdField,
  itemParameter,
  threadIdField,
  timeField,
} from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

const feedbackSchema: z.ZodType<Feedback> = z.looseObject({
  threadId: threadIdField,
  itemId: itemIdField.describe('The original, if the item was edited.'),
  userId: z.string(),
  rating: z.enum(ratings),
  comment: z.string().exactOptional(),
  createdAt: timeField,
  updatedAt: timeField,
});

const setSchema: z.ZodType<Omit<NewFeedback, 'itemId'>> = z.strictObject({
  rating: z.enum(ratings),
  comment: z
    .string()
    .min(1)
    .max(feedbackCommentMax)
    .describe('Without one, an earlier comment goes.')
    .exactOptional(),
});

const listQuery: z.ZodType<FeedbackListOptions> = z.strictObject({
  ...pageParameters,
  itemId: itemParameter('Only what is on this item.').exactOptional(),
  mine: booleanParameter('Only your own.').exactOptional(),
});

export const feedbackSchemas: NounSchemas<FeedbackNoun> = {
  schemas: {
    SetFeedback: setSchema,
    Feedback: feedbackSchema,
    FeedbackPage: pageOf(feedbackSchema),
  },
  queries: { FeedbackListQuery: listQuery },
};
