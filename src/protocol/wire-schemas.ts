import { z } from 'zod';
import { nouns, type Nouns } from './operations.ts';
import { problemSchema } from './schemas/problem.ts';

/** The names of schemas in OpenAPI. Every body and response of an operation is one of these. */
export type WireSchemaName =
  | 'Problem'
  | { [Name in keyof Nouns]: keyof Nouns[Name]['wire']['schemas'] }[keyof Nouns];

export const wireSchemas: Readonly<Record<WireSchemaName, z.ZodType>> = schemasByName();

function schemasByName(): Record<WireSchemaName, z.ZodType> {
  const all = Object.values(nouns).map(({ schemas }) => schemas);
  // Each noun has a schema for every name in its types.
  return Object.assign({ Problem: problemSchema }, ...all) as Record<WireSchemaName, z.ZodType>;
}

/** A JSON Schema (draft 2020-12), as far as the documentation reads it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

export function schemaReference(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The JSON Schemas of all wire schemas. */
export function jsonSchemas(): Readonly<Record<WireSchemaName, JsonSchema>> {
  return jsonSchemasOf(wireSchemas);
}

/** The JSON Schemas that zod derives from the validators, with references by name. */
export function jsonSchemasOf<Name extends string>(
  named: Readonly<Record<Name, z.ZodType>>,
): Readonly<Record<Name, JsonSchema>> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries<z.ZodType>(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    unrepresentable: 'any',
  });
  // The registry returns exactly the names that were put in.
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutIdentity(schema)]),
  ) as Record<Name, JsonSchema>;
}

/** The JSON Schema of a schema without a name, such as a route's query. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return withoutIdentity(z.toJSONSchema(schema, { unrepresentable: 'any' }));
}

/**
 * Inside an OpenAPI document, a schema's position is its identity, and the document sets the
 * dialect.
 */
function withoutIdentity(schema: object): JsonSchema {
  const { $schema: _schema, $id: _id, ...rest } = schema as JsonSchema; // zod gives JSON Schema
  return rest;
}
