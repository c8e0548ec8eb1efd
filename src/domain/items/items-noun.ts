import type { ItemsApi } from '../../api/item.ts';
import { changes, items } from '../../records/tables.ts';
import type { Noun } from '../base/noun.ts';
import { refreshInForks } from '../head/refresh-preview.ts';
import { appendItems } from './append-items.ts';
import { getItem, listItems } from './list-items.ts';
import { redactInForks, redactItems } from './redact-items.ts';
import { setItemVisibility } from './set-item-visibility.ts';

/** The records of a thread's log. */
export const itemsNoun: Noun<{ items: ItemsApi }> = {
  name: 'items',
  tables: [changes, items],
  api: (core, principal) => ({
    items: {
      append: async (id, items, options) =>
        (await appendItems(core, principal, id, items, options)).data,
      appendWithOutcome: (id, items, options) => appendItems(core, principal, id, items, options),
      list: (id, options) => listItems(core, principal, id, options),
      get: (id, itemId) => getItem(core, principal, id, itemId),
      update: (id, updates) => setItemVisibility(core, principal, id, updates),
      redact: (id, itemIds) => redactItems(core, principal, id, itemIds),
    },
  }),
  tasks: { redact: redactInForks, refresh: refreshInForks },
};
