import { z } from 'zod';
import type { NewItem } from '../../api/item.ts';
import type { Page } from '../../api/page.ts';
import {
  runPolicies,
  runStatuses,
  type Run,
  type RunListOptions,
  type Usage,
} from '../../api/run.ts';
import type { RunBody, RunNoun, RunStart, StreamQuery } from '../../api/operations/runs.ts';
import {
  integerParameter,
  itemIdField,
  itemReference,
  listOf,
  metadataField,
  notTogether,
  shortTextField,
  nameParameter,
  threadIdField,
  timeField,
} from './fields.ts';
import { itemSchema, newItemSchema } from './items.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

const inputSchema: z.ZodType<string | readonly NewItem[]> = z
  .union([z.string().min(1), listOf(newItemSchema)])
  .describe(
    'Appended in the commit that starts the run. A string stands for one item of role user.',
  );

/** An input without items is none. */
const somethingSaid = { not: { type: 'array', maxItems: 0 } };

export const runBodySchema: z.ZodType<RunBody> = z
  .strictObject({
    input: inputSchema.exactOptional(),
    model: shortTextField().describe('Default: the first configured model.').exactOptional(),
    agent: shortTextField().exactOptional(),
    policy: z
      .enum(runPolicies)
      .describe(
        "What to do while another run is active in the thread. Default: the thread's `metadata.runPolicy`, else reject.",
      )
      .exactOptional(),
    inputItemId: itemReference
      .describe('Answers this existing item instead of an input.')
      .exactOptional(),
    replacesId: itemReference
      .describe('Retries: the new answer replaces this one.')
      .exactOptional(),
    retriesId: itemReference
      .describe(
        'A failed or stopped answer to try again: the results of its tools are kept, so that no tool does its work twice.',
      )
      .exactOptional(),
    archiveAfter: itemReference
      .describe(
        'Archives every item after this one in the same commit, for edits in the middle of a chat.',
      )
      .exactOptional(),
    messageId: shortTextField().describe('The key for the answer.').exactOptional(),
    metadata: metadataField.exactOptional(),
  })
  .meta({
    allOf: [
      notTogether('model', 'agent'),
      ...['replacesId', 'messageId'].map((other) => notTogether('retriesId', other)),
      ...['inputItemId', 'retriesId'].map((other) => ({
        not: { required: ['input', other], properties: { input: somethingSaid } },
      })),
    ],
  })
  .describe('A run to start: the input, and the model that answers.');

export const usageSchema: z.ZodType<Usage> = z.looseObject({
  inputTokens: z.number().exactOptional(),
  outputTokens: z.number().exactOptional(),
  totalTokens: z.number().exactOptional(),
});

export const runSchema: z.ZodType<Run> = z
  .looseObject({
    id: z.string(),
    threadId: threadIdField,
    status: z
      .enum(runStatuses)
      .describe('interrupted: waits for people; completed, failed and cancelled are final.'),
    model: z.string().exactOptional(),
    agent: z.string().exactOptional(),
    userId: z.string().describe('Who asked.').exactOptional(),
    authorId: z
      .string()
      .describe(
        'The user id of the agent that answers, which its answer has, too, if it takes part.',
      )
      .exactOptional(),
    links: z
      .int()
      .describe("How many agents' answers a chain of mentions has with this one, 1 to 3.")
      .exactOptional(),
    inputItemId: itemIdField.exactOptional(),
    outputItemId: itemIdField.describe('The whole or partial answer.').exactOptional(),
    messageId: z.string().describe('The key of the answer.'),
    streamId: z.string(),
    comparisonId: z.string().exactOptional(),
    attempt: z.int(),
    usage: usageSchema.exactOptional(),
    error: z
      .looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() })
      .exactOptional(),
    metadata: metadataField,
    requestId: z.string(),
    createdAt: timeField,
    startedAt: timeField.exactOptional(),
    endedAt: timeField.exactOptional(),
    waitedMs: z
      .int()
      .describe('How long it has waited for people since it started, in milliseconds.')
      .exactOptional(),
    updatedAt: timeField,
  })
  .describe('One execution of a model or an agent in a thread.');

export const runStartSchema: z.ZodType<RunStart> = z.looseObject({
  run: runSchema,
  items: z.array(itemSchema).describe('The input as stored.'),
});

export const runPageSchema: z.ZodType<Page<Run>> = pageOf(runSchema);

export const runListQuery: z.ZodType<RunListOptions> = z.strictObject({
  ...pageParameters,
  status: z
    .enum(runStatuses)
    .describe('Only runs with this status. Not with inputItemId.')
    .exactOptional(),
  inputItemId: nameParameter('Only runs that answer this item. Not with status.').exactOptional(),
});

export const streamQuery: z.ZodType<StreamQuery> = z.strictObject({
  after: integerParameter(
    0,
    999_999_999,
    'Only chunks after this one. Not with from. Default 0: a full replay.',
  ).exactOptional(),
  from: z
    .enum(['start', 'step'])
    .describe('Not with after. step: begins with the newest step.')
    .exactOptional(),
});

export const runSchemas: NounSchemas<RunNoun> = {
  schemas: {
    StartRun: runBodySchema,
    RunStart: runStartSchema,
    Run: runSchema,
    RunPage: runPageSchema,
  },
  queries: { RunListQuery: runListQuery, StreamQuery: streamQuery },
};
