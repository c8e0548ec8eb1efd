import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Endpoint, Verb } from '../api/operation.ts';
import type { ProjectApi } from '../api/project-api.ts';
import { nouns } from '../protocol/operations.ts';
import { createVerbs } from './create-verbs.ts';
import { Http } from './http.ts';
import {
  serveInMemory,
  type ServedStore,
} from '../../test/support/client/served-store-for-testing.ts';

let served: ServedStore;
let client: ProjectApi;
let itemIds: string[];

beforeEach(async () => {
  served = await serveInMemory();
  client = served.connect();
  await served.project.threads.create([{ id: 't' }]);
  const texts = ['one', 'two', 'three'];
  const items = await served.project.items.append(
    't',
    texts.map((text) => ({ role: 'user', text })),
  );
  itemIds = items.map(({ id }) => id);
});

afterEach(() => served[Symbol.asyncDispose]());

test('the client has every verb of the operation table', () => {
  const inTable = Object.values(nouns).map(({ verbs }) => verbs);
  const names = inTable.flatMap((verbs) => Object.values<Verb>(verbs).map(([name]) => name));
  expect(names).toContain('edges.list');
  for (const name of names) expect(client, name).toHaveProperty(name, expect.any(Function));
});

test('a verb with an outcome has one without it beside it', () => {
  const verbs: Record<string, Verb> = {
    make: ['things.makeWithOutcome', 'body.things'],
    set: ['things.setWithOutcome', { id: 'thingId', '...': 'body' }],
    touch: ['things.touchWithOutcome', 'thingId'],
  };
  const endpoints = {
    make: 'POST /things',
    set: 'PUT /things/{thingId}',
    touch: 'POST /things/{thingId}/touch',
  } as const;
  const http = new Http({ baseUrl: 'http://localhost' });
  const { things } = createVerbs(http, [{ endpoints, verbs }]);
  expect(Object.keys(things ?? {})).toEqual([
    'makeWithOutcome',
    'make',
    'setWithOutcome',
    'set',
    'touchWithOutcome',
    'touch',
  ]);
});

/** The verbs of one operation, and what their requests were. */
function verbsOf(endpoint: Endpoint, verb: Verb, status = 200) {
  const requests: unknown[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const body = await request.text();
    const { pathname, search } = new URL(request.url);
    const ifMatch = request.headers.get('if-match');
    requests.push([
      `${request.method} ${pathname}${search}`,
      ...(body === '' ? [] : [JSON.parse(body)]),
      ...(ifMatch === null ? [] : [ifMatch]),
    ]);
    return status === 204 ? new Response(null, { status }) : Response.json({ body }, { status });
  };
  const http = new Http({ baseUrl: 'http://localhost', fetch });
  const endpoints = { operation: endpoint };
  const { things = {} } = createVerbs(http, [{ endpoints, verbs: { operation: verb } }]);
  return { things, requests };
}

test('a verb that returns nothing is a request without a result', async () => {
  const one = verbsOf('DELETE /a/{aId}/b/{bId}', ['things.drop', 'aId', 'bId', 'query'], 204);
  expect(await one.things.drop!('1', '2', { why: 'x' })).toBeUndefined();
  expect(one.requests).toEqual([['DELETE /a/1/b/2?why=x']]);
  const many = verbsOf('DELETE /a/{aId}', ['things.drop', ['aId'], { ifVersion: 'ifMatch' }], 204);
  await many.things.drop!(['1', '2'], { ifVersion: 3 });
  await many.things.drop!(['3']);
  expect(many.requests).toEqual([['DELETE /a/1', '"3"'], ['DELETE /a/2', '"3"'], ['DELETE /a/3']]);
  const listed = verbsOf('POST /a/drop', ['things.drop', 'body.ids'], 204);
  expect(await listed.things.drop!(['1', '2'])).toBeUndefined();
  expect(listed.requests).toEqual([['POST /a/drop', { ids: ['1', '2'] }]]);
});

test('the fields of an argument go where the table says', async () => {
  const places = { a: 'aId', b: 'bId', ifVersion: 'ifMatch', '...': 'body' };
  const { things, requests } = verbsOf('PATCH /a/{aId}/b/{bId}', ['things.set', [places]]);
  await things.set!([
    { a: '1', b: '2', ifVersion: 0, name: 'n' },
    { a: '3', b: '4' },
  ]);
  expect(requests).toEqual([
    ['PATCH /a/1/b/2', { name: 'n' }, '"0"'],
    ['PATCH /a/3/b/4', {}],
  ]);
});

