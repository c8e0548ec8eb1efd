import type {
  Comparison,
  ComparisonReadOptions,
  Leaderboard,
  NewComparison,
  Turn,
  Vote,
} from '../../api/comparison.ts';
import type { Item } from '../../api/item.ts';
import type { Page, PageOptions } from '../../api/page.ts';
import type { NounOf } from '../operation.ts';

export const comparisonEndpoints = {
  createComparison: 'POST /v1/threads/{threadId}/comparisons',
  listComparisons: 'GET /v1/threads/{threadId}/comparisons',
  getComparison: 'GET /v1/threads/{threadId}/comparisons/{comparisonId}',
  readComparison: 'GET /v1/threads/{threadId}/comparisons/{comparisonId}/stream',
  vote: 'POST /v1/threads/{threadId}/comparisons/{comparisonId}/vote',
  listTurns: 'GET /v1/threads/{threadId}/turns',
  getLeaderboard: 'GET /v1/leaderboard',
} as const;

export const comparisonTable = {
  group: 'Comparisons',
  parameters: { comparisonId: { description: "A comparison's id." } },
  operations: {
    createComparison: {
      summary: 'Ask two models side by side',
      description: [
        'Stores the prompt and starts two runs that answer it at once.',
        'Both answers stream as server-sent events: `comparison` first, then `left` and `right` with',
        'chunks as they come, and `done` last, with the time that each took.',
        'With `Prefer: respond-async` it answers at once with 202 and the paths of the streams.',
        'A client that goes away does not stop the runs.',
        'The sides of models that are named are as named; of random ones they are by chance.',
      ],
      body: {
        schema: 'NewComparison',
        example: { prompt: 'What is a thread?', models: 'random', blind: true },
      },
      takesIdempotencyKey: true,
      answers: {
        200: {
          description:
            'The events. As JSON, where asked so, the comparison that a retry had started.',
          contentType: 'text/event-stream',
        },
        202: { description: 'The comparison, which goes on.', schema: 'ComparisonStart' },
      },
    },
    listComparisons: {
      summary: 'List comparisons',
      description: ['In the order in which they were made.'],
      query: 'ComparisonListQuery',
      answers: { 200: { description: 'A page of comparisons.', schema: 'ComparisonPage' } },
    },
    getComparison: {
      summary: 'Read a comparison',
      description: ['Of a blind one, the models are null until the caller has voted.'],
      answers: { 200: { description: 'The comparison.', schema: 'Comparison' } },
    },
    readComparison: {
      summary: 'Follow both answers of a comparison',
      description: [
        'The events of the comparison from its beginning, or after the `id` of one, to `done`.',
        'Come again with the last `id` as `after`, or as `Last-Event-ID`, and nothing is lost or',
        'comes twice.',
        'The chunks are gone ten minutes after the end; the answers are then among the items.',
      ],
      query: 'ComparisonStreamQuery',
      answers: { 200: { description: 'The events.', contentType: 'text/event-stream' } },
    },
    vote: {
      summary: 'Vote on a comparison',
      description: [
        'As the caller, once and for good: the same choice again changes nothing, another one is a',
        'conflict.',
        'Both answers must be complete.',
      ],
      body: { schema: 'Vote', example: { choice: 'left' } },
      answers: { 200: { description: 'The comparison, with its models.', schema: 'Comparison' } },
    },
    listTurns: {
      summary: 'List prompts and their answers',
      description: [
        'In the order of the thread: what was asked, and what one model answered, or two side by',
        'side.',
      ],
      query: 'ComparisonListQuery',
      answers: { 200: { description: 'A page of turns.', schema: 'TurnPage' } },
    },
    getLeaderboard: {
      summary: 'Read how the models stand',
      description: [
        "Ratings by all votes of the caller's project, with intervals.",
        'Of votes in threads that the caller may not read nothing but these sums is told.',
      ],
      answers: { 200: { description: 'The models, best first.', schema: 'Leaderboard' } },
    },
  },
} as const;

/** A comparison as it begins, its prompt as stored, and where its streams are. */
export interface ComparisonStart {
  readonly comparison: Comparison;
  readonly items: readonly Item[];
  /** Paths: of both answers together, and of each by itself. */
  readonly streams: { readonly both: string; readonly left: string; readonly right: string };
}

export type ComparisonStreamQuery = Omit<ComparisonReadOptions, 'signal'>;

export interface ComparisonTypes {
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

export type ComparisonNoun = NounOf<
  typeof comparisonEndpoints,
  typeof comparisonTable,
  ComparisonTypes
>;
