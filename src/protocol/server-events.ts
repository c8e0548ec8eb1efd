import { SkeinError } from '../shared/error.ts';

/** One server-sent event (WHATWG HTML, section 9.2). */
export interface ServerEvent {
  /** Empty where the server gave none. */
  readonly name: string;
  /** Of this event, or of the last one that had an id. */
  readonly id: string | undefined;
  readonly data: string;
}

/** Longer lines are refused: no event comes near, and a broken peer must not fill the memory. */
const lineLengthMax = 64 * 1024 * 1024;

/**
 * Takes server-sent events in pieces cut anywhere and gives those that are complete. Fields and
 * line ends that it does not know are skipped, as the standard asks; an event cut off by the end of
 * the connection is never given. Throws `internal` for a line without an end.
 */
export class ServerEventDecoder {
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

  push(chunk: Uint8Array): ServerEvent[] {
    const events: ServerEvent[] = [];
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

/** The JSON object that is an event's data. */
export function parseEventData(data: string): object {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch (error) {
    if (error instanceof SyntaxError) throw brokenEvent('data that is not JSON', error);
    throw error;
  }
  if (typeof value !== 'object' || value === null) throw brokenEvent('data that is no object');
  return value;
}

export function brokenEvent(what: string, cause?: unknown): SkeinError {
  return new SkeinError('internal', `The live tail sent ${what}.`, { cause });
}
