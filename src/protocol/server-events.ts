import { SkeinError } from '../shared/error.ts';

/** One server-sent event (WHATWG HTML, section 9.2). */
export interface ServerEvent {
  /** Empty if the server sent none. */
  readonly name: string;
  /** The id of this event, or of the last event that had one. */
  readonly id: string | undefined;
  readonly data: string;
}

/** Longer lines are rejected: no event comes close, and a broken peer must not fill the memory. */
const lineLengthMax = 64 * 1024 * 1024;

/**
 * Decodes server-sent events from pieces that may be cut anywhere, and returns the complete ones.
 * Unknown fields and line ends are skipped, as the standard requires; an event cut off by the end
 * of the connection is dropped. Throws `internal` for a line without an end.
 */
export class ServerEventDecoder {
  lastEventId: string | undefined;
  /** The pause that the server asks for before a reconnect, in milliseconds. */
  retryMs: number | undefined;
  readonly #utf8 = new TextDecoder();
  #pieces: string[] = [];
  #piecesLength = 0;
  #endedWithCr = false;
  #id: string | undefined;
  #name = '';
  #data: string[] = [];

  push(chunk: Uint8Array): ServerEvent[] {
    const events: ServerEvent[] = [];
    const text = this.#utf8.decode(chunk, { stream: true });
    const lineEnd = /\r\n|\r|\n/g;
    // A CR at the end of one piece and an LF at the start of the next are one line end.
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
    if (this.#piecesLength > lineLengthMax) throw brokenEvent('a line without an end');
  }

  #join(end: string): string {
    if (this.#pieces.length === 0) return end;
    const line = this.#pieces.join('') + end;
    this.#pieces = [];
    this.#piecesLength = 0;
    return line;
  }

  #takeLine(line: string, events: ServerEvent[]): void {
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

  #finishEvent(events: ServerEvent[]): void {
    const [name, data] = [this.#name, this.#data];
    this.#name = '';
    this.#data = [];
    if (this.#id !== undefined) this.lastEventId = this.#id;
    if (data.length > 0) events.push({ name, id: this.lastEventId, data: data.join('\n') });
  }
}

/** The JSON object in an event's data. */
export function parseEventData(data: string): object {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    if (error instanceof SyntaxError) throw brokenEvent('data that is not JSON', error);
    throw error;
  }
  if (typeof value !== 'object' || value === null)
    throw brokenEvent('data that is not a JSON object');
  return value;
}

export function brokenEvent(what: string, cause?: unknown): SkeinError {
  return new SkeinError('internal', `The live tail sent ${what}.`, { cause });
}
