import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scripted, textChunks } from '../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../test/support/domain/source-for-testing.ts';
import type { Comparison } from '../api/comparison.ts';
import type { Item } from '../api/item.ts';
import type { Page } from '../api/page.ts';
import { jsonSchemaOf, type WireSchemaName } from '../protocol/wire-schemas.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { enginesForTesting } from '../../test/support/server/engines-for-testing.ts';
import {
  expectProblem,
  HttpKitForTesting,
} from '../../test/support/server/http-kit-for-testing.ts';

/*
 * Walks the route table: wherever a route can refer to something in a thread, it is called with
 * something from another thread. The references of parameters and bodies are listed below; a route
 * with an unlisted one fails the test, so that no new route is forgotten.
 */

type Reference = 'nothing' | 'item' | 'cursor' | 'live cursor';

const queryReferences: Readonly<Record<string, Reference>> = {
  limit: 'nothing',
  order: 'nothing',
  view: 'nothing',
  scopeType: 'nothing',
  scopeId: 'nothing',
  tag: 'nothing',
  visibility: 'nothing',
  archived: 'nothing',
  participating: 'nothing',
  presence: 'nothing',
  unread: 'nothing',
  unseen: 'nothing',
  mine: 'nothing',
  // Labels of a thread's own items: with those of another thread the page is empty.
  runId: 'nothing',
  spanId: 'nothing',
  key: 'nothing',
  private: 'nothing',
  userId: 'nothing',
  inputItemId: 'nothing',
  around: 'item',
  at: 'nothing',
  parentId: 'item',
  itemId: 'item',
  fromItemId: 'item',
  toItemId: 'item',
  after: 'cursor',
  before: 'cursor',
  // Threads of others, and cursors of other threads, end there: `channel-http.test.ts`.
  thread: 'nothing',
  status: 'nothing',
  state: 'nothing',
  from: 'nothing',
};

/** The others refuse every user, whatever the query says. */
const openRoutes = routes.filter(({ access }) => access !== 'serverKey' && access !== 'operator');

/** Bodies that are valid except for one reference to an item of another thread. */
const foreignBodies: Readonly<
  Partial<Record<WireSchemaName, (own: Item, foreign: Item) => object[]>>
> = {
  NewThread: (_own, { id }) => [
    { items: [{ role: 'user', text: 'x', parentId: id }] },
    { items: [{ role: 'user', text: 'x', replacesId: id }] },
  ],
  AppendItems: (_own, { id }) => [
    { items: [{ role: 'user', text: 'x', parentId: id }] },
    { items: [{ role: 'user', text: 'x', replacesId: id }] },
  ],
  CreateEdges: (own, { id }) => [
    { edges: [{ fromItemId: own.id, toItemId: id, type: 'depends_on' }] },
    { edges: [{ fromItemId: id, toItemId: own.id, type: 'depends_on' }] },
  ],
  Fork: (_own, { id }) => [{ atItemId: id }],
  StartRun: (_own, { id }) => [
    { inputItemId: id },
    { replacesId: id },
    { input: 'x', archiveAfter: id },
    { input: [{ role: 'user', text: 'x', parentId: id }] },
  ],
  NewComparison: (_own, { id }) => [
    { prompt: { role: 'user', text: 'x', parentId: id }, models: 'random' },
    { prompt: { role: 'user', text: 'x', replacesId: id }, models: 'random' },
  ],
  UserIds: () => [],
  ReadMark: (_own, { id }) => [{ itemId: id }],
  Typing: () => [],
  InboxSeen: () => [],
  SetFeedback: () => [],
  RotateKey: () => [],
  PutUser: () => [],
  AddParticipants: () => [],
  ParticipantPatch: () => [],
  HandOver: () => [],
  NewShare: (_own, { id }) => [{ atItemId: id }],
  Vote: () => [],
  ThreadPatch: () => [],
  ItemPatch: () => [],
  Scope: () => [],
  CreateToken: () => [],
  NewKey: () => [],
};

interface World {
  readonly kit: HttpKitForTesting;
  readonly own: WalkedThread;
  readonly foreign: WalkedThread;
}

