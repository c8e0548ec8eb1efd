/**
 * The events of many threads on the wire. As server-sent events they are those of one thread
 * (`live-events.ts`), except for what follows; over a WebSocket each is one message of JSON, the
 * event as it is in process.
 *
 *   event = ["id: " threadId "@" cursor LF] "event: " name LF "data: " json LF LF
 *   name  = "item" / "change" / "participant" / "head" / "end"
 *
 * `json` has one more field, `threadId`. An `end` has no id: nothing follows of its thread.
 */
import type { LiveChannelEvent } from '../api/live.ts';
import { dataOfLiveEvent } from './live-events.ts';

export function encodeChannelEvent(event: LiveChannelEvent): string {
  const id = 'cursor' in event ? `id: ${event.threadId}@${event.cursor}\n` : '';
  return `${id}event: ${event.type}\ndata: ${JSON.stringify(dataOf(event))}\n\n`;
}

function dataOf(event: LiveChannelEvent): object {
  if (event.type !== 'end') return { ...dataOfLiveEvent(event), threadId: event.threadId };
  const { type: _type, ...data } = event;
  return data;
}

/** A thread in an address or an event's id, and the cursor behind it, if there is one. */
export function parseThreadPosition(text: string): {
  readonly id: string;
  readonly after?: string;
} {
  const at = text.indexOf('@'); // no id has one
  return at < 0 ? { id: text } : { id: text.slice(0, at), after: text.slice(at + 1) };
}
