/**
 * Tenants that use the same ids. Each makes the same requests, to every route of the table, in turn
 * with the others. Each must get what a tenant gets who has the store alone, and no answer may show
 * how the store keeps their threads apart. A new route is walked, too: what it needs must be known
 * here.
 */
import { describe, expect, test } from 'vitest';
import { createChatMount, type ChatMount } from '../../src/adapters/ai-sdk/chat/chat-mount.ts';
import { SkeinSaver } from '../../src/adapters/langgraph/index.ts';
import { chatEndpoints } from '../../src/api/operations/chat.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { splitEndpoint } from '../../src/protocol/path.ts';
import { taskQueue } from '../../src/records/tables.ts';
import { routes } from '../../src/server/routes.ts';
import { createStore } from '../../src/store/create-store.ts';
import { scripted, textChunks } from '../support/domain/responders-for-testing.ts';
import { sourceOf } from '../support/domain/source-for-testing.ts';
import { HttpKitForTesting } from '../support/server/http-kit-for-testing.ts';
import { until } from '../support/shared/waits-for-testing.ts';
import { rowsOf, startOfTests } from '../support/store/store-kit-for-testing.ts';
import { enginePlaces } from '../support/store/engines-for-testing.ts';

const canary = 'zz-canary-tenant';
const tenants = ['default', 'other-tenant', canary] as const;
type Tenant = (typeof tenants)[number];

/** The same for all. Some routes take only UUIDs. */
const threadId = '0192f0c1-7e1a-7000-8000-000000000001';
const targetId = '0192f0c1-7e1a-7000-8000-000000000002';

