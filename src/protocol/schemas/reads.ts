import { z } from 'zod';
import type { ReadNoun } from '../../api/operations/reads.ts';
import type { PageOptions } from '../../api/page.ts';
import type { ReadMark, ReadState, Receipt } from '../../api/reading-state.ts';
import { itemIdField, itemReference, threadIdField } from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

const markSchema: z.ZodType<ReadMark> = z.strictObject({
  itemId: itemReference.describe('An item of the thread.'),
});

const stateSchema: z.ZodType<ReadState> = z.looseObject({
  threadId: threadIdField,
  readItemId: itemIdField.nullable(),
  deliveredItemId: itemIdField.nullable(),
  unread: z.int().describe('How many messages of others follow.'),
});

const receiptSchema: z.ZodType<Receipt> = z.looseObject({
  userId: z.string(),
  readItemId: itemIdField.nullable(),
  deliveredItemId: itemIdField.nullable(),
});

const receiptListQuery: z.ZodType<PageOptions> = z.strictObject(pageParameters);

export const readSchemas: NounSchemas<ReadNoun> = {
  schemas: {
    ReadMark: markSchema,
    ReadState: stateSchema,
    Receipt: receiptSchema,
    ReceiptPage: pageOf(receiptSchema),
  },
  queries: { ReceiptListQuery: receiptListQuery },
};
