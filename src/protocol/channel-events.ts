/**
 * The events of many threads on the wire. As server-sent events they are those of one thread
 * (`live-events.ts`), except for what follows; over a WebSocket each is one message of JSON, the
 * event as it is in process.
 *
 *   event = ["id: " threadId "@" cursor LF] "event: " name LF "data: " json LF LF
 *   name  = "item" / "change" / "participant" / "head" / "begin" / "end" /
 *          "run" / "read" / "typing" / "presence"
 *
 * `json` has one more field, `threadId`. Events without a cursor have no id.
 */
import type { LiveChannelEvent } from '../api/live.ts';
import type { ErrorCode } from '../shared/error.ts';
import { dataOfLiveEvent } from './live-events.ts';

export function encodeChannelEvent(event: LiveChannelEvent): string {
  const id = 'cursor' in event ? `id: ${event.threadId}@${event.cursor}\n` : '';
  return `${id}event: ${event.type}\ndata: ${JSON.stringify(dataOf(event))}\n\n`;
}

function dataOf(event: LiveChannelEvent): object {
  if ('cursor' in event) return { ...dataOfLiveEvent(event), threadId: event.threadId };
  const { type: _type, ...data } = event;
  return data;
}

export function encodeChannelMessage(event: ChannelMessage): string {
  return JSON.stringify(event);
}

/** What a server says over a WebSocket. */
export type ChannelMessage =
  | LiveChannelEvent
  /** The first message: the connection is open, for this user. */
  | { readonly type: 'ready'; readonly userId?: string }
  /** Nothing has happened for a while. */
  | { readonly type: 'alive' }
  /** What the client has sent was not done. */
  | { readonly type: 'error'; readonly code: ErrorCode; readonly detail: string };

/** A thread in an address or an event's id, and the cursor behind it, if there is one. */
export function parseThreadPosition(text: string): {
  readonly id: string;
  readonly after?: string;
} {
  const at = text.indexOf('@'); // no id has one
  return at < 0 ? { id: text } : { id: text.slice(0, at), after: text.slice(at + 1) };
}
