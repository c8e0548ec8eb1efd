import type { FeedbackApi } from '../../api/feedback.ts';
import { feedback } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { dropFeedback, dropRestOfFeedback } from './drop-feedback.ts';
import { examineFeedback } from './examine-feedback.ts';
import { listFeedback } from './list-feedback.ts';
import { removeFeedback, setFeedback } from './set-feedback.ts';

/** What users think of items. */
export const feedbackNoun: Noun<{ feedback: FeedbackApi }> = {
  name: 'feedback',
  tables: [feedback],
  examine: { thread: examineFeedback },
  api: (reading) => ({
    feedback: {
      set: (threadId, inputs) => setFeedback(reading, threadId, inputs),
      remove: (threadId, itemIds) => removeFeedback(reading, threadId, itemIds),
      list: (threadId, options) => listFeedback(reading, threadId, options),
    },
  }),
  tasks: { 'drop-feedback': dropRestOfFeedback },
  onRedact: dropFeedback,
};
