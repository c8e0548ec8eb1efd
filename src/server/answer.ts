import type { LiveTails } from './live/live-tails.ts';

/**
 * What an action answers: plain values, which the adapter of a platform sends. It adds the headers
 * that every answer has.
 */
export type Answer<Status extends number = number, Value = unknown> =
  | JsonAnswer<Status, Value>
  | TextAnswer<Status>
  | EmptyAnswer<Status>
  | EventsAnswer;

export type AnswerHeaders = Readonly<Record<string, string>>;

export interface JsonAnswer<Status extends number = number, Value = unknown> {
  readonly kind: 'json';
  readonly status: Status;
  readonly value: Value;
  readonly headers: AnswerHeaders | undefined;
}

export interface TextAnswer<Status extends number = number> {
  readonly kind: 'text';
  readonly status: Status;
  readonly contentType: string;
  readonly text: string;
  readonly headers: AnswerHeaders | undefined;
}

/** Has no body, as 204 and 304 never have. */
export interface EmptyAnswer<Status extends number = number> {
  readonly kind: 'empty';
  readonly status: Status;
  readonly headers: AnswerHeaders | undefined;
}

/** Server-sent events, for as long as there are some and the client stays. */
export interface EventsAnswer {
  readonly kind: 'events';
  readonly status: 200;
  readonly headers: AnswerHeaders | undefined;
  /** Throws what goes wrong before the first event, so that it can be answered as an error. */
  open(tails: LiveTails, client: AbortSignal): Promise<ReadableStream<Uint8Array>>;
}

export function json<Status extends number, Value>(
  status: Status,
  value: Value,
  headers?: AnswerHeaders,
): JsonAnswer<Status, Value> {
  return { kind: 'json', status, value, headers };
}

export function text<Status extends number>(
  status: Status,
  body: string,
  contentType: string,
  headers?: AnswerHeaders,
): TextAnswer<Status> {
  return { kind: 'text', status, contentType, text: body, headers };
}

export function empty<Status extends number>(
  status: Status,
  headers?: AnswerHeaders,
): EmptyAnswer<Status> {
  return { kind: 'empty', status, headers };
}

/**
 * `start` is called when the answer is sent, with a signal that aborts when the events are to end.
 */
export function events<Event>(
  start: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
  encode: (event: Event) => string,
  headers?: AnswerHeaders,
): EventsAnswer {
  return {
    kind: 'events',
    status: 200,
    headers,
    open: (tails, client) => tails.open(start, encode, client),
  };
}
