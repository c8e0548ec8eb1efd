import type { ComparisonEvent, ComparisonsApi, StartedComparison } from '../../api/comparison.ts';
import { encodeComparisonEvent } from '../../protocol/comparison-events.ts';
import {
  comparisonEndpoints,
  type ComparisonNoun,
  type ComparisonStart,
  type ComparisonStreamQuery,
} from '../../api/operations/comparisons.ts';
import { runEndpoints } from '../../api/operations/runs.ts';
import { pathTo } from '../../protocol/path.ts';
import { encodeOnce } from '../../shared/encode-once.ts';
import {
  events,
  eventsHead,
  json,
  type EventsResponse,
  type ResponseHeaders,
} from '../plain-response.ts';
import type { Actions } from '../call.ts';
import { asyncApplied, prefersAsync } from '../request/headers.ts';

export const comparisonActions: Actions<ComparisonNoun> = {
  async createComparison(call) {
    const threadId = call.param('threadId');
    const { comparisons } = call.project;
    const options = { ...call.writeOptions(), ...call.versionOptions() };
    const started = await comparisons.create(threadId, call.body, options);
    const { location, body } = startOf(started, call.server.basePath);
    if (prefersAsync(call.headers)) {
      return json(started.replayed ? 200 : 202, body, { location, ...asyncApplied });
    }
    const ids = { threadId, comparisonId: started.comparison.id };
    return followComparison(comparisons, ids, {}, { location });
  },

  async readComparison(call) {
    const ids = { threadId: call.param('threadId'), comparisonId: call.param('comparisonId') };
    const { comparisons } = call.project;
    if (call.method === 'HEAD') {
      await comparisons.get(ids.threadId, ids.comparisonId);
      return eventsHead();
    }
    // As in a live tail, `Last-Event-ID` wins: the browser has seen more since its first address.
    const lastEventId = call.headers.get('last-event-id');
    const query = lastEventId ? { after: lastEventId } : call.query;
    return followComparison(comparisons, ids, query, {});
  },
};

interface Start {
  readonly location: string;
  readonly body: ComparisonStart;
}

function startOf({ comparison, items }: StartedComparison, basePath: string): Start {
  const { threadId, left, right } = comparison;
  const ids = { threadId, comparisonId: comparison.id };
  const streamPath = (streamId: string): string =>
    basePath + pathTo(runEndpoints.readStream, { threadId, streamId });
  const streams = {
    both: basePath + pathTo(comparisonEndpoints.readComparison, ids),
    left: streamPath(left.streamId),
    right: streamPath(right.streamId),
  };
  const location = basePath + pathTo(comparisonEndpoints.getComparison, ids);
  return { location, body: { comparison, items, streams } };
}

interface ComparisonIds {
  readonly threadId: string;
  readonly comparisonId: string;
}

function followComparison(
  comparisons: ComparisonsApi,
  { threadId, comparisonId }: ComparisonIds,
  query: ComparisonStreamQuery,
  headers: ResponseHeaders,
): EventsResponse {
  return events(
    (signal) => comparisons.read(threadId, comparisonId, { ...query, signal }),
    bytesOfEvent,
    headers,
  );
}

/** Readers that keep up get the same chunks, mostly in the same order. */
const bytesOfEvent = encodeOnce<ComparisonEvent>(encodeComparisonEvent, (event) => {
  return 'chunk' in event ? [event.chunk, `${event.type} ${event.id}`] : undefined;
});
