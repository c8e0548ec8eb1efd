import { expect, test } from 'vitest';
import { jsonSchemas, schemaReference, wireSchemas, type WireSchemaName } from './wire-schemas.ts';

test('every schema has a JSON Schema, and every reference in them leads to one', () => {
  const schemas = jsonSchemas();
  expect(Object.keys(schemas).toSorted()).toEqual(Object.keys(wireSchemas).toSorted());
  const references = [...JSON.stringify(schemas).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference]) => reference,
  );
  expect(references.length).toBeGreaterThanOrEqual(8);
  const known = new Set(
    Object.keys(schemas).map((name) => schemaReference(name as WireSchemaName).$ref),
  );
  for (const reference of references) expect(known).toContain(reference);
});

test('request schemas are closed, response schemas are open', () => {
  const schemas = jsonSchemas();
  for (const name of [
    'NewThread',
    'ThreadPatch',
    'NewItem',
    'AppendItems',
    'Scope',
    'Fork',
  ] as const) {
    expect(schemas[name].additionalProperties, name).toBe(false);
  }
  for (const name of ['Thread', 'Item', 'Edge', 'Problem'] as const) {
    expect(schemas[name].additionalProperties, name).not.toBe(false);
  }
});

test('every property has a type', () => {
  for (const [name, schema] of Object.entries(jsonSchemas())) {
    for (const [field, property] of Object.entries(schema.properties ?? {})) {
      const isTyped =
        property.$ref !== undefined || property.type !== undefined || property.anyOf !== undefined;
      expect(isTyped, `${name}.${field}`).toBe(true);
    }
  }
});
