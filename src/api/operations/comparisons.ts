import type {
  Comparison,
  ComparisonReadOptions,
  ComparisonsApi,
  Leaderboard,
  NewComparison,
  Turn,
  Vote,
} from '../comparison.ts';
import type { Item } from '../item.ts';
import type { Page, PageOptions } from '../page.ts';
import type { NounOf } from '../operation.ts';
import type { WithVerbs } from '../verb.ts';

export const comparisonEndpoints = {
  createComparison: 'POST /v1/threads/{threadId}/comparisons',
  listComparisons: 'GET /v1/threads/{threadId}/comparisons',
  getComparison: 'GET /v1/threads/{threadId}/comparisons/{comparisonId}',
  readComparison: 'GET /v1/threads/{threadId}/comparisons/{comparisonId}/stream',
  vote: 'POST /v1/threads/{threadId}/comparisons/{comparisonId}/vote',
  listTurns: 'GET /v1/threads/{threadId}/turns',
  getLeaderboard: 'GET /v1/leaderboard',
} as const;

export const comparisonVerbs = {
  listComparisons: ['comparisons.list', 'threadId', 'query'],
  getComparison: ['comparisons.get', 'threadId', 'comparisonId'],
  vote: ['comparisons.vote', 'threadId', 'comparisonId', 'body', 'options'],
  listTurns: ['comparisons.turns', 'threadId', 'query'],
  getLeaderboard: ['comparisons.leaderboard'],
} as const;

export const comparisonTable = {
  group: 'Comparisons',
  parameters: { comparisonId: { description: "A comparison's id." } },
  operations: {
    createComparison: {
      summary: 'Ask two models side by side',
      description: [
        'Stores the prompt and starts two runs that answer it at the same time.',
        'Both answers stream as server-sent events: `comparison` first, then `left` and `right` with',
        'chunks as they arrive, and `done` last, with the time that each side took.',
        'With `Prefer: respond-async` the response is an immediate 202 with the paths of the streams.',
        'A client that disconnects does not stop the runs.',
        'Named models keep their sides; random ones are assigned to random sides.',
      ],
      body: {
        schema: 'NewComparison',
        example: { prompt: 'What is a thread?', models: 'random', blind: true },
      },
      takesIdempotencyKey: true,
      takesIfMatch: true,
      responses: {
        200: {
          description:
            'The events. If the request accepts only JSON: the comparison that the first call started.',
          contentType: 'text/event-stream',
        },
        202: { description: 'The comparison, which continues.', schema: 'ComparisonStart' },
      },
    },
    listComparisons: {
      summary: 'List comparisons',
      description: ['In order of creation.'],
      query: 'ComparisonListQuery',
      responses: { 200: { description: 'A page of comparisons.', schema: 'ComparisonPage' } },
    },
    getComparison: {
      summary: 'Read a comparison',
      description: ['In a blind comparison, the models are null until the caller has voted.'],
      responses: { 200: { description: 'The comparison.', schema: 'Comparison' } },
    },
    readComparison: {
      summary: 'Follow both answers of a comparison',
      description: [
        'The events of the comparison from its beginning, or after the `id` of one, to `done`.',
        'Reconnect with the last `id` as `after` or `Last-Event-ID`, and no event is lost or',
        'comes twice.',
        'The chunks are deleted ten minutes after the end; the answers remain as items.',
      ],
      query: 'ComparisonStreamQuery',
      responses: { 200: { description: 'The events.', contentType: 'text/event-stream' } },
    },
    vote: {
      summary: 'Vote on a comparison',
      description: [
        'Records the final vote of the caller: repeating it changes nothing, another choice is a',
        'conflict.',
        'Both answers must be complete.',
      ],
      body: { schema: 'Vote', example: { choice: 'left' } },
      responses: { 200: { description: 'The comparison, with its models.', schema: 'Comparison' } },
    },
    listTurns: {
      summary: 'List prompts and their answers',
      description: [
        'In the order of the thread: each prompt with the answer of one model, or of two side by',
        'side.',
      ],
      query: 'ComparisonListQuery',
      responses: { 200: { description: 'A page of turns.', schema: 'TurnPage' } },
    },
    getLeaderboard: {
      summary: 'Read the ranking of the models',
      description: [
        "Ratings by all votes of the caller's project, with intervals.",
        'It reveals only these sums about votes in threads that the caller may not read.',
      ],
      responses: { 200: { description: 'The models, best first.', schema: 'Leaderboard' } },
    },
  },
} as const;

/** A new comparison, its prompt as stored, and the paths of its streams. */
export interface ComparisonStart {
  readonly comparison: Comparison;
  readonly items: readonly Item[];
  /** The paths for both answers together and for each by itself. */
  readonly streams: { readonly both: string; readonly left: string; readonly right: string };
}

export type ComparisonStreamQuery = Omit<ComparisonReadOptions, 'signal'>;

interface ComparisonTypes {
  readonly schemas: {
    readonly NewComparison: NewComparison;
    readonly ComparisonStart: ComparisonStart;
    readonly Comparison: Comparison;
    readonly ComparisonPage: Page<Comparison>;
    readonly Vote: Vote;
    readonly Turn: Turn;
    readonly TurnPage: Page<Turn>;
    readonly Leaderboard: Leaderboard;
  };
  readonly queries: {
    readonly ComparisonListQuery: PageOptions;
    readonly ComparisonStreamQuery: ComparisonStreamQuery;
  };
}

export type ComparisonNoun = WithVerbs<
  NounOf<typeof comparisonEndpoints, typeof comparisonTable, ComparisonTypes>,
  typeof comparisonVerbs,
  { readonly comparisons: ComparisonsApi }
>;
