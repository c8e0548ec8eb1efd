import type { Feedback, FeedbackApi, FeedbackListOptions, NewFeedback } from '../feedback.ts';
import type { NounOf } from '../operation.ts';
import type { Page } from '../page.ts';
import type { WithVerbs } from '../verb.ts';

export const feedbackEndpoints = {
  setFeedback: 'PUT /v1/threads/{threadId}/items/{itemId}/feedback',
  removeFeedback: 'DELETE /v1/threads/{threadId}/items/{itemId}/feedback',
  listFeedback: 'GET /v1/threads/{threadId}/feedback',
} as const;

/** Each operation is a verb, and these are the slots of its arguments. */
export const feedbackVerbs = {
  setFeedback: ['feedback.set', 'threadId', [{ itemId: 'itemId', '...': 'body' }]],
  removeFeedback: ['feedback.remove', 'threadId', ['itemId']],
  listFeedback: ['feedback.list', 'threadId', 'query'],
} as const;

export const feedbackTable = {
  group: 'Feedback',
  parameters: { itemId: { description: "An item's id." } },
  operations: {
    setFeedback: {
      summary: 'Rate an item',
      description: [
        'For those who may write. One rating a user: the last one counts, with its comment.',
        'You read it, and the owner and moderators of the thread. The version of the thread stays.',
      ],
      body: { schema: 'SetFeedback', example: { rating: 'down', comment: 'The sum is wrong.' } },
      responses: { 200: { description: 'Your feedback.', schema: 'Feedback' } },
      errors: ['conflict'],
    },
    removeFeedback: {
      summary: 'Take feedback back',
      responses: { 204: { description: 'The item has no feedback of yours.' } },
    },
    listFeedback: {
      summary: 'List feedback',
      description: [
        'Your own; of all users if you own or moderate the thread. In the order of the items.',
      ],
      query: 'FeedbackListQuery',
      responses: { 200: { description: 'A page of feedback.', schema: 'FeedbackPage' } },
    },
  },
} as const;

interface FeedbackTypes {
  readonly schemas: {
    readonly SetFeedback: Omit<NewFeedback, 'itemId'>;
    readonly Feedback: Feedback;
    readonly FeedbackPage: Page<Feedback>;
  };
  readonly queries: { readonly FeedbackListQuery: FeedbackListOptions };
}

export type FeedbackNoun = WithVerbs<
  NounOf<typeof feedbackEndpoints, typeof feedbackTable, FeedbackTypes>,
  typeof feedbackVerbs,
  { readonly feedback: FeedbackApi }
>;
