import type { ItemListOptions } from '../../api/item.ts';
import {
  appendBodySchema,
  itemListQuery,
  itemPatchSchema,
  type AppendBody,
  type ItemPatch,
} from '../../protocol/items.ts';
import { json } from '../answer.ts';
import { defineRoute, type AnswerDescription, type Route } from '../route.ts';

const itemAnswer: AnswerDescription = { description: 'The item.', schema: 'Item' };

const appendItems = defineRoute<AppendBody>({
  method: 'POST',
  path: '/v1/threads/{threadId}/items',
  name: 'appendItems',
  group: 'Items',
  summary: 'Append items',
  description:
    'All in one commit, durable when the answer comes. Safe to repeat when every item has a `key`, or with an ' +
    'Idempotency-Key.',
  access: 'caller',
  body: {
    schema: appendBodySchema,
    name: 'AppendItems',
    example: { items: [{ role: 'user', text: 'This is critical.', key: 'message-1' }] },
  },
  takesIdempotencyKey: true,
  answers: {
    200: {
      description: 'The items were there already: the request was a retry.',
      schema: 'ItemList',
    },
    201: { description: 'The items as stored.', schema: 'ItemList' },
  },
  async action(call) {
    const { items } = call.body;
    const outcome = await call.project.items.appendWithOutcome(
      call.param('threadId'),
      items,
      call.writeOptions(),
    );
    return json(outcome.replayed ? 200 : 201, { data: outcome.data });
  },
});

const listItems = defineRoute<undefined, ItemListOptions>({
  method: 'GET',
  path: '/v1/threads/{threadId}/items',
  name: 'listItems',
  group: 'Items',
  summary: 'List items',
  description: 'In the order of the thread. `cursor` of the answer is where a live tail continues.',
  access: 'caller',
  query: itemListQuery,
  answers: { 200: { description: 'A page of items.', schema: 'ItemPage' } },
  action: async (call) =>
    json(200, await call.project.items.list(call.param('threadId'), call.query)),
});

const getItem = defineRoute({
  method: 'GET',
  path: '/v1/threads/{threadId}/items/{itemId}',
  name: 'getItem',
  group: 'Items',
  summary: 'Read an item',
  access: 'caller',
  answers: { 200: itemAnswer },
  action: async (call) =>
    json(200, await call.project.items.get(call.param('threadId'), call.param('itemId'))),
});

const updateItem = defineRoute<ItemPatch>({
  method: 'PATCH',
  path: '/v1/threads/{threadId}/items/{itemId}',
  name: 'updateItem',
  group: 'Items',
  summary: "Change an item's visibility",
  description:
    'Nothing else of an item ever changes: to edit one, append an item with `replacesId`.',
  access: 'caller',
  body: { schema: itemPatchSchema, name: 'ItemPatch', example: { visibility: 'hidden' } },
  answers: { 200: itemAnswer },
  async action(call) {
    const update = { id: call.param('itemId'), visibility: call.body.visibility };
    const [item] = await call.project.items.update(call.param('threadId'), [update]);
    return json(200, item);
  },
});

const redactItem = defineRoute({
  method: 'DELETE',
  path: '/v1/threads/{threadId}/items/{itemId}',
  name: 'redactItem',
  group: 'Items',
  summary: 'Redact an item',
  description:
    'Removes its parts for good, of all its revisions and wherever forks inherit it. A tombstone keeps its place.',
  access: 'caller',
  answers: { 200: { ...itemAnswer, description: 'The tombstone.' } },
  async action(call) {
    const [item] = await call.project.items.redact(call.param('threadId'), [call.param('itemId')]);
    return json(200, item);
  },
});

export const itemRoutes: readonly Route[] = [
  appendItems,
  listItems,
  getItem,
  updateItem,
  redactItem,
];
