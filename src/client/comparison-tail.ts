import type { ComparisonEvent, ComparisonReadOptions } from '../api/comparison.ts';
import { decodeComparisonEvent } from '../protocol/comparison-events.ts';
import { comparisonEndpoints } from '../api/operations/comparisons.ts';
import type { PathParameters } from '../protocol/path.ts';
import { eventTail } from './event-tail.ts';
import type { Http } from './http.ts';

/**
 * `ComparisonsApi.read` over HTTP. It reconnects by itself after the last event that it yielded, so
 * that each event arrives exactly once, and ends with `done`.
 */
export async function* comparisonTail(
  http: Http,
  parameters: PathParameters<typeof comparisonEndpoints.readComparison>,
  { after, signal }: ComparisonReadOptions,
): AsyncGenerator<ComparisonEvent, void, undefined> {
  let position = after;
  let hasBegun = false;
  const source = {
    endpoint: comparisonEndpoints.readComparison,
    parameters,
    signal,
    query: () => ({ after: position }),
    decode: decodeComparisonEvent,
  };
  for await (const events of eventTail(http, source)) {
    for (const event of events) {
      position = event.id;
      // Every connection begins with the comparison; after a reconnect the reader has it already.
      if (event.type !== 'comparison' || !hasBegun) yield event;
      hasBegun = true;
      if (event.type === 'done') return;
    }
  }
}
