import type { ItemNoun } from '../../api/operations/items.ts';
import { json } from '../plain-response.ts';
import type { Actions } from '../call.ts';

export const itemActions: Actions<ItemNoun> = {
  async appendItems(call) {
    const { data, replayed } = await call.project.items.appendWithOutcome(
      call.param('threadId'),
      call.body.items,
      call.writeOptions(),
    );
    return json(replayed ? 200 : 201, { data });
  },

  listItems: async (call) =>
    json(200, await call.project.items.list(call.param('threadId'), call.query)),

  getItem: async (call) =>
    json(200, await call.project.items.get(call.param('threadId'), call.param('itemId'))),

  async updateItem(call) {
    const update = { id: call.param('itemId'), visibility: call.body.visibility };
    const [item] = await call.project.items.update(call.param('threadId'), [update]);
    return json(200, item!); // one update gives one item
  },

  async redactItem(call) {
    const [item] = await call.project.items.redact(call.param('threadId'), [call.param('itemId')]);
    return json(200, item!); // likewise
  },
};
