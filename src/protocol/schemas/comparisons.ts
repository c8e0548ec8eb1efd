import { z } from 'zod';
import {
  comparisonStatuses,
  voteChoices,
  type Comparison,
  type ComparisonSide,
  type Leaderboard,
  type NewComparison,
  type Standing,
  type Turn,
  type Vote,
} from '../../api/comparison.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import { runPolicies, runStatuses } from '../../api/run.ts';
import type {
  ComparisonNoun,
  ComparisonStart,
  ComparisonStreamQuery,
} from '../../api/operations/comparisons.ts';
import { itemIdField, shortTextField, textParameter, threadIdField, timeField } from './fields.ts';
import { itemSchema, newItemSchema } from './items.ts';
import type { NounSchemas } from './noun-schemas.ts';
import { pageOf, pageParameters } from './pages.ts';

export const newComparisonSchema: z.ZodType<NewComparison> = z
  .strictObject({
    prompt: z
      .union([z.string().min(1).meta({ pattern: '\\S' }), newItemSchema])
      .meta({ properties: { role: { const: 'user' }, replacesId: { not: {} } } })
      .describe('The prompt for both models. A string stands for one item of role user.'),
    models: z
      .union([
        z.tuple([shortTextField(), shortTextField()]).meta({ uniqueItems: true }),
        z.literal('random'),
      ])
      .describe(
        'The left and the right model, or random: two different configured models on random sides.',
      ),
    blind: z
      .boolean()
      .describe('Hides the models from each user until that user has voted. Default false.')
      .exactOptional(),
    policy: z
      .enum(runPolicies)
      .describe('As for runs; the two answers count as one.')
      .exactOptional(),
  })
  .describe('Two models and the prompt for both.');

const choiceField = z
  .enum(voteChoices)
  .describe('tie: both are equally good; both_bad: neither is useful.');

export const voteSchema: z.ZodType<Vote> = z
  .strictObject({ choice: choiceField })
  .describe("The caller's vote.");

const sideSchema: z.ZodType<ComparisonSide> = z.looseObject({
  model: z.string().nullable().describe('null in a blind comparison until the caller has voted.'),
  runId: z.string(),
  streamId: z.string(),
  messageId: z.string().describe('The key of the answer.'),
  status: z.enum(runStatuses),
  outputItemId: itemIdField.nullable().describe('The whole or partial answer.'),
  timeMs: z.number().nullable().describe('From the start of the run to its end, in milliseconds.'),
  error: z
    .looseObject({ code: z.string(), message: z.string(), retryable: z.boolean() })
    .exactOptional(),
});

export const comparisonSchema: z.ZodType<Comparison> = z
  .looseObject({
    id: z.string(),
    threadId: threadIdField,
    userId: z.string().exactOptional(),
    inputItemId: itemIdField.describe('The prompt.'),
    blind: z.boolean(),
    status: z
      .enum(comparisonStatuses)
      .describe('completed: both answers are whole, and users may vote.'),
    left: sideSchema,
    right: sideSchema,
    voteChoice: choiceField.nullable().describe("The caller's own vote."),
    requestId: z.string(),
    createdAt: timeField,
  })
  .describe("Two models' answers to one prompt.");

export const comparisonPageSchema: z.ZodType<Page<Comparison>> = pageOf(comparisonSchema);

export const comparisonListQuery: z.ZodType<PageOptions> = z.strictObject({ ...pageParameters });

export const comparisonStartSchema: z.ZodType<ComparisonStart> = z.looseObject({
  comparison: comparisonSchema,
  items: z.array(itemSchema).describe('The prompt as stored.'),
  streams: z
    .looseObject({ both: z.string(), left: z.string(), right: z.string() })
    .describe('The paths for both answers together and for each by itself.'),
});

export const comparisonStreamQuery: z.ZodType<ComparisonStreamQuery> = z.strictObject({
  after: textParameter('The id of an event: only later events are sent. Default: a full replay.')
    .meta({ pattern: '^[0-9]{1,15}-[0-9]{1,15}$' })
    .exactOptional(),
});

const standingSchema: z.ZodType<Standing> = z.looseObject({
  rank: z.int().describe('1, plus one for every model whose interval lies above this one.'),
  model: z.string(),
  rating: z
    .number()
    .describe(
      'Bradley-Terry, on the Elo scale: 400 points more mean 10 to 1 odds of being preferred.',
    ),
  ratingLow: z.number().describe('The ends of the 95 % interval.'),
  ratingHigh: z.number(),
  votes: z.int(),
  wins: z.int(),
  losses: z.int(),
  ties: z.int().describe('Ties of both kinds; each counts as half a win.'),
});

export const leaderboardSchema: z.ZodType<Leaderboard> = z.looseObject({
  data: z.array(standingSchema).describe('Best first.'),
  votes: z.int(),
  isComplete: z
    .boolean()
    .describe(
      "Whether all votes are counted yet: a large project's votes are counted over several calls.",
    ),
});

export const turnSchema: z.ZodType<Turn> = z
  .looseObject({
    messageId: itemIdField.describe('The item of the prompt.'),
    threadId: threadIdField,
    promptText: z.string(),
    model1Name: z.string().nullable(),
    model1Response: z.string().nullable(),
    model1TimeMs: z.number().nullable(),
    model2Name: z.string().nullable(),
    model2Response: z.string().nullable(),
    model2TimeMs: z.number().nullable(),
    comparisonId: z.string().nullable(),
    voteChoice: choiceField.nullable(),
    createdAt: timeField,
  })
  .describe('A prompt with the answer of one model, or of two side by side.');

export const turnPageSchema: z.ZodType<Page<Turn>> = pageOf(turnSchema);

export const comparisonSchemas: NounSchemas<ComparisonNoun> = {
  schemas: {
    NewComparison: newComparisonSchema,
    ComparisonStart: comparisonStartSchema,
    Comparison: comparisonSchema,
    ComparisonPage: comparisonPageSchema,
    Vote: voteSchema,
    Turn: turnSchema,
    TurnPage: turnPageSchema,
    Leaderboard: leaderboardSchema,
  },
  queries: {
    ComparisonListQuery: comparisonListQuery,
    ComparisonStreamQuery: comparisonStreamQuery,
  },
};
