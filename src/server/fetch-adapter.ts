import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import { liveContentType } from '../protocol/live-events.ts';
import type { ResponseHeaders } from './plain-response.ts';
import type { IncomingRequest } from './incoming-request.ts';
import { readRequestId } from './request/headers.ts';
import { FetchSource, NodeSource, type RequestSource } from './request/request-source.ts';
import type { FinishedResponse } from './run-request.ts';

/** Node's own request behind a `Request`, if there is one: it is cheaper to read. */
export interface NodeEnvironment {
  readonly incoming: IncomingMessage;
}

export type FetchEnvironment = { Bindings: Partial<NodeEnvironment> };

/** A request of the Fetch API after routing. */
export class FetchRequest implements IncomingRequest {
  readonly method: string;
  readonly url: string;
  readonly request: Request;
  readonly source: RequestSource;
  readonly requestId: string;
  readonly disconnect: (() => void) | undefined;
  readonly #context: Context<FetchEnvironment>;

  constructor(context: Context<FetchEnvironment>) {
    const request = context.req.raw;
    // A framework passes no environment at all, whatever the type says.
    const incoming = context.env?.incoming;
    this.request = request;
    this.method = request.method;
    this.url = request.url;
    this.source = incoming === undefined ? new FetchSource(request) : new NodeSource(incoming);
    this.requestId = readRequestId(this.source.headers);
    this.disconnect = incoming && (() => void incoming.socket.destroy());
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.request.signal;
  }

  parameter(name: string): string | undefined {
    return this.#context.req.param(name);
  }
}

/** A response of the Fetch API with plain headers, which Node's adapter writes without copying. */
export function toResponse(response: FinishedResponse, requestId: string): Response {
  switch (response.kind) {
    case 'json': {
      const { status, value, headers } = response;
      return new Response(JSON.stringify(value), {
        status,
        headers: headersOf('application/json', requestId, headers),
      });
    }
    case 'text': {
      const { status, contentType, headers } = response;
      return new Response(response.text, {
        status,
        headers: headersOf(contentType, requestId, headers),
      });
    }
    case 'empty': {
      const { status, headers } = response;
      return new Response(null, {
        status,
        headers: { ...fixedHeaders, 'x-request-id': requestId, ...headers },
      });
    }
    case 'stream': {
      const { status, body, headers } = response;
      return new Response(body, {
        status,
        headers: headersOf(liveContentType, requestId, headers),
      });
    }
    case 'foreign':
      return response.response;
  }
}

const fixedHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** The headers of a response with a body. */
export function headersOf(
  contentType: string,
  requestId: string,
  extra: ResponseHeaders | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  return extra === undefined ? headers : Object.assign(headers, extra);
}
