import type { NewComparison, StartedComparison, Vote } from '../../api/comparison.ts';
import type { PageOptions } from '../../api/page.ts';
import {
  comparisonListQuery,
  comparisonStreamQuery,
  encodeComparisonEvent,
  newComparisonSchema,
  voteSchema,
  type ComparisonStart,
  type ComparisonStreamQuery,
} from '../../protocol/comparisons.ts';
import { liveContentType } from '../../protocol/live-events.ts';
import { eventHeaders } from '../live/event-headers.ts';
import { empty, events, json, type AnswerHeaders, type EventsAnswer } from '../answer.ts';
import { defineRoute, type AnswerDescription, type Call, type Route } from '../route.ts';

const comparisonAnswer: AnswerDescription = {
  description: 'The comparison.',
  schema: 'Comparison',
};

const createComparison = defineRoute<NewComparison>({
  method: 'POST',
  path: '/v1/threads/{threadId}/comparisons',
  name: 'createComparison',
  group: 'Comparisons',
  summary: 'Ask two models side by side',
  description:
    'Stores the prompt and starts two runs that answer it at once. Both answers stream as server-sent events: ' +
    '`comparison` first, then `left` and `right` with chunks as they come, and `done` last, with the time that each ' +
    'took. With `Prefer: respond-async` it answers at once with 202 and the paths of the streams. A client that goes ' +
    'away does not stop the runs. The sides of models that are named are as named; of random ones they are by chance.',
  access: 'caller',
  body: {
    schema: newComparisonSchema,
    name: 'NewComparison',
    example: { prompt: 'What is a thread?', models: 'random', blind: true },
  },
  takesIdempotencyKey: true,
  answers: {
    200: {
      description: 'The events. As JSON, where asked so, the comparison that a retry had started.',
      contentType: liveContentType,
    },
    202: { description: 'The comparison, which goes on.', schema: 'ComparisonStart' },
  },
  async action(call) {
    const threadId = call.param('threadId');
    const started = await call.project.comparisons.create(threadId, call.body, call.writeOptions());
    const start = startOf(call, started);
    const headers = { location: start.location };
    if (!prefersAsync(call)) return streamEvents(call, started.comparison.id, {}, headers);
    return json(started.replayed ? 200 : 202, start.body, {
      ...headers,
      'preference-applied': 'respond-async',
    });
  },
});

interface Start {
  readonly location: string;
  readonly body: ComparisonStart;
}

function startOf(call: Call<unknown>, { comparison, items }: StartedComparison): Start {
  const thread = `${call.server.basePath}/v1/threads/${comparison.threadId}`;
  const location = `${thread}/comparisons/${comparison.id}`;
  const streams = {
    both: `${location}/stream`,
    left: `${thread}/streams/${comparison.left.streamId}`,
    right: `${thread}/streams/${comparison.right.streamId}`,
  };
  return { location, body: { comparison, items, streams } };
}

/** RFC 7240: preferences are separated by commas, and none of them ever makes a request wrong. */
function prefersAsync({ headers }: Call<unknown>): boolean {
  const preferences = (headers.get('prefer') ?? '').split(',');
  return preferences.some((text) => text.trim().toLowerCase() === 'respond-async');
}

function streamEvents(
  call: Call<unknown>,
  comparisonId: string,
  query: ComparisonStreamQuery,
  headers: AnswerHeaders,
): EventsAnswer {
  const threadId = call.param('threadId');
  const { comparisons } = call.project;
  return events(
    (signal) => comparisons.read(threadId, comparisonId, { ...query, signal }),
    encodeComparisonEvent,
    { ...eventHeaders, ...headers },
  );
}