interface Step {
  readonly method: string;
  readonly path: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is needed before the walk, and makes ids that the paths of the walk name. */
const beginning: readonly Step[] = [
  { method: 'POST', path: '/v1/threads', json: { id: threadId, mode: 'group', tags: ['tag'] } },
  { method: 'POST', path: '/v1/threads', json: { id: threadId, mode: 'group', tags: ['tag'] } },
  { method: 'POST', path: '/v1/threads', json: { id: threadId, title: 'Other' } },
  { method: 'POST', path: '/v1/threads', json: {}, headers: { 'idempotency-key': 'made' } },
  { method: 'POST', path: '/v1/threads', json: {}, headers: { 'idempotency-key': 'made' } },
  ...['a', 'b', 'b'].map((key) => ({
    method: 'POST',
    path: '/v1/threads/{threadId}/items',
    json: { items: [{ role: 'user', text: key, key, runId: 'run', spanId: key }] },
  })),
  {
    method: 'POST',
    path: '/v1/threads/{threadId}/items',
    json: { items: [{ role: 'user', text: 'once' }] },
    headers: { 'idempotency-key': 'once' },
  },
  { method: 'GET', path: '/v1/threads/{threadId}/items?key=a' },
  { method: 'POST', path: '/v1/threads/{threadId}/shares', json: {} },
];

/** Bodies that name something, in place of the examples of the documentation. */
const bodies: Readonly<Record<string, (names: ReadonlyMap<string, string>) => unknown>> = {
  'POST /v1/threads/{threadId}/fork': (names) => ({ atItemId: names.get('itemId') }),
  'POST /v1/threads/{threadId}/edges': (names) => ({
    edges: [
      {
        fromItemId: names.get('otherItemId'),
        toItemId: names.get('itemId'),
        type: 'caused_by',
      },
    ],
  }),
  'POST /v1/threads/{threadId}/comparisons': () => ({
    prompt: 'Which?',
    models: ['demo/echo', 'demo/other'],
    blind: true,
  }),
  'POST /api/chat': () => ({
    id: targetId,
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  }),
};

/** What an address must name besides its path. */
const queries: Readonly<Record<string, string>> = { '/v1/live': '?thread={threadId}' };

/** Of the process or for its operator, not of a tenant; and what ends the tenant itself. */
const notOfTenants = /^\w+ (?:\/metrics|\/healthz|\/readyz|\/openapi\.json|\/docs|\/v1\/keys\b.*)$/;

/** Reads first, then what adds, then what takes away, and the thread itself at last. */
function walk(): Step[] {
  const chat = Object.values(chatEndpoints).map((endpoint) => splitEndpoint(endpoint));
  const known = routes.map(({ method, path, body }) => {
    return { method, path: path + (queries[path] ?? ''), json: body?.example };
  });
  const all: Step[] = [...known, ...chat].filter(
    ({ method, path }) => !notOfTenants.test(`${method} ${path}`),
  );
  const reads = all.filter(({ method }) => method === 'GET');
  const adds = all.filter(({ method }) => method !== 'GET' && method !== 'DELETE');
  const ends = all.filter(({ method }) => method === 'DELETE');
  const last = ends.filter(({ path }) => path === '/v1/threads/{threadId}');
  const earlier = ends.filter((step) => !last.includes(step));
  return [...reads, ...adds, ...reads, ...earlier, ...reads, ...last, ...reads];
}

const anyId = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** In a request, not made by the store: all of these are the same for all tenants. */
function isGiven(id: string): boolean {
  return id.startsWith('0192f0c1-');
}

interface Served {
  readonly kit: HttpKitForTesting;
  readonly engine: Engine;
}

/** A tenant who makes requests and learns the names of what they have made. */
class Caller {
  readonly tenant: Tenant;
  readonly answers: string[] = [];
  /** Where an answer shows how threads are stored. */
  readonly leaks: string[] = [];
  readonly #kit: HttpKitForTesting;
  readonly #engine: Engine;
  readonly #key: string;
  readonly #names = new Map<string, string>([
    ['threadId', threadId],
    ['scopeType', 'ticket'],
    ['scopeId', '1'],
    ['userId', 'grace'],
    ['emoji', '%F0%9F%91%8D'],
    ['messageId', 'm1'],
    ['tokenId', '0'.repeat(16)],
  ]);
  /** The ids that the store has made for this tenant, as far as answers tell them. */
  readonly ids = new Set<string>();

  constructor(served: Served, tenant: Tenant, key: string) {
    this.#kit = served.kit;
    this.#engine = served.engine;
    this.tenant = tenant;
    this.#key = key;
  }

  async take({ method, path, json, headers }: Step): Promise<void> {
    const name = `${method} ${path}`;
    const body = bodies[name]?.(this.#names) ?? json;
    const response = await this.#kit.send(method, this.#fill(path), {
      headers: { authorization: `Bearer ${this.#key}`, 'x-user-id': 'ada', ...headers },
      ...(body !== undefined && { json: body }),
    });
    const text = await readAll(response);
    const told = [...response.headers].filter(([header]) => header !== 'content-length');
    const whole = `${text} ${JSON.stringify(told)}`;
    if (/(?:zz-canary|other)-tenant(?:\/|%2f|\\u002f)/i.test(whole)) {
      this.leaks.push(`${name}: ${whole}`);
    }
    for (const [id] of whole.matchAll(anyId)) if (!isGiven(id)) this.ids.add(id);
    const type = response.headers.get('content-type') ?? '';
    const isStream = type.startsWith('text/event-stream');
    if (response.ok && type.startsWith('application/json')) this.#learn(JSON.parse(text));
    const shown = isStream ? eventNames(text) : this.#masked(whole);
    this.answers.push(`${name} ${response.status} ${shown}`);
    if (method !== 'GET') await this.#settled();
  }

  #fill(path: string): string {
    return path.replaceAll(/\{(\w+)\}/g, (_match, parameter: string) => {
      const value = this.#names.get(parameter);
      if (value === undefined) throw new TypeError(`Add to this test what {${parameter}} names.`);
      return value;
    });
  }

  /** The items with these keys, and the first run and comparison that an answer tells of. */
  #learn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    const { id, key, runId, streamId, blind, showAuthors, url, token } = value as Readonly<
      Record<string, unknown>
    >;
    if (key === 'a') this.#name('itemId', id);
    if (key === 'b') this.#name('otherItemId', id);
    if (blind !== undefined) this.#name('comparisonId', id);
    if (showAuthors !== undefined) this.#name('shareId', id);
    if (url !== undefined) this.#name('token', token);
    // A side of a comparison.
    if (streamId !== undefined && runId !== undefined) {
      this.#name('runId', runId);
      this.#name('streamId', streamId);
    }
    for (const inner of Object.values(value)) this.#learn(inner);
  }

  #name(parameter: string, value: unknown): void {
    if (typeof value === 'string' && !this.#names.has(parameter)) this.#names.set(parameter, value);
  }

  /** Waits for answers, and for tasks that an operation has promised. */
  async #settled(): Promise<void> {
    await until(async () => (await rowsOf(this.#engine, taskQueue)).length === 0);
    const project = this.#kit.store.project(this.tenant).as({ userId: 'ada' });
    await until(async () => {
      for (const id of [threadId, targetId]) {
        const page = await project.runs.list(id, { limit: 100 }).catch(() => ({ data: [] }));
        const isBusy = page.data.some(({ status }) => status === 'queued' || status === 'running');
        if (isBusy) return false;
      }
      return true;
    });
  }

  #masked(text: string): string {
    return (
      text
        .replaceAll(`"projectId":"${this.tenant}"`, '"projectId":"TENANT"')
        .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
        .replaceAll(/[\w-]{40,}/g, 'OPAQUE')
        .replaceAll(/\?k=[\w-]{22}/g, '?k=KEY')
        .replaceAll(/"[\w-]*[Cc]ursor":"[\w-]{20,}"/g, '"CURSOR"')
        .replaceAll(/"(?:timeMs|model1TimeMs|model2TimeMs)":\d+/g, '"DURATION"')
        // Which of two answers ends first, and in how many commits, is a matter of time.
        .replaceAll(/demo\/(?:echo|other)/g, 'MODEL')
        .replaceAll(/"version":\d+|"etag","[^,]*/g, '"VERSION"')
        .replaceAll(anyId, 'ID')
    );
  }
}

/** The body as far as it comes by itself: a live tail has told all with its first head, or end. */
async function readAll(response: Response): Promise<string> {
  const isTail = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isTail || response.body === null) return response.text();
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    if (/event: (?:head|end)\n(?:.*\n)*\n$/.test(text)) break;
  }
  return text;
}