interface WalkedThread {
  readonly id: string;
  readonly items: readonly Item[];
  /** The values that path parameters can have in this thread. */
  readonly ids: Readonly<Record<'itemId' | 'runId' | 'streamId' | 'comparisonId', string>>;
}

// The examples of the documentation name the first one.
const responders = sourceOf(
  ...['demo/echo', 'demo/other'].map((name) => scripted(() => textChunks('x'), name)),
);

// Some routes accept only UUIDs as thread ids.
const ownId = '0192f0c1-7e1a-7000-8000-000000000001';
const foreignId = '0192f0c1-7e1a-7000-8000-000000000002';
const missingId = '0192f0c1-7e1a-7000-8000-000000000003';

/** Two threads of Alice with every kind of content that a page can list, and one of Bob's. */
async function createWorld(kit: HttpKitForTesting): Promise<World> {
  const threads = [];
  for (const id of [ownId, foreignId]) {
    await kit.createThread({ id }, 'alice');
    const items = await kit.append(
      id,
      [1, 2, 3].map((n) => ({ role: 'user', text: `${n}`, spanId: `s${n}` })),
      'alice',
    );
    const edges = [1, 2].map((n) => ({
      fromItemId: items[n]!.id,
      toItemId: items[n - 1]!.id,
      type: 'caused_by',
    }));
    await kit.must(201, 'POST', `/v1/threads/${id}/edges`, { json: { edges }, user: 'alice' });
    for (const item of items)
      await kit.must(201, 'POST', `/v1/threads/${id}/fork`, {
        json: { atItemId: item.id },
        user: 'alice',
      });
    const runs = await addRuns(kit, id);
    threads.push({ id, items, ids: { itemId: items[0]!.id, ...runs } });
  }
  return { kit, own: threads[0]!, foreign: threads[1]! };
}

/** A comparison whose left side is the run. */
async function addRuns(
  kit: HttpKitForTesting,
  threadId: string,
): Promise<{ runId: string; streamId: string; comparisonId: string }> {
  const path = `/v1/threads/${threadId}/comparisons`;
  const json = { prompt: 'x', models: 'random' };
  await kit.call('POST', path, { json, user: 'alice' }); // its events end when both have answered
  const { data } = await kit.must<Page<Comparison>>(200, 'GET', path, { user: 'alice' });
  const { id: comparisonId, status, left } = data[0]!;
  expect(status).toBe('completed');
  return { comparisonId, runId: left.runId, streamId: left.streamId };
}

function pathOf(route: Route, threadId: string, ids: WalkedThread['ids']): string {
  const values: Readonly<Record<string, string>> = {
    threadId,
    ...ids,
    scopeType: 'ticket',
    scopeId: '1',
    keyId: 'no-key',
    userId: 'nobody',
    shareId: 'no-link',
    emoji: '%F0%9F%91%8D',
    token: `sl_${'A'.repeat(43)}`,
  };
  return route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = values[name];
    if (value === undefined) throw new TypeError(`Add to this test what {${name}} refers to.`);
    return value;
  });
}

function queryNamesOf(route: Route): string[] {
  return route.query === undefined ? [] : Object.keys(jsonSchemaOf(route.query).properties ?? {});
}

const threadRoutes = routes.filter(({ path }) => path.includes('{threadId}'));
const label = ({ method, path }: Route): string => `${method} ${path}`;

