/**
 * The live tail on the wire: server-sent events (WHATWG HTML, section 9.2) in UTF-8.
 *
 *   tail    = retry *( event / comment )
 *   retry   = "retry: " milliseconds LF LF
 *   event   = "id: " cursor LF "event: " name LF "data: " json LF LF
 *   name    = "item" / "change" / "participant" / "reaction" / "head"
 *   comment = ":" LF LF
 *
 * `json` is one line: an item, a thread (for `head`), a participant, a reaction, or a change. A
 * change has one more field, `item`: what now stands in the item's place, absent if the reader may
 * no longer see it. A comment only shows that the connection is alive. `cursor` is the position
 * right after the event.
 */
import type { Change, Item } from '../api/item.ts';
import type { LiveEvent } from '../api/live.ts';
import type { Participant } from '../api/participant.ts';
import type { ReactionChange } from '../api/reaction.ts';
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
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(dataOfLiveEvent(event))}\n\n`;
}

export function dataOfLiveEvent(event: LiveEvent): object {
  switch (event.type) {
    case 'item':
      return event.item;
    case 'head':
      return event.thread;
    case 'participant':
      return event.participant;
    case 'reaction':
      return event.reaction;
    case 'change':
      return event.item === undefined ? event.change : { ...event.change, item: event.item };
  }
}

/**
 * Decodes a live tail from pieces that may be cut anywhere, and returns the complete events.
 * Unknown events are skipped, as the standard requires. Throws `internal` for invalid data.
 */
export class LiveEventDecoder {
  readonly #decoder = new ServerEventDecoder();

  /** The cursor of the last event, including unknown ones: the value of `Last-Event-ID`. */
  get lastEventId(): string | undefined {
    return this.#decoder.lastEventId;
  }

  /** The pause in milliseconds that the server asks for before a reconnect. */
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
  if (!isLiveEventName(name)) return undefined;
  const value = parseData(data);
  if (cursor === undefined) throw broken('an event without a cursor');
  switch (name) {
    // The casts: the server made these values from its own types.
    case 'item':
      return { type: name, cursor, item: value as Item };
    case 'head':
      return { type: name, cursor, thread: value as Thread }; // likewise
    case 'participant':
      return { type: name, cursor, participant: value as Participant }; // likewise
    case 'reaction':
      return { type: name, cursor, reaction: value as ReactionChange }; // likewise
    case 'change': {
      // Likewise.
      const { item, ...change } = value as Change & { readonly item?: Item };
      return item === undefined
        ? { type: name, cursor, change }
        : { type: name, cursor, change, item };
    }
  }
}

/** An object, so that a name that is missing here does not compile. */
const liveEventNames: Readonly<Record<LiveEvent['type'], true>> = {
  item: true,
  change: true,
  participant: true,
  reaction: true,
  head: true,
};

function isLiveEventName(name: string): name is LiveEvent['type'] {
  return Object.hasOwn(liveEventNames, name);
}
