import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonSchema } from '../../protocol/wire-schemas.ts';
import { scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { enginesForTesting } from '../../../test/support/server/engines-for-testing.ts';
import { HttpKitForTesting } from '../../../test/support/server/http-kit-for-testing.ts';

/*
 * The OpenAPI document says which texts are refused. From it this makes, for every parameter and
 * every field of a body, texts that fit and texts that do not, and asks the server about each.
 */

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly schema: JsonSchema;
}

interface DocumentedOperation {
  readonly parameters: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: { 'application/json': { schema: JsonSchema; example: unknown } };
  };
}

/** One text in one place of an operation. */
interface Probe {
  readonly method: string;
  readonly path: string;
  readonly parameter: string;
  readonly place: 'path' | 'query' | 'header' | 'body';
  readonly text: string;
  readonly body: unknown;
  /** Whether the document lets it pass. */
  readonly isFit: boolean;
}

const candidates = [
  '',
  'a',
  ' ',
  'a b',
  'agent:x',
  '.',
  '..',
  'a/b',
  'ä',
  '😀',
  'tab\there',
  'line\nbreak',
  'nul\u0000',
  'separator\u2028',
  '*',
  '"3"',
  'W/"3", "4"',
  '"3',
  '3',
  '0192f0c1-7e1a-7000-8000-0123456789ab',
  '0192F0C1-7E1A-7000-8000-0123456789AB',
  '0192f0c1-7e1a-4000-8000-0123456789ab',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(128),
  'x'.repeat(129),
  'x'.repeat(200),
  'x'.repeat(201),
];

function fits(schema: JsonSchema, text: string): boolean {
  const { minLength = 0, maxLength = Infinity, pattern, enum: values, anyOf } = schema;
  if (values) return values.includes(text);
  if (anyOf && !anyOf.some((option) => fits(option, text))) return false;
  if (text.length < Number(minLength) || text.length > Number(maxLength)) return false;
  return pattern === undefined || new RegExp(String(pattern), 'u').test(text);
}

/** What a request cannot carry, or loses on its way, is not for the document to say. */
function canSend(place: Probe['place'], text: string): boolean {
  if (place === 'path') return !['', '.', '..'].includes(text);
  if (place !== 'header') return true;
  return /^[\x20-\x7e]*$/.test(text) && text === text.trim();
}

function isText({ type }: JsonSchema): boolean {
  return type === 'string';
}