describe.each(enginesForTesting)('the routes on %s', (_engine, createEngine) => {
  let world: World;
  let before: string;

  beforeAll(async () => {
    world = await createWorld(await HttpKitForTesting.open(createEngine(), {}, { responders }));
    before = await world.kit.dump(['alice', 'mallory']);
  });

  afterAll(() => world.kit[Symbol.asyncDispose]());

  /** Nothing changes after each request, so one world serves all tests. */
  async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
    await run(world);
    expect(await world.kit.dump(['alice', 'mallory'])).toBe(before);
  }

  test.each(threadRoutes.map((route) => [label(route), route] as const))(
    '%s: a thread of another user',
    (_label, route) =>
      withWorld(async ({ kit, own }) => {
        const json = route.body?.example;
        for (const user of ['mallory', 'alice']) {
          const threadId = user === 'alice' ? missingId : own.id;
          const path = pathOf(route, threadId, own.ids);
          expectProblem(
            await kit.call(route.method, path, json === undefined ? { user } : { user, json }),
            404,
            'not_found',
          );
        }
      }),
  );

  test.each(
    routes
      .filter(({ path }) => /\{(?:itemId|runId|streamId|comparisonId)\}/.test(path))
      .map((route) => [label(route), route] as const),
  )('%s: an item, run, stream or comparison of another thread', (_label, route) =>
    withWorld(async ({ kit, own, foreign }) => {
      const json = route.body?.example;
      const path = pathOf(route, own.id, foreign.ids);
      const request = json === undefined ? { user: 'alice' } : { user: 'alice', json };
      expectProblem(await kit.call(route.method, path, request), 404, 'not_found');
    }),
  );

  test.each(
    routes.filter(({ body }) => body !== undefined).map((route) => [label(route), route] as const),
  )('%s: a body that names an item of another thread', (_label, route) =>
    withWorld(async ({ kit, own, foreign }) => {
      const bodies = foreignBodies[route.body!.name];
      if (bodies === undefined)
        throw new TypeError(`Add to this test what ${route.body!.name} refers to.`);
      for (const json of bodies(own.items[0]!, foreign.items[0]!)) {
        const answer = await kit.call(route.method, pathOf(route, own.id, own.ids), {
          user: 'alice',
          json,
        });
        expect([400, 404], `${JSON.stringify(json)}: ${answer.text}`).toContain(answer.status);
        expectProblem(
          answer,
          answer.status,
          answer.status === 400 ? 'invalid_request' : 'not_found',
        );
      }
    }),
  );

  test.each(openRoutes.map((route) => [label(route), route] as const))(
    '%s: query parameters',
    (_label, route) =>
      withWorld(async (world) => {
        for (const name of queryNamesOf(route)) {
          const reference = queryReferences[name];
          if (reference === undefined)
            throw new TypeError(`Add to this test what ?${name} refers to.`);
          if (reference === 'nothing') continue;
          for (const value of await foreignValues(world, route, reference))
            await expectRefused(world, route, name, value);
        }
      }),
  );
});

async function expectRefused(
  { kit, own }: World,
  route: Route,
  name: string,
  value: string,
): Promise<void> {
  const path = `${pathOf(route, own.id, own.ids)}?${name}=${encodeURIComponent(value)}`;
  const answer = await kit.call(route.method, path, { user: 'alice' });
  expect([400, 404], `${path}: ${answer.text}`).toContain(answer.status);
  expectProblem(answer, answer.status, answer.status === 400 ? 'invalid_request' : 'not_found');
}

/**
 * Values from another thread, or another list of the same thread, that a parameter must not accept.
 */
async function foreignValues(world: World, route: Route, reference: Reference): Promise<string[]> {
  const { kit, own, foreign } = world;
  const foreignItem = foreign.items[0]!.id;
  if (reference === 'item') return [foreignItem];
  const page = async (path: string): Promise<Record<string, string | null>> =>
    kit.must(200, 'GET', path, { user: 'alice' });
  const cursors: (string | null | undefined)[] = [foreignItem];
  for (const list of ['items', 'edges', 'forks']) {
    const other = await page(`/v1/threads/${foreign.id}/${list}?limit=1`);
    expect(other.nextCursor, list).toEqual(expect.any(String));
    cursors.push(other.nextCursor, other.prevCursor, other.cursor);
    // Messages are another view of the list of items.
    const isSame =
      route.path.endsWith(`/${list}`) || (list === 'items' && route.path.endsWith('/messages'));
    if (!isSame && !route.path.endsWith('/live')) {
      cursors.push((await page(`/v1/threads/${own.id}/${list}?limit=1`)).nextCursor);
    }
  }
  if (route.path !== '/v1/threads') cursors.push((await page('/v1/threads?limit=1')).nextCursor);
  else cursors.push((await page('/v1/threads?limit=1&tag=other')).nextCursor);
  return [...cursors.filter((cursor) => typeof cursor === 'string'), 'no-cursor', '~'];
}
