/**
 * A comparison on the wire: one stream of server-sent events for both sides.
 *
 *   stream = *( event / comment )
 *   event  = "id: " position LF "event: " kind LF "data: " json LF LF
 *   kind   = "comparison" / "left" / "right" / "done"
 *
 * `comparison` comes first, with the comparison as it is. `left` and `right` are chunks of the two
 * answers, in the AI SDK's UI message stream (ai-sdk.dev, "Stream Protocol"), as they arrive.
 * `done` comes last, with the comparison as it ended and the time each side took. `position` counts
 * the chunks of both sides so far, to be given as `after` or `Last-Event-ID`.
 */
import type { Comparison, ComparisonEvent } from '../api/comparison.ts';
import type { Chunk } from '../api/responder.ts';
import { parseEventData, type ServerEvent } from './server-events.ts';

export function encodeComparisonEvent(event: ComparisonEvent): string {
  const data = 'comparison' in event ? event.comparison : event.chunk;
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * The content of an event; `undefined` for other kinds of events. Throws `internal` for invalid
 * data.
 */
export function decodeComparisonEvent({
  name,
  id = '',
  data,
}: ServerEvent): ComparisonEvent | undefined {
  switch (name) {
    case 'comparison':
    case 'done':
      // As the protocol says.
      return { type: name, id, comparison: parseEventData(data) as Comparison };
    case 'left':
    case 'right':
      return { type: name, id, chunk: parseEventData(data) as Chunk }; // likewise
    default:
      return undefined;
  }
}
