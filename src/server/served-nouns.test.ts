import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memory } from '../engines/memory/index.ts';
import type { NounOf } from '../api/operation.ts';
import type { NounSchemas } from '../protocol/schemas/noun-schemas.ts';
import { createStore } from '../store/index.ts';
import type { Store } from '../store/store.ts';
import { json } from './plain-response.ts';
import type { Actions } from './call.ts';
import { createNodeHandler } from './create-handler.ts';
import { servedNouns } from './served-nouns.ts';

/*
 * A noun that only this test has: its operations, schemas and actions are all that the router, the
 * documentation and the compiler need.
 */

interface Wish {
  readonly text: string;
  readonly count: number;
}

const wishEndpoints = {
  makeWish: 'POST /v1/wishes/{wishId}',
  listWishes: 'GET /v1/wishes',
} as const;

const wishTable = {
  group: 'Wishes',
  parameters: { wishId: { description: "A wish's id." } },
  operations: {
    makeWish: {
      summary: 'Make a wish',
      description: ['One at a time.', 'It may come true.'],
      body: { schema: 'NewWish', example: { text: 'Rain' } },
      takesIdempotencyKey: true,
      responses: { 201: { description: 'The wish.', schema: 'Wish' } },
    },
    listWishes: {
      summary: 'List wishes',
      query: 'WishQuery',
      responses: { 200: { description: 'The wishes.', schema: 'Wish' } },
    },
  },
} as const;

interface WishTypes {
  readonly schemas: { readonly NewWish: { readonly text: string }; readonly Wish: Wish };
  readonly queries: { readonly WishQuery: { readonly about?: string } };
}

type WishNoun = NounOf<typeof wishEndpoints, typeof wishTable, WishTypes>;

const wishSchemas: NounSchemas<WishNoun> = {
  schemas: {
    NewWish: z.strictObject({ text: z.string() }),
    Wish: z.looseObject({ text: z.string(), count: z.int() }),
  },
  queries: { WishQuery: z.strictObject({ about: z.string().describe('A word.').exactOptional() }) },
};

const wishActions: Actions<WishNoun> = {
  makeWish: (call) => json(201, { text: `${call.param('wishId')}: ${call.body.text}`, count: 1 }),
  listWishes: ({ query }) => json(200, { text: query.about ?? 'all', count: 0 }),
};

const aWish = { text: 'x', count: 1 };

/** What is missing or of another type does not compile. */
const mistakes: readonly unknown[] = [
  // @ts-expect-error an action is missing
  { makeWish: wishActions.makeWish } satisfies Actions<WishNoun>,
  // @ts-expect-error the table has no such status
  { ...wishActions, makeWish: () => json(200, aWish) } satisfies Actions<WishNoun>,
  // @ts-expect-error the answer has another type
  { ...wishActions, listWishes: () => json(200, { text: 'x' }) } satisfies Actions<WishNoun>,
  // @ts-expect-error the path has no such parameter
  ((call) => json(201, { ...aWish, text: call.param('id') })) satisfies WishAction<'makeWish'>,
  // @ts-expect-error a schema is missing
  { Wish: wishSchemas.schemas.Wish } satisfies NounSchemas<WishNoun>['schemas'],
];

type WishAction<Name extends keyof Actions<WishNoun>> = Actions<WishNoun>[Name];

/** The table without a field, or with another one in its place. */
type With<Part extends keyof typeof wishTable, Other> = Omit<typeof wishTable, Part> & {
  readonly [Name in Part]: Other;
};
type Operations = typeof wishTable.operations;

/** Neither does a table that does not fit. */
type Refused = [
  // @ts-expect-error a parameter of a path is not described
  NounOf<typeof wishEndpoints, With<'parameters', OtherParameters>, WishTypes>,
  // @ts-expect-error an endpoint has no operation
  NounOf<typeof wishEndpoints, With<'operations', Pick<Operations, 'makeWish'>>, WishTypes>,
  // @ts-expect-error an operation has no endpoint
  NounOf<Pick<typeof wishEndpoints, 'makeWish'>, typeof wishTable, WishTypes>,
  // @ts-expect-error a name has no type
  NounOf<typeof wishEndpoints, typeof wishTable, Omit<WishTypes, 'queries'> & { queries: object }>,
  // @ts-expect-error a field is misspelled
  NounOf<typeof wishEndpoints, With<'operations', Operations & Misspelled>, WishTypes>,
];
interface OtherParameters {
  readonly otherId: { readonly description: string };
}
interface Misspelled {
  readonly makeWish: { readonly takesIfmatch: true };
}

describe('a noun of a test', () => {
  let store: Store;
  let handler: (request: Request) => Promise<Response>;

  beforeAll(async () => {
    store = await createStore({ engine: memory() });
    handler = createNodeHandler(store, {}, [
      ...servedNouns,
      {
        noun: { endpoints: wishEndpoints, table: wishTable, verbs: {}, ...wishSchemas },
        actions: wishActions,
      },
    ]);
  });

  afterAll(() => store.close());

  const call = (method: string, path: string, body?: object): Promise<Response> =>
    handler(
      new Request(`http://localhost${path}`, {
        method,
        ...(body && {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      }),
    );

  test('is routed, checked and answered', async () => {
    const made = await call('POST', '/v1/wishes/w1', { text: 'Rain' });
    expect([made.status, await made.json()]).toEqual([201, { text: 'w1: Rain', count: 1 }]);
    expect(await (await call('GET', '/v1/wishes?about=rain')).json()).toEqual({
      text: 'rain',
      count: 0,
    });
    expect((await call('POST', '/v1/wishes/w1', { text: 3 })).status).toBe(400);
    expect((await call('GET', '/v1/wishes?other=1')).status).toBe(400);
    expect((await call('DELETE', '/v1/wishes')).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  test('stands in the OpenAPI document', async () => {
    const { paths, components, tags } = (await (await call('GET', '/openapi.json')).json()) as {
      paths: Record<string, Record<string, { operationId: string; description: string }>>;
      components: { schemas: Record<string, object> };
      tags: object[];
    };
    expect(paths['/v1/wishes/{wishId}']?.post).toMatchObject({
      operationId: 'makeWish',
      description: 'One at a time. It may come true.',
    });
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['NewWish', 'Thread']));
    expect(tags).toContainEqual({ name: 'Wishes' });
  });

  test('stands on the documentation page, with an example', async () => {
    const page = await (await call('GET', '/docs')).text();
    expect(page).toContain('id="makeWish"');
    expect(page).toContain('id="schema-NewWish"');
    expect(page).toContain('http://localhost/v1/wishes/WISH_ID');
  });

  test('cannot be described wrongly', () => {
    const refused: Refused['length'] = 5;
    expect([mistakes.length, refused]).toEqual([5, 5]); // the compiler has looked at each of them
  });

  test('is none of the others', async () => {
    const plain = createNodeHandler(store, {});
    expect((await plain(new Request('http://localhost/v1/wishes'))).status).toBe(404);
  });
});
