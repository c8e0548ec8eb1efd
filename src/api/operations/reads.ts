import type { NounOf } from '../operation.ts';
import type { Page, PageOptions } from '../page.ts';
import type { ReadMark, ReadsApi, ReadState, Receipt } from '../reading-state.ts';
import type { WithVerbs } from '../verb.ts';

export const readEndpoints = {
  markRead: 'PUT /v1/threads/{threadId}/read',
  markUnread: 'POST /v1/threads/{threadId}/unread',
  markDelivered: 'PUT /v1/threads/{threadId}/delivered',
  listReceipts: 'GET /v1/threads/{threadId}/receipts',
} as const;

/** Each operation is a verb, and these are the slots of its arguments. */
export const readVerbs = {
  markRead: ['reads.mark', 'threadId', 'body'],
  markUnread: ['reads.markUnread', 'threadId', 'body'],
  markDelivered: ['reads.markDelivered', 'threadId', 'body'],
  listReceipts: ['reads.receipts', 'threadId', 'query'],
} as const;

export const readTable = {
  group: 'Reading state',
  parameters: {},
  operations: {
    markRead: {
      summary: 'Mark a thread as read',
      description: ['Up to this item. It never goes back.'],
      body: {
        schema: 'ReadMark',
        example: { itemId: '01920000-0000-7000-8000-000000000001' },
      },
      responses: { 200: { description: 'How far you have read.', schema: 'ReadState' } },
    },
    markUnread: {
      summary: 'Mark a thread as unread',
      description: ['From this item on: it goes back, also beyond what you have written yourself.'],
      body: {
        schema: 'ReadMark',
        example: { itemId: '01920000-0000-7000-8000-000000000001' },
      },
      responses: { 200: { description: 'How far you have read.', schema: 'ReadState' } },
    },
    markDelivered: {
      summary: 'Mark items as delivered',
      description: ['Up to this one they have reached a device of yours. It never goes back.'],
      body: {
        schema: 'ReadMark',
        example: { itemId: '01920000-0000-7000-8000-000000000001' },
      },
      responses: { 200: { description: 'How far you have read.', schema: 'ReadState' } },
    },
    listReceipts: {
      summary: 'List receipts',
      description: [
        'How far each participant has read, by user id. For those who take part.',
        'Channels and public threads have none.',
      ],
      query: 'ReceiptListQuery',
      responses: { 200: { description: 'A page of receipts.', schema: 'ReceiptPage' } },
    },
  },
} as const;

interface ReadTypes {
  readonly schemas: {
    readonly ReadMark: ReadMark;
    readonly ReadState: ReadState;
    readonly Receipt: Receipt;
    readonly ReceiptPage: Page<Receipt>;
  };
  readonly queries: { readonly ReceiptListQuery: PageOptions };
}

export type ReadNoun = WithVerbs<
  NounOf<typeof readEndpoints, typeof readTable, ReadTypes>,
  typeof readVerbs,
  { readonly reads: ReadsApi }
>;