test('get or create takes several, each with a key of its own', async () => {
  const keys: unknown[] = [];
  served.intercept = (request) => {
    keys.push(request.headers.get('idempotency-key'));
    return Promise.resolve(undefined);
  };
  const scopes = ['1', '2'].map((scopeId) => ({ scopeType: 'ticket', scopeId, title: scopeId }));
  const made = await client.scopes.getOrCreate(scopes, { idempotencyKey: 'k' });
  expect(made.map(({ scopeId, title }) => [scopeId, title])).toEqual([
    ['1', '1'],
    ['2', '2'],
  ]);
  expect(keys).toEqual(['k#0', 'k#1']);
  const again = await client.scopes.getOrCreateWithOutcome(scopes[0]!);
  expect(again).toEqual({ data: made[0], replayed: true });
  const long = { idempotencyKey: 'k'.repeat(128) };
  await expect(client.scopes.getOrCreate(scopes, long)).rejects.toThrow('too long');
  await expect(client.scopes.getOrCreate(scopes[0] as never)).rejects.toThrow('pass [value]');
});

test('of two operations that are the same verb, the first is called', async () => {
  await client.threads.update([{ id: 't', title: 'T' }]);
  expect(served.log).toEqual(['PATCH /v1/threads/t']);
});

test('a verb without arguments is one request', async () => {
  expect(await client.models.list()).toEqual({ data: [] });
  expect(served.log).toEqual(['GET /v1/models']);
});

test('arguments go into the path, the query and the body', async () => {
  const [from = '', to = ''] = itemIds;
  const edges = [{ fromItemId: from, toItemId: to, type: 'caused_by' } as const];
  const made = await client.edges.create('t', edges, { requestId: 'r1' });
  expect(made).toMatchObject([{ ...edges[0], threadId: 't' }]);
  expect((await client.edges.list('t', { toItemId: to })).data).toEqual(made);
  expect((await client.edges.list('t', { toItemId: from })).data).toEqual([]);
  expect((await client.edges.list('t')).data).toEqual(made);
});

test('the outcome tells a retry from a write', async () => {
  const [from = '', to = ''] = itemIds;
  const edges = [{ fromItemId: from, toItemId: to, type: 'depends_on' } as const];
  const options = { idempotencyKey: 'k' };
  const first = await client.edges.createWithOutcome('t', edges, options);
  const again = await client.edges.createWithOutcome('t', edges, options);
  expect([first.replayed, again.replayed]).toEqual([false, true]);
  expect(again.data).toEqual(first.data);
});

test('a verb whose operation takes one element is a request for each', async () => {
  const [one = '', two = '', three = ''] = itemIds;
  const gone = await client.items.redact('t', [two, one]);
  expect(gone.map(({ id, parts }) => [id, parts])).toEqual([
    [two, []],
    [one, []],
  ]);
  served.log.length = 0;
  const redacting = client.items.redact('t', ['none', three, 'nothing']);
  await expect(redacting).rejects.toMatchObject({ code: 'not_found' });
  const path = '/v1/threads/t/items';
  const requests = ['none', three, 'nothing'].map((id) => `DELETE ${path}/${id}`);
  expect(served.log).toEqual(requests);
  expect(await client.items.get('t', three)).toMatchObject({ parts: [] });
  await expect(client.items.redact('t', three as never)).rejects.toThrow('pass [value]');
});

test('an element with fields is a path by its id, and a body without it', async () => {
  const [one = '', two = ''] = itemIds;
  const bodies: unknown[] = [];
  served.intercept = async (request) => {
    bodies.push(await request.clone().json());
    return undefined;
  };
  const changed = await client.items.update('t', [
    { id: one, visibility: 'hidden' },
    { id: two, visibility: 'archived' },
  ]);
  expect(changed.map(({ id, visibility }) => [id, visibility])).toEqual([
    [one, 'hidden'],
    [two, 'archived'],
  ]);
  const path = '/v1/threads/t/items';
  expect(served.log).toEqual([`PATCH ${path}/${one}`, `PATCH ${path}/${two}`]);
  expect(bodies).toEqual([{ visibility: 'hidden' }, { visibility: 'archived' }]);
});

test('an empty array sends nothing, as in the store', async () => {
  expect(await client.edges.create('t', [])).toEqual([]);
  expect(await client.edges.createWithOutcome('t', [])).toEqual({ data: [], replayed: false });
  expect(await client.items.redact('t', [])).toEqual([]);
  expect(served.log).toEqual([]);
});

test('what is not a path, or not JSON, rejects and is not sent', async () => {
  await expect(client.edges.list('..')).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(client.edges.list(undefined as never)).rejects.toThrow('threadId must be a string');
  const edges = [{ fromItemId: Number.NaN }];
  await expect(client.edges.create('t', edges as never)).rejects.toMatchObject({
    code: 'invalid_request',
    issues: [{ path: 'edges.0.fromItemId' }],
  });
  expect(served.log).toEqual([]);
});
