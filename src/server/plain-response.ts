import { liveContentType } from '../protocol/live-events.ts';
import type { EncodeEvent } from './live/event-bytes.ts';
import type { LiveTails, TailReader } from './live/live-tails.ts';

/**
 * The response of an action: plain values, which the platform's adapter sends with the common
 * headers.
 */
export type PlainResponse<Status extends number = number, Value = unknown> =
  | JsonResponse<Status, Value>
  | TextResponse<Status>
  | EmptyResponse<Status>
  | EventsResponse;

export type ResponseHeaders = Readonly<Record<string, string>>;

export interface JsonResponse<Status extends number = number, Value = unknown> {
  readonly kind: 'json';
  readonly status: Status;
  readonly value: Value;
  readonly headers: ResponseHeaders | undefined;
}

export interface TextResponse<Status extends number = number> {
  readonly kind: 'text';
  readonly status: Status;
  readonly contentType: string;
  readonly text: string;
  readonly headers: ResponseHeaders | undefined;
}

/** Has no body, as with 204 and 304. */
export interface EmptyResponse<Status extends number = number> {
  readonly kind: 'empty';
  readonly status: Status;
  readonly headers: ResponseHeaders | undefined;
}

/** Server-sent events, until they end or the client disconnects. */
export interface EventsResponse {
  readonly kind: 'events';
  readonly status: 200;
  readonly headers: ResponseHeaders | undefined;
  readonly reader?: TailReader;
  /** Throws an error that occurs before the first event, so that it becomes an error response. */
  open(
    tails: LiveTails,
    client: AbortSignal,
    reader?: TailReader,
  ): Promise<ReadableStream<Uint8Array>>;
}

export function json<Status extends number, Value>(
  status: Status,
  value: Value,
  headers?: ResponseHeaders,
): JsonResponse<Status, Value> {
  return { kind: 'json', status, value, headers };
}

export function text<Status extends number>(
  status: Status,
  body: string,
  contentType: string,
  headers?: ResponseHeaders,
): TextResponse<Status> {
  return { kind: 'text', status, contentType, text: body, headers };
}

export function empty<Status extends number>(
  status: Status,
  headers?: ResponseHeaders,
): EmptyResponse<Status> {
  return { kind: 'empty', status, headers };
}

// Proxies must neither cache, buffer nor compress events, which would delay them.
const eventHeaders: ResponseHeaders = {
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** The response to `HEAD` for a path whose `GET` sends events. */
export function eventsHead(): EmptyResponse<200> {
  return empty(200, { ...eventHeaders, 'content-type': liveContentType });
}

/**
 * `start` is called when the response is sent, with a signal that aborts when the events must end.
 */
export function events<Event>(
  start: (signal: AbortSignal) => AsyncGenerator<Event, void, undefined>,
  encode: EncodeEvent<Event>,
  headers?: ResponseHeaders,
): EventsResponse {
  return {
    kind: 'events',
    status: 200,
    headers: { ...eventHeaders, ...headers },
    open: (tails, client, reader) => tails.open(start, encode, client, reader),
  };
}