describe.each(enginesForTesting)(
  'what the document says is refused, on %s',
  (_name, createEngine) => {
    let kit: HttpKitForTesting;
    let probes: Probe[];
    let authorization: string;
    let schemas: Readonly<Record<string, JsonSchema>>;

    beforeAll(async () => {
      const responders = sourceOf(scripted(() => textChunks('Yes'), 'demo/echo'));
      kit = await HttpKitForTesting.open(
        createEngine(),
        { auth: { mode: 'tokens' } },
        { responders },
      );
      const created = await kit.store.keys.create({ projectId: 'default', name: 'test' });
      authorization = `Bearer ${created.secret}`;
      const { json } = await kit.call('GET', '/openapi.json');
      const document = json as {
        paths: Record<string, Record<string, DocumentedOperation>>;
        components: { schemas: Record<string, JsonSchema> };
      };
      schemas = document.components.schemas;
      probes = Object.entries(document.paths)
        .filter(([path]) => path.startsWith('/v1/') && !path.endsWith('/live'))
        .flatMap(([path, operations]) =>
          Object.entries(operations).flatMap(([method, operation]) =>
            probesOf(method.toUpperCase(), path, operation),
          ),
        );
    });

    afterAll(() => kit[Symbol.asyncDispose]());

    function probesOf(
      method: string,
      path: string,
      { parameters, requestBody }: DocumentedOperation,
    ): Probe[] {
      const content = requestBody?.content['application/json'];
      const body = content?.example;
      const common = { method, path, body };
      const ofParameters = parameters
        .filter(({ name, schema }) => isText(schema) && !isCursor(name))
        .flatMap(({ name, in: place, schema }) =>
          textsFor(place).map((text) => {
            return { ...common, parameter: name, place, text, isFit: fits(schema, text) };
          }),
        );
      const fields = content ? fieldsOf(content.schema) : [];
      const ofBody = fields.flatMap(([name, schema]) =>
        textsFor('body').map((text) => {
          const changed = { ...(body as object), ...companions[name], [name]: text };
          const probe = { ...common, parameter: name, place: 'body' as const, text };
          return { ...probe, body: changed, isFit: fits(schema, text) };
        }),
      );
      return [...ofParameters, ...ofBody];
    }

    function textsFor(place: Probe['place']): string[] {
      return candidates.filter((text) => canSend(place, text));
    }

    function fieldsOf(schema: JsonSchema): [string, JsonSchema][] {
      const named = schema.$ref ? schemas[schema.$ref.split('/').at(-1)!]! : schema;
      return Object.entries(named.properties ?? {}).filter(([, field]) => isText(field));
    }

    /** `undefined` where the caller may not even ask. */
    async function refuses(probe: Probe): Promise<boolean | undefined> {
      const { method, path, parameter, place, text, body, isFit } = probe;
      const project = kit.store.project('default').as({ userId: 'u1' });
      const [thread] = await project.threads.create([{}]);
      const at = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
        if (place === 'path' && name === parameter) return encodeURIComponent(text);
        return { threadId: thread!.id, emoji: encodeURIComponent('👍') }[name] ?? 'x';
      });
      const asked = { ...companions[parameter], [parameter]: text };
      const pairs = Object.entries(asked).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value]],
      );
      const query = place === 'query' ? `?${new URLSearchParams(pairs)}` : '';
      const headers = {
        authorization,
        'x-user-id': 'u1',
        ...(place === 'header' && { [parameter.toLowerCase()]: text }),
      };
      const answer = await kit.send(method, at + query, {
        headers,
        ...(body !== undefined && { json: body }),
      });
      if (answer.status !== 400) {
        await answer.body?.cancel();
        if (answer.status === 401 || answer.status === 403) return undefined;
        return answer.status === 404 && place === 'path';
      }
      const { errors } = (await answer.json()) as { errors: { path: string; message: string }[] };
      const found = errors.filter(({ path: at_ }) => at_ === parameter);
      // A text of the right form may still name nothing.
      return found.some(({ message }) => !isFit || !namesNothing.test(message));
    }

    test('is refused, and nothing else', async () => {
      const wrong: string[] = [];
      let count = 0;
      for (const probe of probes) {
        const isRefused = await refuses(probe);
        count += 1;
        // What is of the right form in a path may be there or not.
        if (probe.isFit && probe.place === 'path') continue;
        if (isRefused === probe.isFit) {
          const { method, path, place, parameter, text } = probe;
          const shown = JSON.stringify(text.length > 40 ? `${text.length} characters` : text);
          wrong.push(
            `${method} ${path}: ${place} ${parameter} ${shown} ${isRefused ? 'is refused' : 'is taken'}`,
          );
        }
      }
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(1000);
    });

    test.each(together)('%s: %j is refused', async (_why, path, json) => {
      const project = kit.store.project('default').as({ userId: 'u1' });
      const [thread] = await project.threads.create([{ items: [{ role: 'user', text: 'Hi' }] }]);
      const headers = { authorization, 'x-user-id': 'u1' };
      const at = path.replace('{threadId}', thread!.id);
      expect((await kit.call('POST', at, { json, headers })).status).toBe(400);
    });

    test('no body and null are one where a body is optional, and are refused elsewhere', async () => {
      const { json } = await kit.call('GET', '/openapi.json');
      const { paths } = json as { paths: Record<string, Record<string, DocumentedOperation>> };
      const wrong: string[] = [];
      for (const [path, operations] of Object.entries(paths)) {
        for (const [method, { requestBody }] of Object.entries(operations)) {
          if (requestBody === undefined || !path.startsWith('/v1/')) continue;
          const { schema } = requestBody.content['application/json'];
          const takesNull = schema.anyOf?.some(({ type }) => type === 'null') ?? false;
          const probe = { method: method.toUpperCase(), path, parameter: '', text: '' };
          const refused = await refuses({ ...probe, place: 'body', body: null, isFit: takesNull });
          if (takesNull === requestBody.required) wrong.push(`${method} ${path}: null or required`);
          if (refused === takesNull) wrong.push(`${method} ${path}: ${refused}`);
        }
      }
      expect(wrong).toEqual([]);
    });

    test('the document names what excludes each other', async () => {
      const { json } = await kit.call('GET', '/openapi.json');
      const { paths } = json as { paths: Record<string, Record<string, DocumentedOperation>> };
      const project = kit.store.project('default').as({ userId: 'u1' });
      const [thread] = await project.threads.create([{}]);
      const { run } = await project.runs.start(thread!.id, { input: 'Hi' });
      for (const [path, one, other] of excluding) {
        const { parameters } = paths[path]!.get!;
        const named = Object.fromEntries(parameters.map((entry) => [entry.name, entry]));
        for (const [name, { [0]: key }] of [
          [one[0], other],
          [other[0], one],
        ] as const) {
          expect([path, name, named[name]!.description]).toEqual([
            path,
            name,
            expect.stringMatching(new RegExp(`\\b[Nn]ot with\\b.*\\b${key}\\b`)),
          ]);
        }
        const at = path.replace('{threadId}', thread!.id).replace('{streamId}', run.streamId);
        const headers = { authorization, 'x-user-id': 'u1' };
        const answer = await kit.call('GET', `${at}?${new URLSearchParams([one, other])}`, {
          headers,
        });
        expect([path, one, other, answer.status]).toEqual([path, one, other, 400]);
      }
    });

    test('OPTIONS lists the methods that the document has for a path', async () => {
      const { json } = await kit.call('GET', '/openapi.json');
      const { paths } = json as { paths: Record<string, Record<string, DocumentedOperation>> };
      for (const [path, operations] of Object.entries(paths)) {
        const answer = await kit.call('OPTIONS', path.replaceAll(/\{\w+\}/g, 'x'));
        const methods = Object.keys(operations).map((method) => method.toUpperCase());
        const expected = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
        const offered = answer.headers.get('allow')!.split(', ');
        expect([path, offered.toSorted()]).toEqual([path, expected.toSorted()]);
      }
    });

    test('the document says so of each of them', () => {
      expect(schemas.NewItem).toMatchObject({
        oneOf: [{ required: ['parts'] }, { required: ['text'] }],
        properties: { parts: { minItems: 1 } },
      });
      expect(schemas.NewComparison).toMatchObject({
        properties: {
          prompt: { properties: { role: { const: 'user' }, replacesId: { not: {} } } },
          models: { anyOf: [{ uniqueItems: true }, {}] },
        },
      });
      expect(schemas.StartRun!.allOf).toHaveLength(5);
      expect(schemas.NewShare!.allOf).toHaveLength(1);
      const { properties } = schemas.AddParticipants!;
      expect(properties!.participants!.items!.allOf).toHaveLength(2);
    });

    test('a scope is named by both of its fields', async () => {
      expect(schemas.NewThread).toMatchObject({
        dependentRequired: { scopeType: ['scopeId'], scopeId: ['scopeType'] },
      });
      for (const json of [{ scopeType: 'ticket' }, { scopeId: 'T-1' }]) {
        const headers = { authorization, 'x-user-id': 'u1' };
        expect((await kit.call('POST', '/v1/threads', { json, headers })).status).toBe(400);
      }
    });
  },
);

