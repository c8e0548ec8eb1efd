import type { ItemNoun } from '../../api/operations/items.ts';
import { json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const itemActions: Actions<ItemNoun> = {
  async updateItem(call) {
    const update = { id: call.param('itemId'), visibility: call.body.visibility };
    const [item] = await call.project.items.update(call.param('threadId'), [update]);
    return json(200, item!); // one update gives one item
  },
};
