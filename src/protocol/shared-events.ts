/**
 * The live tail behind a link, on the wire: events as in `live-events.ts`, with what readers of a
 * link get. A change is `{itemId, item?}`.
 */
import type { SharedEvent, SharedItem, SharedThread } from '../api/share.ts';
import { brokenEvent, parseEventData, ServerEventDecoder } from './server-events.ts';

export function encodeSharedEvent(event: SharedEvent): string {
  return `id: ${event.cursor}\nevent: ${event.type}\ndata: ${JSON.stringify(dataOf(event))}\n\n`;
}

function dataOf(event: SharedEvent): unknown {
  switch (event.type) {
    case 'item':
      return event.item;
    case 'head':
      return event.thread;
    case 'reaction':
      return event.reaction;
    case 'change':
      return { itemId: event.itemId, ...(event.item && { item: event.item }) };
  }
}

/** Decodes the tail from pieces that may be cut anywhere, and skips unknown events. */
export class SharedEventDecoder {
  readonly #decoder = new ServerEventDecoder();

  get retryMs(): number | undefined {
    return this.#decoder.retryMs;
  }

  push(chunk: Uint8Array): SharedEvent[] {
    return this.#decoder.push(chunk).flatMap(({ name, id, data }) => decode(name, id, data) ?? []);
  }
}

function decode(name: string, cursor: string | undefined, data: string): SharedEvent | undefined {
  if (!sharedEventNames.has(name)) return undefined;
  if (cursor === undefined) throw brokenEvent('an event without a cursor');
  const value = parseEventData(data);
  // The casts: the server made these values from its own types.
  if (name === 'item') return { type: name, cursor, item: value as SharedItem };
  if (name === 'head') return { type: name, cursor, thread: value as SharedThread };
  // Likewise.
  if (name === 'reaction') return { type: name, cursor, reaction: value as SharedReactionChange };
  const change = value as Pick<Extract<SharedEvent, { type: 'change' }>, 'itemId' | 'item'>;
  return { type: 'change', cursor, ...change };
}

type SharedReactionChange = Extract<SharedEvent, { type: 'reaction' }>['reaction'];

const sharedEventNames: ReadonlySet<string> = new Set<SharedEvent['type']>([
  'item',
  'change',
  'reaction',
  'head',
]);
