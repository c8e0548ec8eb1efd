import { errorTable } from '../../protocol/error-table.ts';
import { problemContentType } from '../../protocol/problem.ts';
import { limits } from '../../api/limits.ts';
import { itemIdField, shortTextPattern, threadIdField } from '../../protocol/schemas/fields.ts';
import { jsonSchemaOf, schemaReference, type JsonSchema } from '../../protocol/wire-schemas.ts';
import type { OperationResponse } from '../../api/operation.ts';
import { takesLinkKey, type Route } from '../route.ts';
import type { ApiDescription } from '../served-nouns.ts';

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of an API. Its schemas are made from those that validate requests. */
export function openApiDocument({ routes, schemas }: ApiDescription, basePath: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Skein',
      version: '1',
      license: { name: 'MIT', identifier: 'MIT' },
      description:
        'The thread-first store for every kind of conversation. Lists are read page by page with cursors, writes can ' +
        'be repeated with a key, and errors are RFC 9457 problems with a stable `code`.',
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    tags: [...new Set(routes.map(({ group }) => group))].map((name) => ({ name })),
    paths: pathsOf(routes),
    components: { schemas, securitySchemes },
  };
}

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A JWT, a server key (`sk_…`, acting for the user in X-User-Id) or a user token (`ut_…`).',
  },
};

function pathsOf(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes)
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return paths;
}

function operationOf(route: Route): Json {
  return {
    operationId: route.name,
    tags: [route.group],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    parameters: parametersOf(route),
    ...(route.body === undefined ? {} : { requestBody: bodyOf(route.body) }),
    responses: responsesOf(route),
    // Local mode needs no credential, nor does reading public threads.
    security:
      route.access === 'caller' || route.access === 'server'
        ? [{}, { bearer: [] }]
        : route.access === 'none'
          ? []
          : [{ bearer: [] }],
  };
}

function bodyOf(body: NonNullable<Route['body']>): Json {
  const named = schemaReference(body.name);
  // No body and null are one, as programs write null for nothing.
  const schema = body.isOptional ? { anyOf: [named, { type: 'null' }] } : named;
  return {
    required: body.isOptional !== true,
    content: { 'application/json': { schema, example: body.example } },
  };
}

function responsesOf(route: Route): Json {
  const problem = {
    description: 'A problem.',
    content: { [problemContentType]: { schema: schemaReference('Problem') } },
  };
  const responses: Record<string, Json> = {};
  for (const [status, response] of Object.entries(route.responses))
    responses[status] = responseOf(response);
  for (const code of errorsOf(route)) {
    const { status, title } = errorTable[code];
    responses[status] ??= { ...problem, description: `${title}: code \`${code}\`.` };
  }
  return { ...responses, default: problem };
}

/** The error codes worth naming for a route. All others are covered by `default`. */
export function errorsOf(route: Route): readonly (keyof typeof errorTable)[] {
  if (route.access === 'none') return route.errors ?? [];
  return [
    'invalid_request',
    'unauthenticated',
    'forbidden',
    ...(route.path.includes('{threadId}') ? (['not_found'] as const) : []),
    ...(route.takesIdempotencyKey ? (['key_conflict'] as const) : []),
    ...(route.takesIfMatch ? (['precondition_failed'] as const) : []),
    ...(route.body === undefined ? [] : (['payload_too_large'] as const)),
    ...(route.errors ?? []),
  ];
}

function responseOf(response: OperationResponse): Json {
  const contentType =
    response.contentType ?? (response.schema === undefined ? undefined : 'application/json');
  const schema = response.schema === undefined ? {} : { schema: schemaReference(response.schema) };
  return {
    description: response.description,
    ...(response.hasEtag
      ? { headers: { ETag: { schema: { type: 'string' }, description: 'The version.' } } }
      : {}),
    ...(contentType === undefined ? {} : { content: { [contentType]: schema } }),
  };
}

export interface ParameterDescription {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** The parameters of a route in the path, the query and the headers. */
export function parametersOf(route: Route): ParameterDescription[] {
  return [...pathParametersOf(route), ...queryParametersOf(route), ...headerParametersOf(route)];
}

function pathParametersOf(route: Route): ParameterDescription[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    description: route.parameters[name!]!.description, // the compiler has checked that it has one
    schema: pathSchemas[name!] ?? shortTextSchema,
  }));
}

const shortText = { type: 'string', minLength: 1, maxLength: limits.idLengthMax };

const shortTextSchema = { ...shortText, pattern: shortTextPattern };

/** What a path may name, if not any short text: another one is refused, or not found. */
const pathSchemas: Readonly<Record<string, JsonSchema>> = {
  threadId: jsonSchemaOf(threadIdField),
  itemId: jsonSchemaOf(itemIdField),
};

/** Blanks around a header's value do not belong to it. Beyond ASCII a value is UTF-8. */
const headerTextPattern = '^[!-~]([ -~]*[!-~])?$';
const entityTag = '(W/)?"[^"]*"[ \\t]*';
const ifMatchSchema = {
  type: 'string',
  anyOf: [{ enum: ['*'] }, { pattern: `^${entityTag}(,[ \\t]*${entityTag})*$` }],
};

function queryParametersOf(route: Route): ParameterDescription[] {
  return [...ownParametersOf(route), ...(takesLinkKey(route) ? [linkKeyParameter] : [])];
}

const linkKeyParameter: ParameterDescription = {
  name: 'k',
  in: 'query',
  required: false,
  description: 'What the address of an unlisted thread names, which lets its readers in.',
  schema: { ...shortText, pattern: shortTextPattern },
};

function ownParametersOf(route: Route): ParameterDescription[] {
  if (route.query === undefined) return [];
  return Object.entries(jsonSchemaOf(route.query).properties ?? {}).map(
    ([name, { description = '', ...schema }]) => ({
      name,
      in: 'query',
      required: false,
      description,
      schema,
    }),
  );
}

function headerParametersOf(route: Route): ParameterDescription[] {
  const found: ParameterDescription[] = [];
  const add = (
    name: string,
    description: string,
    schema: JsonSchema = { type: 'string' },
  ): void => {
    found.push({ name, in: 'header', required: false, description, schema });
  };
  if (route.takesIdempotencyKey) {
    const schema = { ...shortText, maxLength: limits.keyLengthMax, pattern: headerTextPattern };
    add('Idempotency-Key', 'Makes the request safe to repeat for 24 hours.', schema);
  }
  if (route.takesIfMatch) {
    add('If-Match', 'The ETag that must still hold, such as `"3"`; `*` is any.', ifMatchSchema);
  }
  if (route.takesLastEventId)
    add('Last-Event-ID', 'Where to continue. Takes precedence over `after`.');
  if (route.access === 'caller')
    add('X-User-Id', 'The caller, in local mode and with a server key.', {
      ...shortText,
      pattern: headerTextPattern,
    });
  return found;
}