const readComparison = defineRoute<undefined, ComparisonStreamQuery>({
  method: 'GET',
  path: '/v1/threads/{threadId}/comparisons/{comparisonId}/stream',
  name: 'readComparison',
  group: 'Comparisons',
  summary: 'Follow both answers of a comparison',
  description:
    'The events of the comparison from its beginning, or after the `id` of one, to `done`. Come again with the last ' +
    '`id` as `after`, or as `Last-Event-ID`, and nothing is lost or comes twice. The chunks are gone ten minutes after ' +
    'the end; the answers are then among the items.',
  access: 'caller',
  query: comparisonStreamQuery,
  answers: { 200: { description: 'The events.', contentType: liveContentType } },
  async action(call) {
    const comparisonId = call.param('comparisonId');
    if (call.method === 'HEAD') {
      await call.project.comparisons.get(call.param('threadId'), comparisonId);
      return empty(200, { ...eventHeaders, 'content-type': liveContentType });
    }
    // As in a live tail: what a browser has seen since it began wins.
    const lastEventId = call.headers.get('last-event-id');
    const query = lastEventId ? { after: lastEventId } : call.query;
    return streamEvents(call, comparisonId, query, {});
  },
});

const listComparisons = defineRoute<undefined, PageOptions>({
  method: 'GET',
  path: '/v1/threads/{threadId}/comparisons',
  name: 'listComparisons',
  group: 'Comparisons',
  summary: 'List comparisons',
  description: 'In the order in which they were made.',
  access: 'caller',
  query: comparisonListQuery,
  answers: { 200: { description: 'A page of comparisons.', schema: 'ComparisonPage' } },
  action: async (call) =>
    json(200, await call.project.comparisons.list(call.param('threadId'), call.query)),
});

const getComparison = defineRoute({
  method: 'GET',
  path: '/v1/threads/{threadId}/comparisons/{comparisonId}',
  name: 'getComparison',
  group: 'Comparisons',
  summary: 'Read a comparison',
  description: 'Of a blind one, the models are null until the caller has voted.',
  access: 'caller',
  answers: { 200: comparisonAnswer },
  action: async (call) =>
    json(
      200,
      await call.project.comparisons.get(call.param('threadId'), call.param('comparisonId')),
    ),
});

const vote = defineRoute<Vote>({
  method: 'POST',
  path: '/v1/threads/{threadId}/comparisons/{comparisonId}/vote',
  name: 'vote',
  group: 'Comparisons',
  summary: 'Vote on a comparison',
  description:
    'As the caller, once and for good: the same choice again changes nothing, another one is a conflict. Both answers ' +
    'must be complete.',
  access: 'caller',
  body: { schema: voteSchema, name: 'Vote', example: { choice: 'left' } },
  answers: { 200: { ...comparisonAnswer, description: 'The comparison, with its models.' } },
  async action(call) {
    const [threadId, comparisonId] = [call.param('threadId'), call.param('comparisonId')];
    const { comparisons } = call.project;
    return json(
      200,
      await comparisons.vote(threadId, comparisonId, call.body, { requestId: call.requestId }),
    );
  },
});

const getLeaderboard = defineRoute({
  method: 'GET',
  path: '/v1/leaderboard',
  name: 'getLeaderboard',
  group: 'Comparisons',
  summary: 'Read how the models stand',
  description:
    "Ratings by all votes of the caller's project, with intervals. Of votes in threads that the caller may not read " +
    'nothing but these sums is told.',
  access: 'caller',
  answers: { 200: { description: 'The models, best first.', schema: 'Leaderboard' } },
  action: async (call) => json(200, await call.project.comparisons.leaderboard()),
});

const listTurns = defineRoute<undefined, PageOptions>({
  method: 'GET',
  path: '/v1/threads/{threadId}/turns',
  name: 'listTurns',
  group: 'Comparisons',
  summary: 'List prompts and their answers',
  description:
    'In the order of the thread: what was asked, and what one model answered, or two side by side.',
  access: 'caller',
  query: comparisonListQuery,
  answers: { 200: { description: 'A page of turns.', schema: 'TurnPage' } },
  action: async (call) =>
    json(200, await call.project.comparisons.turns(call.param('threadId'), call.query)),
});

export const comparisonRoutes: readonly Route[] = [
  createComparison,
  listComparisons,
  getComparison,
  readComparison,
  vote,
  listTurns,
  getLeaderboard,
];
