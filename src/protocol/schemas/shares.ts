import { z } from 'zod';
import { roles } from '../../api/item.ts';
import type { ShareNoun, SharedLiveQuery } from '../../api/operations/shares.ts';
import type {
  IssuedShare,
  NewShare,
  Share,
  SharedItem,
  SharedItemOptions,
  SharedThread,
  ThreadSharing,
} from '../../api/share.ts';
import { threadModes, threadVisibilities } from '../../api/thread.ts';
import {
  itemIdField,
  itemReference,
  onlyIf,
  partsField,
  shortTextField,
  textParameter,
  timeField,
  threadIdField,
} from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';
import { threadSchema } from './threads.ts';

const secondsMax = 366 * 24 * 60 * 60;

const newShare: z.ZodType<NewShare> = z
  .strictObject({
    expiresInSeconds: z
      .int()
      .min(1)
      .max(secondsMax)
      .describe('Default: the link does not expire.')
      .exactOptional(),
    frozen: z.boolean().describe('Shows the thread as it is now. Default false.').exactOptional(),
    atItemId: itemReference
      .describe('The last item that readers see, which makes the link frozen.')
      .exactOptional(),
    title: shortTextField(200).describe("Default: the thread's.").exactOptional(),
    showAuthors: z.boolean().describe('Default false.').exactOptional(),
  })
  .meta({ allOf: [onlyIf('atItemId', { frozen: { const: true } })] });

const share: z.ZodType<Share> = z.looseObject({
  id: z.string(),
  threadId: threadIdField,
  createdBy: z.string(),
  createdAt: timeField,
  frozenItemId: itemIdField.exactOptional(),
  expiresAt: timeField.exactOptional(),
  revokedAt: timeField.exactOptional(),
  title: z.string().exactOptional(),
  showAuthors: z.boolean(),
  views: z.int(),
  lastViewedAt: timeField.exactOptional(),
});

const sharing: z.ZodType<ThreadSharing> = z.looseObject({
  visibility: z.enum(threadVisibilities),
  canShare: z.boolean(),
  shareUrl: z.string().nullable(),
});

const issuedShare: z.ZodType<IssuedShare> = z.looseObject({
  share,
  token: z.string().describe('Shown this once.'),
  url: z.string(),
});

const sharedThread: z.ZodType<SharedThread> = z.looseObject({
  title: z.string(),
  mode: z.enum(threadModes),
  isFrozen: z.boolean(),
  showsAuthors: z.boolean(),
  createdAt: timeField,
  updatedAt: timeField,
  expiresAt: timeField.exactOptional(),
});

const sharedItem: z.ZodType<SharedItem> = z.looseObject({
  id: itemIdField,
  role: z.enum(roles),
  parts: partsField,
  parentId: itemIdField.exactOptional(),
  authorId: z.string().exactOptional(),
  createdAt: timeField,
  reactions: z
    .array(z.looseObject({ emoji: z.string(), count: z.int() }))
    .describe('Absent if there are none, and in frozen links.')
    .exactOptional(),
});

const itemsQuery: z.ZodType<SharedItemOptions> = z.strictObject({
  ...pageParameters,
  order: z.enum(['asc', 'desc']).describe('Default asc.').exactOptional(),
});

const liveQuery: z.ZodType<SharedLiveQuery> = z.strictObject({
  after: textParameter('The cursor of an earlier event. Default: now.').exactOptional(),
});

export const shareSchemas: NounSchemas<ShareNoun> = {
  schemas: {
    ThreadSharing: sharing,
    NewShare: newShare,
    Share: share,
    IssuedShare: issuedShare,
    SharePage: pageOf(share),
    SharedThread: sharedThread,
    SharedItem: sharedItem,
    SharedItemPage: pageOf(sharedItem),
    Thread: threadSchema,
  },
  queries: {
    ShareListQuery: z.strictObject({ ...pageParameters }),
    SharedItemsQuery: itemsQuery,
    SharedLiveQuery: liveQuery,
  },
};