/** Which chunks came together is a matter of time. */
function eventNames(text: string): string {
  const names = [...text.matchAll(/^event: (\w+)|"type":"([\w-]+)"/gm)];
  return [...new Set(names.map(([, event, type]) => event ?? type))].toSorted().join(' ');
}

/** Each of these tenants takes all steps, one step in turn. */
async function runSteps(engine: Engine, callers: readonly Tenant[]): Promise<Caller[]> {
  const later: { chat?: ChatMount } = {}; // it needs the store
  let taken = 0;
  const mount: ChatMount = {
    path: '/api/chat',
    handler: (request, identity, call) => later.chat!.handler(request, identity, call),
  };
  const responders = sourceOf(
    ...['demo/echo', 'demo/other'].map((name) => scripted(() => textChunks('Hi'), name)),
  );
  await using kit = await HttpKitForTesting.open(
    engine,
    { auth: { mode: 'tokens' }, mounts: [mount] },
    { responders, clock: () => startOfTests + taken * 5000 },
  );
  later.chat = createChatMount({ store: kit.store });
  const made: Caller[] = [];
  for (const projectId of callers) {
    const { secret } = await kit.store.keys.create({ name: 'server', projectId });
    made.push(new Caller({ kit, engine }, projectId, secret));
  }
  const comparing = { method: 'POST', path: '/v1/threads/{threadId}/comparisons' };
  const listing = { method: 'GET', path: '/v1/threads/{threadId}/comparisons' };
  for (const step of [...beginning, comparing, listing, ...walk()]) {
    for (const caller of made) await caller.take(step);
    taken++; // lists are ordered by seconds, and no machine is to be too fast or too slow for that
  }
  return made;
}

describe.each(enginePlaces)('tenants with the same ids, on %s', (_name, createPlace) => {
  test('get from every route what each gets alone, and none sees how the store keeps them apart', async () => {
    await using alonePlace = await createPlace();
    await using sharedPlace = await createPlace();
    const [alone] = await runSteps(alonePlace.open(), [canary]);
    const shared = await runSteps(sharedPlace.open(), tenants);
    expect(alone!.answers.some((answer) => / 5\d\d /.test(answer))).toBe(false);
    const known = new Set<string>();
    for (const { tenant, answers, leaks, ids } of shared) {
      expect(leaks, tenant).toEqual([]);
      expect(
        [...ids].filter((id) => known.has(id)),
        tenant,
      ).toEqual([]);
      expect(ids.size).toBeGreaterThan(100);
      for (const id of ids) known.add(id);
      expect(answers, tenant).toEqual(alone!.answers);
    }
  });

  test('keep their checkpoints apart', async () => {
    await using place = await createPlace();
    await using store = await createStore({ engine: place.open() });
    const savers = tenants.map((projectId) => new SkeinSaver({ store, projectId }));
    const config = { configurable: { thread_id: 'graph', checkpoint_ns: '' } };
    const put = async (saver: SkeinSaver, text: string): Promise<unknown> => {
      const checkpoint = {
        v: 4,
        id: '1f0b1b2a-0000-6000-8000-000000000001',
        ts: '2026-01-01T00:00:00.000Z',
        channel_values: { said: text },
        channel_versions: { said: 1 },
        versions_seen: {},
      };
      const metadata = { source: 'input', step: -1, parents: {} } as const;
      return saver.put(config, checkpoint, metadata, { said: 1 });
    };
    for (const [i, saver] of savers.entries()) await put(saver, tenants[i]!);
    const said = async (): Promise<unknown[]> =>
      Promise.all(
        savers.map(async (saver) => {
          const tuple = await saver.getTuple(config);
          return tuple?.checkpoint.channel_values.said;
        }),
      );
    expect(await said()).toEqual(tenants);
    await savers[2]!.copyThread('graph', 'copy');
    await savers[1]!.deleteThread('graph');
    expect(await said()).toEqual(['default', undefined, canary]);
    const copied = { configurable: { thread_id: 'copy' } };
    const copies = await Promise.all(savers.map((saver) => saver.getTuple(copied)));
    expect(copies.map((tuple) => tuple !== undefined)).toEqual([false, false, true]);
  });
});
