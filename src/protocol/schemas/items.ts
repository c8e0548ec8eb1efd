import { z } from 'zod';
import { timePattern } from '../../shared/iso-time.ts';
import {
  changeTypes,
  itemVisibilities,
  roles,
  type Change,
  type Item,
  type NewItem,
  type ItemListOptions,
  type ItemPage,
  type ReplyListOptions,
} from '../../api/item.ts';
import type { AppendBody, ItemList, ItemNoun, ItemPatch } from '../../api/operations/items.ts';
import {
  booleanParameter,
  itemIdField,
  itemParameter,
  itemReference,
  listOf,
  metadataField,
  partsField,
  shortTextField,
  nameParameter,
  threadIdField,
  timeField,
} from './fields.ts';
import { limits } from '../../api/limits.ts';
import type { PageOptions } from '../../api/page.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageCursors, pageOf, pageParameters } from './pages.ts';
import { reactionSchema } from './reactions.ts';

export const itemViews = ['current', 'log', 'context'] as const;

const visibilityField = z
  .enum(itemVisibilities)
  .describe(
    'visible: shown to people and the model; hidden: to the model only; archived: to neither.',
  );

export const newItemSchema: z.ZodType<NewItem> = z
  .strictObject({
    role: z.enum(roles),
    parts: partsField.meta({ ...partsField.meta(), minItems: 1 }).exactOptional(),
    text: z
      .string()
      .describe('Shorthand for one text part. Give either parts or text.')
      .exactOptional(),
    key: shortTextField(limits.keyLengthMax)
      .describe(
        "The client's own key, at most 128 characters: the same key with the same content is a retry.",
      )
      .exactOptional(),
    authorId: shortTextField().describe('Default: the caller, for the role user.').exactOptional(),
    runId: shortTextField().exactOptional(),
    spanId: shortTextField().exactOptional(),
    parentId: itemReference.describe('The item that this one replies to.').exactOptional(),
    visibility: visibilityField.exactOptional(),
    private: z
      .boolean()
      .describe(
        'Read only by its author, by the user whose question it answers, and by the owner of a thread of the ' +
          'mode assistant or in which no other user takes part. Cannot be changed.',
      )
      .exactOptional(),
    sawPrivate: z
      .boolean()
      .describe('A model or a tool made it with something private in view: read as if private.')
      .exactOptional(),
    attempt: z.int().min(1).meta({ maximum: 1_000_000 }).exactOptional(),
    requestId: shortTextField().describe("Default: the request's X-Request-Id.").exactOptional(),
    replacesId: itemReference
      .describe('Makes this item the newest revision of the given one.')
      .exactOptional(),
    metadata: metadataField.exactOptional(),
  })
  .meta({ oneOf: [{ required: ['parts'] }, { required: ['text'] }] })
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
    sawPrivate: z
      .literal(true)
      .describe('An answer that saw something private: for the owner and the user that it answers.')
      .exactOptional(),
    attempt: z.int(),
    requestId: z.string(),
    key: z.string().exactOptional(),
    replacesId: itemIdField.exactOptional(),
    replacedById: itemIdField.describe('The newest revision of this item.').exactOptional(),
    redactedAt: timeField.exactOptional(),
    metadata: metadataField,
    createdAt: timeField,
    reactions: z
      .array(reactionSchema)
      .describe('In the order in which the emoji first came. Absent if there are none.')
      .exactOptional(),
    pinned: z.literal(true).describe('It is pinned in the thread.').exactOptional(),
  })
  .describe("An immutable entry of a thread's log. Ids sort in log order.");

export const changeSchema: z.ZodType<Change> = z
  .looseObject({
    version: z.int(),
    type: z.enum(changeTypes),
    itemId: itemIdField,
    revisionId: itemIdField.exactOptional(),
    authorId: z.string().exactOptional(),
    createdAt: timeField,
  })
  .describe('A change to something already in the log.');

export const appendBodySchema: z.ZodType<AppendBody> = z
  .strictObject({ items: listOf(newItemSchema) })
  .describe('At most 1,000 items, appended in one commit.');

export const itemPatchSchema: z.ZodType<ItemPatch> = z.strictObject({
  visibility: visibilityField,
});

const orderParameter = z
  .enum(['asc', 'desc'])
  .describe('Default asc. Without a cursor, desc begins with the newest.')
  .exactOptional();

const replyListQuery: z.ZodType<ReplyListOptions> = z.strictObject({
  ...pageParameters,
  order: orderParameter,
});

const revisionListQuery: z.ZodType<PageOptions> = z.strictObject(pageParameters);

export const itemListQuery: z.ZodType<ItemListOptions> = z.strictObject({
  ...pageParameters,
  order: orderParameter,
  view: z
    .enum(itemViews)
    .describe('current (default): what people see; log: every row; context: what the model gets.')
    .exactOptional(),
  runId: nameParameter(
    'Only the items of this run. Not with spanId, parentId or key.',
  ).exactOptional(),
  spanId: nameParameter(
    'Only the items of this span. Not with runId, parentId or key.',
  ).exactOptional(),
  parentId: nameParameter(
    'Only the replies to this item. Not with runId, spanId or key.',
  ).exactOptional(),
  key: nameParameter(
    'Only the item with this key. Not with runId, spanId or parentId.',
  ).exactOptional(),
  private: booleanParameter(
    'false: without private items and answers that saw some; true: only these.',
  ).exactOptional(),
  around: itemParameter(
    'An item: the page has it in its middle. Not with at, after or before.',
  ).exactOptional(),
  at: z
    .string()
    .meta({ format: 'date-time', pattern: timePattern })
    .describe('A time (ISO 8601): the page is around it. Not with around, after or before.')
    .exactOptional(),
});

export const itemListSchema: z.ZodType<ItemList> = z.looseObject({ data: z.array(itemSchema) });

export const itemPageSchema: z.ZodType<ItemPage> = z.looseObject({
  data: z.array(itemSchema),
  ...pageCursors,
  cursor: z
    .string()
    .describe('Give it to the live tail as `after` to miss nothing after this page.'),
});

export const itemSchemas: NounSchemas<ItemNoun> = {
  schemas: {
    NewItem: newItemSchema,
    AppendItems: appendBodySchema,
    ItemPatch: itemPatchSchema,
    Item: itemSchema,
    ItemList: itemListSchema,
    ItemPage: itemPageSchema,
    ReplyPage: pageOf(itemSchema),
    RevisionPage: pageOf(itemSchema),
    Change: changeSchema,
  },
  queries: {
    ItemListQuery: itemListQuery,
    ReplyListQuery: replyListQuery,
    RevisionListQuery: revisionListQuery,
  },
};
