import { z } from 'zod';
import {
  inboxIdsMax,
  inboxKinds,
  unseenCountMax,
  type InboxEntry,
  type InboxListOptions,
  type InboxPage,
  type InboxState,
  type SeenMarks,
} from '../../api/inbox.ts';
import type { InboxNoun } from '../../api/operations/inbox.ts';
import { timePattern } from '../../shared/iso-time.ts';
import {
  booleanParameter,
  itemIdField,
  shortTextField,
  threadIdField,
  timeField,
} from './fields.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageCursors, pageParameters } from './pages.ts';

const unseenField = z
  .int()
  .describe(`How many entries are unseen. ${unseenCountMax} means: as many or more.`);

const entrySchema: z.ZodType<InboxEntry> = z.looseObject({
  id: z.string(),
  kind: z
    .enum(inboxKinds)
    .describe(
      'mention: an item names you; reply: it answers one of yours; invite: you were added.',
    ),
  threadId: threadIdField,
  threadTitle: z.string(),
  otherUser: z
    .looseObject({ id: z.string(), displayName: z.string().nullable() })
    .describe('In a direct thread: the other person.')
    .exactOptional(),
  itemId: itemIdField.nullable().describe('`null` for an invitation.'),
  authorId: z.string().nullable().describe('Who wrote the item, or added you.'),
  snippet: z
    .string()
    .nullable()
    .describe('The beginning of what the item says, as you see it now.'),
  seenAt: timeField.nullable().describe('`null`: unseen.'),
  createdAt: timeField,
});

const pageSchema: z.ZodType<InboxPage> = z.looseObject({
  data: z.array(entrySchema),
  ...pageCursors,
  unseen: unseenField,
});

const seenSchema: z.ZodType<SeenMarks> = z
  .strictObject({
    ids: z
      .array(shortTextField())
      .max(inboxIdsMax)
      .describe('The ids of entries. Those that are not there change nothing.')
      .exactOptional(),
    before: z
      .string()
      .meta({ format: 'date-time', pattern: timePattern })
      .describe('All entries from before this time (ISO 8601).')
      .exactOptional(),
  })
  .meta({ oneOf: [{ required: ['ids'] }, { required: ['before'] }] });

const stateSchema: z.ZodType<InboxState> = z.looseObject({ unseen: unseenField });

const listQuery: z.ZodType<InboxListOptions> = z.strictObject({
  ...pageParameters,
  unseen: booleanParameter('Only entries that you have not seen.').exactOptional(),
});

export const inboxSchemas: NounSchemas<InboxNoun> = {
  schemas: {
    InboxEntry: entrySchema,
    InboxPage: pageSchema,
    InboxSeen: seenSchema,
    InboxState: stateSchema,
  },
  queries: { InboxListQuery: listQuery },
};
