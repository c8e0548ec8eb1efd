import { describe, expect, test } from 'vitest';
import { check } from '../../protocol/check.ts';
import { jsonSchemas } from '../../protocol/wire-schemas.ts';
import { errorCodes } from '../../shared/error.ts';
import { memory } from '../../engines/memory/index.ts';
import { routes } from '../routes.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';
import { html, prose } from './html.ts';

type Json = { readonly [key: string]: Json } & { readonly length?: number };

async function withKit(run: (kit: HttpKitForTesting) => Promise<void>): Promise<void> {
  await using kit = await HttpKitForTesting.open(memory());
  await run(kit);
}

function at(document: unknown, pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (value, key) => (value as Json | undefined)?.[key.replaceAll('~1', '/')],
      document,
    );
}

function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return Array.isArray(value) ? inner : [value as Record<string, unknown>, ...inner];
}

describe('the OpenAPI document', () => {
  test('has every route, and nothing else', () =>
    withKit(async (kit) => {
      const answer = await kit.call<{ openapi: string; paths: Record<string, object> }>(
        'GET',
        '/openapi.json',
      );
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(answer.json.openapi).toBe('3.1.0');
      const described = Object.entries(answer.json.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      expect(described.toSorted()).toEqual(
        routes.map(({ method, path }) => `${method} ${path}`).toSorted(),
      );
    }));

  test('refers only to what is in it, and uses all of its schemas', () =>
    withKit(async (kit) => {
      const { json } = await kit.call('GET', '/openapi.json');
      const references = new Set(
        objectsIn(json).flatMap((object) =>
          typeof object['$ref'] === 'string' ? [object['$ref']] : [],
        ),
      );
      for (const reference of references)
        expect(at(json, reference), reference).toBeTypeOf('object');
      const unused = Object.keys(jsonSchemas()).filter(
        (name) => !references.has(`#/components/schemas/${name}`),
      );
      // `Change` is described for readers of the live tail, whose events OpenAPI cannot express.
      expect(unused).toEqual(['Change']);
    }));

  test('describes each operation completely', () =>
    withKit(async (kit) => {
      const { json } = await kit.call<{ paths: Record<string, Record<string, Json>> }>(
        'GET',
        '/openapi.json',
      );
      const ids = new Set<unknown>();
      for (const { method, path, access } of routes) {
        const operation = json.paths[path]![method.toLowerCase()]!;
        const name = `${method} ${path}`;
        ids.add(operation['operationId']);
        const described = operation['parameters'] as unknown as {
          in: string;
          name: string;
          required: boolean;
          schema: object;
          description: string;
        }[];
        const inPath = described
          .filter((parameter) => parameter.in === 'path')
          .map((parameter) => parameter.name);
        expect(inPath, name).toEqual(
          [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter),
        );
        for (const parameter of described) {
          expect(parameter.required, name).toBe(parameter.in === 'path');
          expect(parameter.description, `${name} ${parameter.name}`).not.toBe('');
          expect(Object.keys(parameter.schema).length, `${name} ${parameter.name}`).toBeGreaterThan(
            0,
          );
        }
        const statuses = Object.keys(operation['responses']!);
        expect(
          statuses.some((status) => status.startsWith('2')),
          name,
        ).toBe(true);
        expect(statuses).toContain('default');
        if (access === 'caller')
          expect(statuses).toEqual(expect.arrayContaining(['400', '401', '403']));
      }
      expect(ids.size).toBe(routes.length);
    }));

  test('every path parameter is one that is documented', () => {
    for (const { path, parameters } of routes) {
      for (const [, name] of path.matchAll(/\{(\w+)\}/g))
        expect(Object.keys(parameters)).toContain(name);
    }
  });

  test('gives examples that the server accepts', () => {
    for (const { body } of routes) {
      if (body !== undefined) expect(() => check(body.schema, body.example)).not.toThrow();
    }
  });
});

describe('the documentation page', () => {
  test('needs no other file', () =>
    withKit(async (kit) => {
      const { status, text, headers } = await kit.call('GET', '/docs');
      expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(text).not.toMatch(/<script|src=|@import|url\(|https?:\/\/(?!localhost)/);
      expect(text).toContain('prefers-color-scheme: dark');
    }));

  test('has every route with its example, every schema and every error', () =>
    withKit(async (kit) => {
      const { text } = await kit.call('GET', '/docs');
      for (const { name, summary, method } of routes) {
        const card = text.split(`<section class="card" id="${name}">`)[1]?.split('</section>')[0];
        expect(card, name).toBeDefined();
        expect(card).toContain(method);
        expect(card).toContain('curl -s');
        expect(card).toContain(html`${summary}`.html);
      }
      for (const name of Object.keys(jsonSchemas())) expect(text).toContain(`id="schema-${name}"`);
      for (const code of errorCodes) expect(text).toContain(`<tr id="${code}">`);
      const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [, anchor] of text.matchAll(/href="#([^"]+)"/g))
        expect(ids, anchor).toContain(anchor);
    }));

  test('uses the address that the reader called', () =>
    withKit(async (kit) => {
      const page = await (await kit.handler(new Request('http://127.0.0.1:4321/docs'))).text();
      expect(page).toContain('http://127.0.0.1:4321/v1/threads');
      expect(page).not.toContain('@origin@');
    }));

  test('escapes its content', () => {
    expect(html`<p>${'<b>&"\''}${['<i>', html`<hr />`, undefined, 3]}</p>`.html).toBe(
      '<p>&lt;b&gt;&amp;&quot;&#39;&lt;i&gt;<hr />3</p>',
    );
    expect(prose('`a<b` & c').html).toBe('<code>a&lt;b</code> &amp; c');
  });
});
