import type { z } from 'zod';
import {
  commonParameters,
  type HttpMethod,
  type OperationResponse,
  type PathParameter,
} from '../api/operation.ts';
import type { NounDescription } from '../protocol/operations.ts';
import { liveEndpoints } from '../api/operations/live.ts';
import { pathTo, splitEndpoint } from '../protocol/path.ts';
import type { WireSchemaName } from '../protocol/wire-schemas.ts';
import type { ErrorCode } from '../shared/error.ts';
import type { JsonValue } from '../shared/json.ts';
import type { PlainResponse } from './plain-response.ts';
import type { AnyActions, Call } from './call.ts';
import { createVerbAction } from './verb-action.ts';

/** An operation of the table with its schemas and its action. */
export interface Route {
  readonly method: HttpMethod;
  /** With parameters in braces: `/v1/threads/{threadId}`. */
  readonly path: `/${string}`;
  /** A verb and a noun, unique: the operation id in OpenAPI. */
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  readonly description?: string;
  /**
   * `caller`: any caller, in its own project. `serverKey`: only a server key. `server`: likewise,
   * or any program in local mode. `operator`: only an operator key, which has no identity. `none`:
   * needs no identity and touches no thread.
   */
  readonly access: 'caller' | 'serverKey' | 'server' | 'operator' | 'none';
  /** The parameters that the path may have. */
  readonly parameters: Readonly<Record<string, PathParameter>>;
  readonly query?: z.ZodType;
  /** See `Operation`. */
  readonly repeats?: readonly string[];
  readonly body?: {
    readonly schema: z.ZodType;
    readonly name: WireSchemaName;
    /** An empty body is allowed and means `{}`. */
    readonly isOptional?: boolean;
    readonly example: JsonValue;
  };
  readonly takesIdempotencyKey?: boolean;
  readonly takesIfMatch?: boolean;
  readonly takesLastEventId?: boolean;
  readonly responses: Readonly<Record<number, OperationResponse>>;
  readonly errors?: readonly ErrorCode[];
  readonly exampleQuery?: string;
  action(call: Call): PlainResponse | Promise<PlainResponse>;
}

/** Whether `?k=` names the link key of an unlisted thread: all that reads a thread takes it. */
export function takesLinkKey({ method, path }: Pick<Route, 'method' | 'path'>): boolean {
  return method === 'GET' && (path.includes('{threadId}') || path === manyThreads);
}

const manyThreads = pathTo(liveEndpoints.followThreads, {});

/** The routes of a noun, whose table and actions were held to its types where they are declared. */
export function routesOf(noun: NounDescription, actions: AnyActions = {}): Route[] {
  const { group, operations } = noun.table;
  const parameters = { ...commonParameters, ...noun.table.parameters };
  return Object.entries(operations).map(([name, operation]) => {
    const { description, query, body, access = 'caller', ...rest } = operation;
    // The compiler has checked that every name in the table has a schema, and a verb or an action.
    const action = noun.verbs[name]
      ? createVerbAction(noun, name)
      : (actions[name] as Route['action']);
    return {
      ...splitEndpoint(noun.endpoints[name]!),
      ...rest,
      name,
      group,
      access,
      parameters,
      ...(description && { description: description.join(' ') }),
      ...(query !== undefined && { query: schemaNamed(noun.queries, query) }),
      ...(body && { body: { ...body, ...bodySchemaOf(noun, body.schema) } }),
      action,
    };
  });
}

function bodySchemaOf(
  { schemas }: NounDescription,
  name: string,
): { readonly name: WireSchemaName; readonly schema: z.ZodType } {
  return { name: name as WireSchemaName, schema: schemaNamed(schemas, name) }; // one of the nouns'
}

function schemaNamed(schemas: object, name: string): z.ZodType {
  return (schemas as Readonly<Record<string, z.ZodType>>)[name]!; // the record of a noun's schemas
}
