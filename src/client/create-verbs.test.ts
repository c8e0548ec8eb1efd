import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Verb } from '../api/operation.ts';
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

test('only a verb with an array has one without the outcome beside it', () => {
  const verbs: Record<string, Verb> = {
    make: ['things.makeWithOutcome', 'body.things'],
    set: ['things.setWithOutcome', 'body'],
  };
  const endpoints = { make: 'POST /things', set: 'PUT /things' } as const;
  const http = new Http({ baseUrl: 'http://localhost' });
  const { things } = createVerbs(http, [{ endpoints, verbs }]);
  expect(Object.keys(things ?? {})).toEqual(['makeWithOutcome', 'make', 'setWithOutcome']);
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
