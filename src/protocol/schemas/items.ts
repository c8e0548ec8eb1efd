import { z } from 'zod';
import {
  changeTypes,
  itemVisibilities,
  roles,
  type Change,
  type Item,
  type NewItem,
  type ItemListOptions,
  type ItemPage,
} from '../../api/item.ts';
import type { AppendBody, ItemList, ItemNoun, ItemPatch } from '../operations/items.ts';
import {
  itemIdField,
  listOf,
  metadataField,
  partsField,
  textParameter,
  threadIdField,
  timeField,
} from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageCursors, pageParameters } from './pages.ts';

export const itemViews = ['current', 'log', 'context'] as const;

const visibilityField = z
  .enum(itemVisibilities)
  .describe('visible: people and the model see it; hidden: the model only; archived: neither.');

export const newItemSchema: z.ZodType<NewItem> = z
  .strictObject({
    role: z.enum(roles),
    parts: partsField.exactOptional(),
    text: z
      .string()
      .describe('Short for one text part. Give either parts or text.')
      .exactOptional(),
    key: z
      .string()
      .describe(
        'Your own key, at most 128 characters: the same key with the same content is a retry.',
      )
      .exactOptional(),
    authorId: z.string().describe('Default: the caller, for the role user.').exactOptional(),
    runId: z.string().exactOptional(),
    spanId: z.string().exactOptional(),
    parentId: z.string().describe('The item that this one replies to.').exactOptional(),
    visibility: visibilityField.exactOptional(),
    private: z.boolean().describe('For the owner and the author only, for ever.').exactOptional(),
    attempt: z.int().min(1).exactOptional(),
    requestId: z.string().describe("Default: the request's X-Request-Id.").exactOptional(),
    replacesId: z
      .string()
      .describe('Makes this item the newest revision of that one.')
      .exactOptional(),
    metadata: metadataField.exactOptional(),
  })
  .describe('An item to append.');

export const itemSchema: z.ZodType<Item> = z
  .looseObject({
    id: itemIdField,
    threadId: threadIdField,
    authorId: z.string().exactOptional(),
    role: z.enum(roles),
    parts: partsField,
    runId: z.string().exactOptional(),
    spanId: z.string().exactOptional(),
    parentId: itemIdField.exactOptional(),
    visibility: visibilityField,
    private: z.boolean(),
    attempt: z.int(),
    requestId: z.string(),
    key: z.string().exactOptional(),
    replacesId: itemIdField.exactOptional(),
    replacedById: itemIdField.describe('The newest revision of this item.').exactOptional(),
    redactedAt: timeField.exactOptional(),
    metadata: metadataField,
    createdAt: timeField,
  })
  .describe('An immutable record of a thread. Its id is its place in the order.');

export const changeSchema: z.ZodType<Change> = z
  .looseObject({
    version: z.int(),
    type: z.enum(changeTypes),
    itemId: itemIdField,
    revisionId: itemIdField.exactOptional(),
    authorId: z.string().exactOptional(),
    createdAt: timeField,
  })
  .describe('An amendment of something already in the log.');

export const appendBodySchema: z.ZodType<AppendBody> = z
  .strictObject({ items: listOf(newItemSchema) })
  .describe('At most 1,000 items, appended in one commit.');

export const itemPatchSchema: z.ZodType<ItemPatch> = z.strictObject({
  visibility: visibilityField,
});

export const itemListQuery: z.ZodType<ItemListOptions> = z.strictObject({
  ...pageParameters,
  order: z
    .enum(['asc', 'desc'])
    .describe('asc unless given. With neither cursor, desc begins with the newest.')
    .exactOptional(),
  view: z
    .enum(itemViews)
    .describe(
      'current, unless given: what people see; log: every row; context: what the model gets.',
    )
    .exactOptional(),
  runId: textParameter('Only the items of this run.').exactOptional(),
  spanId: textParameter('Only the items of this span.').exactOptional(),
  parentId: textParameter('Only the replies to this item.').exactOptional(),
  key: textParameter('Only the item with this key.').exactOptional(),
});

export const itemListSchema: z.ZodType<ItemList> = z.looseObject({ data: z.array(itemSchema) });

export const itemPageSchema: z.ZodType<ItemPage> = z.looseObject({
  data: z.array(itemSchema),
  ...pageCursors,
  cursor: z
    .string()
    .describe('Give it to the live tail as `after`: nothing after this page is missed.'),
});

export const itemSchemas: NounSchemas<ItemNoun> = {
  schemas: {
    NewItem: newItemSchema,
    AppendItems: appendBodySchema,
    ItemPatch: itemPatchSchema,
    Item: itemSchema,
    ItemList: itemListSchema,
    ItemPage: itemPageSchema,
    Change: changeSchema,
  },
  queries: { ItemListQuery: itemListQuery },
};
