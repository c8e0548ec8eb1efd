import type { z } from 'zod';
import type { StoreProjectApi } from '../api/project-api.ts';
import type { WriteOptions } from '../api/write-options.ts';
import type { WireSchemaName } from '../protocol/wire-schemas.ts';
import type { JsonValue } from '../shared/json.ts';
import type { Answer } from './answer.ts';
import type { Identity } from './auth/authenticator.ts';
import type { HeaderSource } from './request/request-source.ts';
import type { ServerContext } from './server-context.ts';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request that has passed authentication and validation. */
export interface Call<Body = unknown, Query = unknown> {
  /** `HEAD` for a `GET` whose body is not wanted. */
  readonly method: string;
  readonly headers: HeaderSource;
  readonly requestId: string;
  readonly identity: Identity;
  /** What the caller may do in its project. */
  readonly project: StoreProjectApi;
  readonly query: Query;
  readonly body: Body;
  readonly server: ServerContext;
  /** The scheme and host that the caller has asked. */
  readonly origin: string;
  /** A parameter of the path, decoded. */
  param(name: ParameterName): string;
  /** The request's id and its `Idempotency-Key`. Throws `invalid_request`. */
  writeOptions(): WriteOptions;
}

/** What the path's parameters mean, for the documentation. */
export const parameters = {
  threadId: "A thread's id.",
  itemId: "An item's id.",
  runId: "A run's id.",
  streamId: "A stream's id.",
  comparisonId: "A comparison's id.",
  scopeType: 'The kind of thing that a thread is about, 1 to 128 characters.',
  scopeId: 'Which one of that kind, 1 to 128 characters.',
} as const;

export type ParameterName = keyof typeof parameters;

/** What a route answers with a status: a named schema, or another content type, or nothing. */
export interface AnswerDescription {
  readonly description: string;
  readonly schema?: WireSchemaName;
  readonly contentType?: string;
  readonly hasEtag?: boolean;
}

/**
 * One entry of the route table, from which the router, the OpenAPI document, the documentation and the
 * tests are made.
 */
export interface Route<Body = unknown, Query = unknown> {
  readonly method: HttpMethod;
  /** With parameters in braces: `/v1/threads/{threadId}`. */
  readonly path: `/${string}`;
  /** A verb and a noun, unique: the operation's id in OpenAPI. */
  readonly name: string;
  readonly group:
    | 'Threads'
    | 'Items'
    | 'Runs'
    | 'Models'
    | 'Comparisons'
    | 'Live tail'
    | 'Edges'
    | 'Conversations'
    | 'Tokens'
    | 'Operations';
  readonly summary: string;
  readonly description?: string;
  /**
   * `caller`: whoever asks, in the caller's project. `serverKey`: a server key only. `none`: needs no
   * identity and touches no thread.
   */
  readonly access: 'caller' | 'serverKey' | 'none';
  readonly query?: z.ZodType<Query>;
  readonly body?: {
    readonly schema: z.ZodType<Body>;
    readonly name: WireSchemaName;
    /** An empty body stands for `{}`. */
    readonly isOptional?: boolean;
    readonly example: JsonValue;
  };
  readonly takesIdempotencyKey?: boolean;
  readonly takesIfMatch?: boolean;
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  // Method syntax, so that a route with its own body and query fits the table: `body` and `query` have
  // been through this route's own schemas before.
  action(call: Call<Body, Query>): Answer | Promise<Answer>;
}

/** Lets a route's action know the types that its schemas give. */
export function defineRoute<Body = undefined, Query = unknown>(route: Route<Body, Query>): Route {
  return route;
}