const id = '0192f0c1-7e1a-7000-8000-0123456789ab';
const said = { role: 'user', text: 'Hi' } as const;
const [items, runs, comparisons, shares] = ['items', 'runs', 'comparisons', 'shares'].map(
  (name) => `/v1/threads/{threadId}/${name}` as const,
);
const models = ['demo/echo', 'demo/eliza'];

/** What a body is refused for though each of its fields alone would be taken. */
const together: readonly (readonly [why: string, path: string, json: object])[] = [
  ['neither parts nor text', items!, { items: [{ role: 'user' }] }],
  ['parts and text', items!, { items: [{ ...said, parts: [{ type: 'text', text: 'x' }] }] }],
  ['no part', items!, { items: [{ role: 'user', parts: [] }] }],
  ['a model and an agent', runs!, { input: 'Hi', model: 'demo/echo', agent: 'a' }],
  ['an input and an item to answer', runs!, { input: 'Hi', inputItemId: id }],
  ['a retry with an input', runs!, { input: 'Hi', retriesId: id }],
  ['a retry that replaces', runs!, { replacesId: id, retriesId: id }],
  ['a retry with a key', runs!, { messageId: 'm', retriesId: id }],
  ['one model twice', comparisons!, { prompt: 'Hi', models: ['demo/echo', 'demo/echo'] }],
  ['a blank prompt', comparisons!, { prompt: ' \n', models }],
  ['a prompt of another role', comparisons!, { prompt: { ...said, role: 'tool' }, models }],
  [
    'a rule of agents for a person',
    '/v1/threads',
    { participants: [{ userId: 'a', answers: 'always' }] },
  ],
  [
    'an agent that moderates',
    '/v1/threads',
    { participants: [{ userId: 'agent:a', role: 'moderator' }] },
  ],
  ['a link to an item that follows', shares!, { atItemId: id, frozen: false }],
  ['no entries that were seen', '/v1/inbox/seen', {}],
  ['entries and a time', '/v1/inbox/seen', { ids: [], before: '2026-11-30T12:00:00Z' }],
  ['a prompt that edits', comparisons!, { prompt: { ...said, replacesId: id }, models }],
];

const thread = '/v1/threads/{threadId}';

/** Two parameters of a path that are refused together, which no word of OpenAPI says. */
const excluding: readonly (readonly [path: string, [string, string], [string, string]])[] = [
  [`${thread}/items`, ['runId', 'x'], ['spanId', 'x']],
  [`${thread}/items`, ['parentId', id], ['key', 'x']],
  [`${thread}/items`, ['spanId', 'x'], ['key', 'x']],
  [`${thread}/items`, ['around', id], ['at', '2026-01-01T00:00:00.000Z']],
  [`${thread}/edges`, ['fromItemId', id], ['toItemId', id]],
  [`${thread}/runs`, ['status', 'failed'], ['inputItemId', id]],
  [`${thread}/streams/{streamId}`, ['from', 'step'], ['after', '3']],
  ['/v1/threads', ['participating', 'true'], ['order', 'created']],
];

/** What must stand beside a field, or must not. */
const companions: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  scopeType: { scopeId: 'x' },
  scopeId: { scopeType: 'x' },
  agent: { model: undefined },
  inputItemId: { input: undefined },
  retriesId: { input: undefined },
};

const namesNothing = /item of this thread|is not known/;

/** A cursor is opaque: its form is the server's own business. */
function isCursor(name: string): boolean {
  return name === 'after' || name === 'before' || name === 'from';
}
