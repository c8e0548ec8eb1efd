import { describe, expect, test } from 'vitest';
import type { Operation, Verb } from '../api/operation.ts';
import type { NounDescription } from '../protocol/operations.ts';
import { invalid, SkeinError } from '../shared/error.ts';
import type { Call } from './call.ts';
import type { PlainResponse } from './plain-response.ts';
import { createVerbAction } from './verb-action.ts';

const operation = (responses: Operation['responses'], more: Partial<Operation> = {}): Operation => {
  return { summary: '', responses, ...more };
};
const toy = { description: '', schema: 'Toy' };
const versioned = { ...toy, hasEtag: true } as const;

const toys = nounOf({
  getToy: 'GET /toys/{boxId}/{toyId}',
  changeToy: 'PATCH /toys/{boxId}/{toyId}',
  makeToy: 'POST /toys/{boxId}',
  dropToy: 'DELETE /toys/{boxId}/{toyId}',
  dropToys: 'POST /toys/{boxId}/drop',
});

function nounOf(endpoints: NounDescription['endpoints']): NounDescription {
  const id = { boxId: 'boxId', toyId: 'toyId' };
  const verbs: Record<string, Verb> = {
    getToy: ['toys.get', 'boxId', 'toyId', 'query'],
    changeToy: ['toys.change', [{ ...id, ifVersion: 'ifMatch', '...': 'body' }]],
    makeToy: ['toys.make', { boxId: 'boxId', '...': 'body' }, 'options'],
    dropToy: ['toys.drop', 'boxId', ['toyId'], { ifVersion: 'ifMatch' }],
    dropToys: ['toys.drop', 'boxId', 'body.ids'],
  };
  const operations: Record<string, Operation> = {
    getToy: operation({ 200: versioned, 304: { description: '' } }),
    changeToy: operation({ 200: versioned }, { takesIfMatch: true }),
    makeToy: operation({ 201: toy }, { takesIdempotencyKey: true }),
    dropToy: operation({ 204: { description: '' } }, { takesIfMatch: true }),
    dropToys: operation({ 204: { description: '' } }),
  };
  const table = { group: 'Toys', parameters: {}, operations };
  return { endpoints, verbs, table, schemas: {}, queries: {} };
}

interface RequestForTesting {
  readonly headers?: HeadersInit;
  readonly body?: object;
  /** What every verb throws. */
  readonly refusal?: Error;
}

/** Responds to a request for a box whose toys are at version 7. */
async function respond(
  name: string,
  { headers = {}, body, refusal }: RequestForTesting = {},
): Promise<{ response: PlainResponse; called: unknown[] }> {
  const called: unknown[] = [];
  const verb =
    (result: unknown) =>
    (...values: readonly unknown[]) => {
      called.push(values);
      return refusal === undefined ? Promise.resolve(result) : Promise.reject(refusal);
    };
  const thing = { name: 'ball', version: 7 };
  const call = {
    headers: new Headers(headers),
    requestId: 'r1',
    project: {
      toys: { get: verb(thing), change: verb([thing]), make: verb(thing), drop: verb(undefined) },
    },
    query: { q: 1 },
    body,
    param: (parameter: string) => parameter.toUpperCase(),
    writeOptions: () => ({ requestId: 'r1', idempotencyKey: 'k' }),
  };
  const action = createVerbAction(toys, name);
  return { response: await action(call as unknown as Call), called };
}

describe('the action of a verb', () => {
  test('that reads has the parameters of the path, and an ETag', async () => {
    const { response, called } = await respond('getToy');
    expect(called).toEqual([['BOXID', 'TOYID', { q: 1 }]]);
    expect(response).toMatchObject({ kind: 'json', status: 200, headers: { etag: '"7"' } });
    const known = await respond('getToy', { headers: { 'if-none-match': '"7"' } });
    expect(known.response).toMatchObject({ kind: 'empty', status: 304, headers: { etag: '"7"' } });
  });

  test('that changes has the version in If-Match, if there is one', async () => {
    const body = { name: 'cube' };
    const plain = await respond('changeToy', { body });
    const fields = { boxId: 'BOXID', toyId: 'TOYID', name: 'cube' };
    expect(plain.called).toEqual([[[fields]]]);
    expect(plain.response).toMatchObject({ status: 200, value: { name: 'ball', version: 7 } });
    const { called } = await respond('changeToy', { body, headers: { 'if-match': '"3"' } });
    expect(called).toEqual([[[{ ...fields, ifVersion: 3 }]]]);
  });

  test('compares a list of versions with what GET gives', async () => {
    const { called } = await respond('dropToy', { headers: { 'if-match': '"6", "7"' } });
    expect(called).toEqual([
      ['BOXID', 'TOYID', { q: 1 }],
      ['BOXID', ['TOYID'], { ifVersion: 7 }],
    ]);
    const stale = respond('dropToy', { headers: { 'if-match': '"5", "6"' } });
    await expect(stale).rejects.toMatchObject({ code: 'precondition_failed' });
  });

  test('that returns nothing responds with 204', async () => {
    const { response, called } = await respond('dropToy');
    expect(called).toEqual([['BOXID', ['TOYID'], {}]]);
    expect(response).toEqual({ kind: 'empty', status: 204, headers: undefined });
    const many = await respond('dropToys', { body: { ids: ['1', '2'] } });
    expect(many.called).toEqual([['BOXID', ['1', '2']]]);
    expect(many.response).toMatchObject({ kind: 'empty', status: 204 });
  });

  test.each([
    ['changeToy', 'updates.0.name', 'name'],
    ['changeToy', 'updates.0.parts.1.type', 'parts.1.type'],
    ['changeToy', 'updates.0.toyId', 'toyId'],
    ['changeToy', 'updates.0', ''],
    ['changeToy', 'tags.0', 'tags.0'],
    ['changeToy', 'name', 'name'],
    ['dropToy', 'toyIds.0', 'toyId'],
    ['dropToy', 'boxId', 'boxId'],
    ['dropToys', 'ids.0', 'ids.0'],
  ])('%s names %s of its verb as %s of the request', async (name, path, expected) => {
    const refusal = invalid(path, 'is wrong');
    const asked = respond(name, { body: { name: 'cube', tags: [''], ids: [''] }, refusal });
    await expect(asked).rejects.toMatchObject({
      code: 'invalid_request',
      message: expected === '' ? 'is wrong' : `${expected}: is wrong`,
      issues: [{ path: expected, message: 'is wrong' }],
    });
  });

  test('throws what is not about the request as it is', async () => {
    const refusal = new SkeinError('conflict', 'The owner cannot leave.');
    await expect(respond('dropToy', { refusal })).rejects.toBe(refusal);
  });

  test('that always creates responds with 201', async () => {
    const { response, called } = await respond('makeToy', { body: { name: 'cube' } });
    const options = { requestId: 'r1', idempotencyKey: 'k' };
    expect(called).toEqual([[{ boxId: 'BOXID', name: 'cube' }, options]]);
    expect(response).toMatchObject({ kind: 'json', status: 201, headers: undefined });
  });

  test('cannot compare versions where no GET tells them', () => {
    const noun = nounOf({ changeToy: 'PATCH /toys/{boxId}/{toyId}' });
    expect(() => createVerbAction(noun, 'changeToy')).toThrow(
      'changeToy takes If-Match, so GET /toys/{boxId}/{toyId} must be a verb',
    );
  });
});
