/**
 * Comparisons on the wire. What happens in one, of both sides at once, comes as server-sent events:
 *
 *   stream = *( event / comment )
 *   event  = "id: " position LF "event: " ( "comparison" / "left" / "right" / "done" ) LF "data: " json LF LF
 *
 * `comparison` comes first, with the comparison as it is. `left` and `right` are chunks of the two
 * answers, in the AI SDK's UI message stream (ai-sdk.dev, "Stream Protocol"), as they come. `done`
 * comes last, with the comparison as it ended: how, and how long each side took. `position` tells
 * how much of both sides has come: it is what `after` and `Last-Event-ID` take.
 */
import type { Comparison, ComparisonEvent } from '../api/comparison.ts';
import type { Chunk } from '../api/responder.ts';
import { parseEventData, type ServerEvent } from './server-events.ts';

export function encodeComparisonEvent(event: ComparisonEvent): string {
  const data = 'comparison' in event ? event.comparison : event.chunk;
  return `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/**
 * What an event tells; `undefined` for events of another kind. Throws `internal` for data that is
 * no event.
 */
export function decodeComparisonEvent({
  name,
  id = '',
  data,
}: ServerEvent): ComparisonEvent | undefined {
  switch (name) {
    case 'comparison':
    case 'done':
      return { type: name, id, comparison: parseEventData(data) as Comparison }; // the protocol's word
    case 'left':
    case 'right':
      return { type: name, id, chunk: parseEventData(data) as Chunk }; // likewise
    default:
      return undefined;
  }
}
