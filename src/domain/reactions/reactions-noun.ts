import type { ReactionsApi } from '../../api/reaction.ts';
import { reactionCounts, reactions } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { examineReactions } from './examine-reactions.ts';
import { dropReactions, dropRest } from './follow-items.ts';
import { listReactions } from './list-reactions.ts';
import { addReactions, removeReactions } from './set-reactions.ts';

/** The emoji with which users react to items. */
export const reactionsNoun: Noun<{ reactions: ReactionsApi }> = {
  name: 'reactions',
  tables: [reactions, reactionCounts],
  examine: { thread: examineReactions },
  api: (reading) => ({
    reactions: {
      add: (threadId, inputs) => addReactions(reading, threadId, inputs),
      remove: (threadId, inputs) => removeReactions(reading, threadId, inputs),
      list: (threadId, itemId, emoji, options) =>
        listReactions(reading, threadId, { itemId, emoji }, options),
    },
  }),
  tasks: { 'drop-reactions': dropRest },
  onRedact: dropReactions,
};
