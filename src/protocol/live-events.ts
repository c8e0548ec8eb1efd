/**
 * The live tail on the wire: server-sent events (WHATWG HTML, section 9.2) in UTF-8.
 *
 *   tail    = retry *( event / comment )
 *   retry   = "retry: " milliseconds LF LF
 *   event   = "id: " cursor LF "event: " ( "item" / "change" / "head" ) LF "data: " json LF LF
 *   comment = ":" LF LF
 *
 * `json` is one line: of `item` the item, of `head` the thread, of `change` the change with one
 * more field `item`, what now stands in the item's place; absent when the reader may not see it any
 * more. A comment only shows that the connection lives. `cursor` is the position right after the
 * event.
 */
import type { Change, Item } from '../api/item.ts';
import type { LiveEvent } from '../api/live.ts';
import type { Thread } from '../api/thread.ts';
import {
  brokenEvent as broken,
  parseEventData as parseData,
  ServerEventDecoder,
} from './server-events.ts';

export const liveContentType = 'text/event-stream';
export const liveComment = ':\n\n';

export function encodeRetry(retryMs: number): string {
  return `retry: ${retryMs}\n\n`;
}

export function encodeLiveEvent(event: LiveEvent): string {
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(dataOf(event))}\n\n`;
}

function dataOf(event: LiveEvent): unknown {
  switch (event.type) {
    case 'item':
      return event.item;
    case 'head':
      return event.thread;
    case 'change':
      return event.item === undefined ? event.change : { ...event.change, item: event.item };
  }
}

/**
 * Takes a live tail in pieces cut anywhere and gives the events that are complete. Events that it
 * does not know are skipped, as the standard asks. Throws `internal` for data that is no event.
 */
export class LiveEventDecoder {
  readonly #decoder = new ServerEventDecoder();

  /** The cursor of the last event, known kinds and others: what `Last-Event-ID` takes. */
  get lastEventId(): string | undefined {
    return this.#decoder.lastEventId;
  }

  /** How long the server asks to wait before connecting again. */
  get retryMs(): number | undefined {
    return this.#decoder.retryMs;
  }

  push(chunk: Uint8Array): LiveEvent[] {
    const events = this.#decoder.push(chunk);
    return events.flatMap(({ name, id, data }) => decodeEvent(name, id, data) ?? []);
  }
}

function decodeEvent(
  name: string,
  cursor: string | undefined,
  data: string,
): LiveEvent | undefined {
  if (name !== 'item' && name !== 'change' && name !== 'head') return undefined;
  const value = parseData(data);
  if (cursor === undefined) throw broken('an event without a cursor');
  switch (name) {
    // The casts: the server made these from its own types, their shape is the protocol's word.
    case 'item':
      return { type: name, cursor, item: value as Item };
    case 'head':
      return { type: name, cursor, thread: value as Thread }; // likewise
    case 'change': {
      // Likewise.
      const { item, ...change } = value as Change & { readonly item?: Item };
      return item === undefined
        ? { type: name, cursor, change }
        : { type: name, cursor, change, item };
    }
  }
}
