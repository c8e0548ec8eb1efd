import type { Item } from '../item.ts';
import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';
import type { PinsApi } from '../pin.ts';
import type { WithVerbs } from '../verb.ts';

export const pinEndpoints = {
  pinItem: 'PUT /v1/threads/{threadId}/items/{itemId}/pin',
  unpinItem: 'DELETE /v1/threads/{threadId}/items/{itemId}/pin',
  listPins: 'GET /v1/threads/{threadId}/pins',
} as const;

/** Each operation is a verb, and these are the slots of its arguments. */
export const pinVerbs = {
  pinItem: ['pins.add', 'threadId', ['itemId'], 'options'],
  unpinItem: ['pins.remove', 'threadId', ['itemId'], 'options'],
  listPins: ['pins.list', 'threadId', 'query'],
} as const;

export const pinTable = {
  group: 'Pins',
  parameters: { itemId: { description: "An item's id." } },
  operations: {
    pinItem: {
      summary: 'Pin an item',
      description: [
        'For the owner and moderators, and for both in a direct thread.',
        'A thread has at most 50 pins.',
      ],
      takesIfMatch: true,
      responses: { 200: { description: 'The item.', schema: 'Item' } },
      errors: ['conflict'],
    },
    unpinItem: {
      summary: 'Take the pin from an item',
      takesIfMatch: true,
      responses: { 204: { description: 'The item is not pinned.' } },
    },
    listPins: {
      summary: 'List the pinned items',
      description: ['As far as you see them, the newest first.'],
      query: 'PinListQuery',
      responses: { 200: { description: 'A page of items.', schema: 'PinPage' } },
    },
  },
} as const;

interface PinTypes {
  readonly schemas: { readonly Item: Item; readonly PinPage: Page<Item> };
  readonly queries: { readonly PinListQuery: PageOptions };
}

export type PinNoun = WithVerbs<
  NounOf<typeof pinEndpoints, typeof pinTable, PinTypes>,
  typeof pinVerbs,
  { readonly pins: PinsApi }
>;
