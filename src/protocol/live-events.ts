/**
 * The live tail on the wire: server-sent events (WHATWG HTML, section 9.2) in UTF-8.
 *
 *   tail    = retry *( event / comment )
 *   retry   = "retry: " milliseconds LF LF
 *   event   = "id: " cursor LF "event: " ( "item" / "change" / "head" ) LF "data: " json LF LF
 *   comment = ":" LF LF
 *
 * `json` is one line: of `item` the item, of `head` the thread, of `change` the change with one more
 * field `item`, what now stands in the item's place; absent when the reader may not see it any more.
 * A comment only shows that the connection lives. `cursor` is the position right after the event.
 */
import { z } from 'zod';
import { SkeinError } from '../shared/error.ts';
import type { Change, Item } from '../domain/items/item.ts';
import type { LiveEvent } from '../domain/live/live-event.ts';
import type { LiveOptions } from '../domain/project-api.ts';
import type { Thread } from '../domain/threads/thread.ts';
import { textParameter } from './fields.ts';
import { itemViews } from './items.ts';

export const liveContentType = 'text/event-stream';
export const liveComment = ':\n\n';

export type LiveQuery = Omit<LiveOptions, 'signal'>;

export const liveQuery: z.ZodType<LiveQuery> = z.strictObject({
  after: textParameter(
    'A cursor of an earlier event or of an item page; from now on unless given.',
  ).exactOptional(),
  view: z.enum(itemViews).describe('As in the list of items. Default current.').exactOptional(),
});

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

/** Longer lines are refused: no event comes near, and a broken peer must not fill the memory. */
const lineLengthMax = 64 * 1024 * 1024;

/**
 * Takes a live tail in pieces cut anywhere and gives the events that are complete. Fields, line ends
 * and events that it does not know are skipped, as the standard asks; an event cut off by the end of
 * the connection is never given. Throws `internal` for data that is no event.
 */
export class LiveEventDecoder {
  /** The cursor of the last event, known kinds and others: what `Last-Event-ID` takes. */
  lastEventId: string | undefined;
  /** How long the server asks to wait before connecting again. */
  retryMs: number | undefined;
  readonly #utf8 = new TextDecoder();
  #pieces: string[] = [];
  #piecesLength = 0;
  #endedWithCr = false;
  #id: string | undefined;
  #name = '';
  #data: string[] = [];

  push(chunk: Uint8Array): LiveEvent[] {
    const events: LiveEvent[] = [];
    const text = this.#utf8.decode(chunk, { stream: true });
    const lineEnd = /\r\n|\r|\n/g;
    // A CR at the end of one piece and a LF at the start of the next are one line end.
    let start = this.#endedWithCr && text.startsWith('\n') ? 1 : 0;
    if (text !== '') this.#endedWithCr = text.endsWith('\r');
    lineEnd.lastIndex = start;
    for (let match = lineEnd.exec(text); match !== null; match = lineEnd.exec(text)) {
      this.#takeLine(this.#join(text.slice(start, match.index)), events);
      start = lineEnd.lastIndex;
    }
    this.#keep(text.slice(start));
    return events;
  }

  #keep(piece: string): void {
    if (piece === '') return;
    this.#pieces.push(piece);
    this.#piecesLength += piece.length;
    if (this.#piecesLength > lineLengthMax) throw broken('a line without an end');
  }

  #join(end: string): string {
    if (this.#pieces.length === 0) return end;
    const line = this.#pieces.join('') + end;
    this.#pieces = [];
    this.#piecesLength = 0;
    return line;
  }

  #takeLine(line: string, events: LiveEvent[]): void {
    if (line === '') return this.#finishEvent(events);
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const valueStart = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
    this.#takeField(field, colon === -1 ? '' : line.slice(valueStart));
  }

  #takeField(field: string, value: string): void {
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#name = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^[0-9]+$/.test(value)) this.retryMs = Number(value);
  }

  #finishEvent(events: LiveEvent[]): void {
    const [name, data] = [this.#name, this.#data];
    this.#name = '';
    this.#data = [];
    if (this.#id !== undefined) this.lastEventId = this.#id;
    if (data.length === 0) return;
    const event = decodeEvent(name, this.lastEventId, data.join('\n'));
    if (event) events.push(event);
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

function parseData(data: string): object {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    if (error instanceof SyntaxError) throw broken('data that is not JSON', error);
    throw error;
  }
  if (typeof value !== 'object' || value === null) throw broken('data that is no object');
  return value;
}

function broken(what: string, cause?: unknown): SkeinError {
  return new SkeinError('internal', `The live tail sent ${what}.`, { cause });
}
