import type {
  Change,
  Item,
  ItemListOptions,
  ItemPage,
  ItemsApi,
  ItemVisibility,
  NewItem,
  ReplyListOptions,
} from '../item.ts';
import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';
import type { WithVerbs } from '../verb.ts';

export const itemEndpoints = {
  appendItems: 'POST /v1/threads/{threadId}/items',
  listItems: 'GET /v1/threads/{threadId}/items',
  getItem: 'GET /v1/threads/{threadId}/items/{itemId}',
  updateItem: 'PATCH /v1/threads/{threadId}/items/{itemId}',
  redactItem: 'DELETE /v1/threads/{threadId}/items/{itemId}',
  listReplies: 'GET /v1/threads/{threadId}/items/{itemId}/replies',
  listRevisions: 'GET /v1/threads/{threadId}/items/{itemId}/revisions',
} as const;

export const itemVerbs = {
  appendItems: ['items.appendWithOutcome', 'threadId', 'body.items', 'options'],
  listItems: ['items.list', 'threadId', 'query'],
  getItem: ['items.get', 'threadId', 'itemId'],
  updateItem: ['items.update', 'threadId', [{ id: 'itemId', '...': 'body' }], 'options'],
  redactItem: ['items.redact', 'threadId', ['itemId'], 'options'],
  listReplies: ['items.replies', 'threadId', 'itemId', 'query'],
  listRevisions: ['items.revisions', 'threadId', 'itemId', 'query'],
} as const;

export const itemTable = {
  group: 'Items',
  parameters: { itemId: { description: "An item's id." } },
  operations: {
    appendItems: {
      summary: 'Append items',
      description: [
        'All in one commit, which is durable before the response is sent.',
        'Safe to repeat if every item has a `key`, or with an Idempotency-Key.',
      ],
      body: {
        schema: 'AppendItems',
        example: { items: [{ role: 'user', text: 'This is critical.', key: 'message-1' }] },
      },
      takesIdempotencyKey: true,
      takesIfMatch: true,
      responses: {
        200: {
          description: 'The items existed already: the request was a retry.',
          schema: 'ItemList',
        },
        201: { description: 'The items as stored.', schema: 'ItemList' },
      },
    },
    listItems: {
      summary: 'List items',
      description: [
        'In the order of the thread.',
        'A live tail continues from the `cursor` of the response.',
      ],
      query: 'ItemListQuery',
      exampleQuery: '?order=desc&limit=20',
      responses: { 200: { description: 'A page of items.', schema: 'ItemPage' } },
    },
    getItem: {
      summary: 'Read an item',
      responses: { 200: { description: 'The item.', schema: 'Item' } },
    },
    updateItem: {
      summary: "Change an item's visibility",
      description: [
        'Nothing else in an item can change: to edit one, append an item with `replacesId`.',
      ],
      body: { schema: 'ItemPatch', example: { visibility: 'hidden' } },
      takesIfMatch: true,
      responses: { 200: { description: 'The item.', schema: 'Item' } },
    },
    redactItem: {
      summary: 'Redact an item',
      description: [
        'Permanently removes its parts from all its revisions and from forks that inherit it.',
        'A tombstone stays in its place.',
      ],
      takesIfMatch: true,
      responses: { 200: { description: 'The tombstone.', schema: 'Item' } },
    },
    listReplies: {
      summary: 'List the replies to an item',
      description: [
        'In the order of the thread, as far as you see them, also those to its revisions.',
      ],
      query: 'ReplyListQuery',
      exampleQuery: '?limit=20',
      responses: { 200: { description: 'A page of items.', schema: 'ReplyPage' } },
    },
    listRevisions: {
      summary: 'List the revisions of an item',
      description: [
        'The original first, then what has replaced it.',
        "For its author, the thread's owner and moderators.",
      ],
      query: 'RevisionListQuery',
      responses: { 200: { description: 'A page of items.', schema: 'RevisionPage' } },
    },
  },
} as const;

export interface AppendBody {
  readonly items: readonly NewItem[];
}

export interface ItemPatch {
  readonly visibility: ItemVisibility;
}

export interface ItemList {
  readonly data: readonly Item[];
}

interface ItemTypes {
  readonly schemas: {
    readonly NewItem: NewItem;
    readonly AppendItems: AppendBody;
    readonly ItemPatch: ItemPatch;
    readonly Item: Item;
    readonly ItemList: ItemList;
    readonly ItemPage: ItemPage;
    readonly ReplyPage: Page<Item>;
    readonly RevisionPage: Page<Item>;
    readonly Change: Change;
  };
  readonly queries: {
    readonly ItemListQuery: ItemListOptions;
    readonly ReplyListQuery: ReplyListOptions;
    readonly RevisionListQuery: PageOptions;
  };
}

export type ItemNoun = WithVerbs<
  NounOf<typeof itemEndpoints, typeof itemTable, ItemTypes>,
  typeof itemVerbs,
  { readonly items: ItemsApi }
>;
