import { z } from 'zod';
import { roles } from '../../api/item.ts';
import {
  type ForkListOptions,
  type ThreadListOptions,
  threadModes,
  threadOrders,
  threadVisibilities,
  titleSources,
  type NewThread,
  type Thread,
  type ThreadPatch,
} from '../../api/thread.ts';
import type { Page } from '../../api/page.ts';
import type { ThreadEntry } from '../../api/reading-state.ts';
import {
  booleanParameter,
  itemIdField,
  itemParameter,
  itemReference,
  listOf,
  metadataField,
  shortTextPattern,
  tagsField,
  nameParameter,
  threadIdField,
  threadIdPattern,
  timeField,
} from './fields.ts';
import { newItemSchema } from './items.ts';
import { newParticipantSchema } from './new-participant.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { limits } from '../../api/limits.ts';
import type { ForkBody, ScopeBody, ThreadNoun } from '../../api/operations/threads.ts';
import { pageOf, pageParameters } from './pages.ts';

const modeField = z.enum(threadModes).describe('Default assistant.');
const visibilityField = z
  .enum(threadVisibilities)
  .describe(
    'private: only the owner; unlisted: anyone with the id may read it; public: it is listed, too.',
  );
/** Blanks around a title are taken off before it is looked at. */
const titlePattern = shortTextPattern.replace('^', '^\\s*').replace('$', '\\s*$');

const titleField = z
  .string()
  .max(limits.titleLengthMax)
  .meta({ pattern: titlePattern })
  .describe(
    'If absent, "New Thread" until the first text of a user gives a title. If empty, "Untitled".',
  );
const scopeField = z.string().min(1).max(limits.idLengthMax).meta({ pattern: shortTextPattern });

export const newThreadSchema: z.ZodType<NewThread> = z
  .strictObject({
    id: z
      .string()
      .meta({ pattern: threadIdPattern })
      .describe('1 to 128 characters of A-Z a-z 0-9 _ . : - . Default: a new UUIDv7.')
      .exactOptional(),
    mode: modeField.exactOptional(),
    title: titleField.exactOptional(),
    visibility: visibilityField.exactOptional(),
    scopeType: scopeField
      .describe('What the thread is about; together with scopeId.')
      .exactOptional(),
    scopeId: scopeField.describe('The id of that thing; together with scopeType.').exactOptional(),
    tags: tagsField
      .describe('For finding the thread: at most 20, each 1 to 64 characters.')
      .exactOptional(),
    metadata: metadataField.exactOptional(),
    items: listOf(newItemSchema).describe('The first items, in the same commit.').exactOptional(),
    participants: z
      .array(newParticipantSchema)
      .max(100)
      .describe('Who takes part from the beginning, besides you.')
      .exactOptional(),
  })
  .meta({ dependentRequired: { scopeType: ['scopeId'], scopeId: ['scopeType'] } })
  .describe('A thread to create.');

export const threadPatchSchema: z.ZodType<ThreadPatch> = z
  .strictObject({
    title: titleField.exactOptional(),
    visibility: visibilityField.exactOptional(),
    mode: z
      .enum(threadModes)
      .describe('An assistant thread becomes a group; group and channel become each other.')
      .exactOptional(),
    tags: tagsField.describe('Replaces all tags.').exactOptional(),
    metadata: metadataField
      .describe('A JSON merge patch (RFC 7396): null removes a key.')
      .exactOptional(),
    archived: z.boolean().exactOptional(),
  })
  .describe('The fields to change; absent fields stay as they are.');

const threadFields = {
  id: threadIdField,
  projectId: z.string(),
  ownerId: z.string(),
  mode: z.enum(threadModes),
  scopeType: z.string().exactOptional(),
  scopeId: z.string().exactOptional(),
  title: z.string(),
  titleSource: z.enum(titleSources),
  visibility: visibilityField,
  metadata: metadataField,
  tags: z.array(z.string()),
  archivedAt: timeField.exactOptional(),
  createdAt: timeField,
  updatedAt: timeField,
  version: z.int().describe('Rises with every commit to the thread; serves as its ETag.'),
  itemCount: z
    .int()
    .describe('The number of items in the log, including revisions, hidden and inherited ones.'),
  lastItemId: itemIdField.nullable(),
  lastPreview: z.string(),
  lastRole: z.enum(roles).nullable(),
  forkedFrom: z.looseObject({ threadId: threadIdField, itemId: itemIdField }).exactOptional(),
  offeredTo: z.string().describe('Who may take the thread over.').exactOptional(),
};

export const threadSchema: z.ZodType<Thread> = z
  .looseObject(threadFields)
  .describe('A container of items, with a summary of them.');

const threadEntrySchema: z.ZodType<ThreadEntry> = z
  .looseObject({
    ...threadFields,
    unread: z.int().describe('How many messages of others follow what you have read.'),
    lastReadItemId: itemIdField.nullable(),
    pinned: z.boolean(),
    activeRun: z.string().nullable().describe('The id of a run that is going on.'),
    otherUser: z
      .looseObject({ id: z.string(), displayName: z.string().nullable() })
      .describe('In a direct thread: the other person.')
      .exactOptional(),
  })
  .describe('A thread, with what you have read of it.');

export const threadPageSchema: z.ZodType<Page<Thread>> = pageOf(threadSchema);

export const threadListQuery: z.ZodType<ThreadListOptions> = z.strictObject({
  ...pageParameters,
  scopeType: nameParameter('Only threads of this scope; together with scopeId.').exactOptional(),
  scopeId: nameParameter('Only threads of this scope; together with scopeType.').exactOptional(),
  tag: nameParameter('Only threads with this tag.', limits.tagLengthMax).exactOptional(),
  visibility: z
    .enum(threadVisibilities)
    .describe('public: all public threads of the project.')
    .exactOptional(),
  archived: booleanParameter('true: only archived threads. Default: only others.').exactOptional(),
  participating: booleanParameter(
    'true: every thread that the caller owns or takes part in. Not with order created.',
  ).exactOptional(),
  unread: booleanParameter(
    'true: only threads with messages that the caller has not read.',
  ).exactOptional(),
  order: z
    .enum(threadOrders)
    .describe(
      'created: the newest first; not with participating. Default updated: the last changed first.',
    )
    .exactOptional(),
});

export const scopeBodySchema: z.ZodType<ScopeBody> = z
  .strictObject({
    mode: modeField.exactOptional(),
    title: titleField.exactOptional(),
    visibility: visibilityField.exactOptional(),
    tags: tagsField.exactOptional(),
    metadata: metadataField.exactOptional(),
  })
  .describe('The content of a new thread. Ignored if the scope already has one.');

export const forkBodySchema: z.ZodType<ForkBody> = z.strictObject({
  atItemId: itemReference
    .describe('The last item to inherit. Default: the newest.')
    .exactOptional(),
});

export const forkListQuery: z.ZodType<ForkListOptions> = z.strictObject({
  ...pageParameters,
  itemId: itemParameter('Only the forks made at this item.').exactOptional(),
});

export const threadSchemas: NounSchemas<ThreadNoun> = {
  schemas: {
    Typing: z.strictObject({ on: z.boolean().exactOptional() }),
    NewThread: newThreadSchema,
    ThreadPatch: threadPatchSchema,
    Scope: scopeBodySchema,
    Fork: forkBodySchema,
    Thread: threadSchema,
    ThreadPage: threadPageSchema,
    ThreadEntry: threadEntrySchema,
    ThreadEntryPage: pageOf(threadEntrySchema),
  },
  queries: { ThreadListQuery: threadListQuery, ForkListQuery: forkListQuery },
};
