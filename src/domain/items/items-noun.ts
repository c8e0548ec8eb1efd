import type { ItemsApi } from '../../api/item.ts';
import { changes, items } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { refreshInForks } from '../head/refresh-preview.ts';
import { appendItems } from './append-items.ts';
import { examineItems } from './examine-items.ts';
import { getItem, listItems } from './list-items.ts';
import { listReplies } from './list-replies.ts';
import { listRevisions } from './list-revisions.ts';
import { redactInForks, redactItems } from './redact-items.ts';
import { setItemVisibility } from './set-item-visibility.ts';

/** The entries of a thread's log. */
export const itemsNoun: Noun<{ items: ItemsApi }> = {
  name: 'items',
  tables: [changes, items],
  api: (reading) => ({
    items: {
      append: async (id, items, options) => (await appendItems(reading, id, items, options)).data,
      appendWithOutcome: (id, items, options) => appendItems(reading, id, items, options),
      list: (id, options) => listItems(reading, id, options),
      get: (id, itemId) => getItem(reading, id, itemId),
      replies: (id, itemId, options) => listReplies(reading, id, itemId, options),
      revisions: (id, itemId, options) => listRevisions(reading, id, itemId, options),
      update: (id, updates, options) => setItemVisibility(reading, id, updates, options),
      redact: (id, itemIds, options) => redactItems(reading, id, itemIds, options),
    },
  }),
  examine: { thread: examineItems },
  tasks: { redact: redactInForks, refresh: refreshInForks },
};
