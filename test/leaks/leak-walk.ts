/**
 * Walks all routes, as every caller, over threads of every mode and visibility that hold texts
 * which were private, hidden, edited away, redacted, or a provider's. No answer, event or line of
 * the log above `debug` may tell one to a caller who may not read it. Routes come from the table,
 * so that a new one is walked, too: what its parameters refer to must be known here.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatEndpoints } from '../../src/api/operations/chat.ts';
import { seededRandom, type SeededRandom } from '../../src/engine/fault/seeded-random.ts';
import { splitEndpoint } from '../../src/protocol/path.ts';
import { jsonSchemaOf } from '../../src/protocol/wire-schemas.ts';
import { routes } from '../../src/server/routes.ts';
import type { EnginePlace } from '../support/engine/engine-in-place-for-testing.ts';
import { seedForTesting } from '../support/store/seed-for-testing.ts';
import { anyCanary, callerNames, leaders, mayRead, users, type Caller } from './leak-callers.ts';
import { fillLeakWorld, LeakWorld, type Walked } from './leak-world.ts';

const seed = seedForTesting();

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly queryNames: readonly string[];
  bodyFor(thread: Walked): unknown;
}

/** Questions that models answer here; of all others the table's own example is sent. */
const questions: Readonly<Record<string, (thread: Walked) => unknown>> = {
  'POST /v1/threads/{threadId}/runs': () => ({ input: 'What was said?' }),
  'POST /v1/threads/{threadId}/comparisons': () => ({
    prompt: 'What was said?',
    models: ['lab/parrot', 'lab/failing'],
  }),
  'POST /api/chat': ({ id }) => ({
    id,
    message: {
      ...{ id: crypto.randomUUID(), role: 'user' },
      parts: [{ type: 'text', text: 'What was said?' }],
    },
  }),
};

const endpoints: readonly Endpoint[] = [
  ...routes.map(({ method, path, query, body }) => ({
    method,
    path,
    queryNames: query === undefined ? [] : Object.keys(jsonSchemaOf(query).properties ?? {}),
    bodyFor: questions[`${method} ${path}`] ?? (() => body?.example),
  })),
  ...Object.values(chatEndpoints).map((endpoint) => {
    const { method, path } = splitEndpoint(endpoint);
    return { method, path, queryNames: [], bodyFor: questions[endpoint] ?? (() => undefined) };
  }),
];

/** What can be tried for parameters of a query that name nothing in a thread. */
const anywhere: Readonly<Record<string, readonly string[]>> = {
  limit: ['100'],
  order: ['asc', 'desc'],
  view: ['current', 'context', 'log'],
  from: ['start', 'step'],
  status: ['failed', 'completed'],
  state: ['joined', 'left', 'banned'],
  visibility: ['public', 'unlisted', 'private'],
  archived: ['true', 'false'],
  participating: ['true', 'false'],
  presence: ['true'],
  unread: ['true'],
  unseen: ['true'],
  mine: ['true', 'false'],
  at: ['2026-01-01T00:00:00Z', '2099-01-01T00:00:00Z'],
  private: ['true', 'false'],
  scopeType: ['ticket'],
  scopeId: ['1'],
  tag: ['tagged'],
  key: ['k'],
  spanId: ['span'],
  userId: [users.owner, users.eve],
  keyId: ['0'.repeat(16)],
  emoji: ['%F0%9F%91%8D'],
  tokenId: ['0'.repeat(16)],
};

/** Paths of a route with all that their parameters can refer to, with and without queries. */
function* addressesOf(
  { method, path, queryNames }: Endpoint,
  { values }: Walked,
  random: SeededRandom,
): Generator<string> {
  const valuesOf = (name: string): readonly string[] => {
    const known = values[name] ?? anywhere[name];
    if (known === undefined) throw new TypeError(`Add to this test what ${name} refers to.`);
    return known;
  };
  let paths = [path];
  for (const [braced, name] of path.matchAll(/\{(\w+)\}/g)) {
    paths = paths.flatMap((one) => valuesOf(name!).map((value) => one.replace(braced, value)));
  }
  yield* paths;
  if (method !== 'GET') return;
  const first = paths[0]!;
  for (const name of queryNames) {
    for (const value of someOf(valuesOf(name), random))
      yield `${first}?${name}=${encodeURIComponent(value)}`;
  }
  for (let i = 0; i < 5 && queryNames.length > 1; i++) {
    const chosen = queryNames.filter(() => random.chance(0.4));
    const query = chosen.map(
      (name) => `${name}=${encodeURIComponent(random.pick(valuesOf(name)))}`,
    );
    yield `${random.pick(paths)}?${query.join('&')}`;
  }
}

/** Each item of a thread is named in paths; queries name some. */
function someOf(values: readonly string[], random: SeededRandom): readonly string[] {
  const some = Array.from({ length: queriedMax }, () => random.pick(values));
  return values.length <= queriedMax ? values : [...new Set([values[0]!, ...some])];
}

const queriedMax = 6;

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

interface WalkOptions {
  /** Walks only so many of the threads, chosen at random. Default: all. */
  readonly threadsMax?: number;
  /** Called once the store is closed, with the texts that were redacted. */
  readonly afterwards?: (place: EnginePlace, redacted: readonly string[]) => Promise<void>;
}

/** The tests of a walk over a store in such a place. */
export function describeLeakWalk(
  name: string,
  create: () => Promise<EnginePlace>,
  { threadsMax = Infinity, afterwards }: WalkOptions = {},
): void {
  describe(`over all routes and callers, on ${name}`, () => {
    let place: EnginePlace;
    let world: LeakWorld;
    const walked = new Map<string, Set<number>>();

    beforeAll(async () => {
      place = await create();
      world = await LeakWorld.open(place);
      await fillLeakWorld(world, seededRandom(seed), threadsMax);
    });
    afterAll(async () => {
      const redacted = world.threads.flatMap(({ redacted }) => redacted);
      await world[Symbol.asyncDispose]();
      try {
        await afterwards?.(place, redacted);
      } finally {
        await place[Symbol.asyncDispose]();
      }
    });

    test.each(callerNames)(
      `%s reads no text that is kept from that caller (SEED=${seed})`,
      async (caller) => {
        const { answers, told, unread } = await walk(world, caller, (endpoint, status) => {
          const key = `${caller}: ${endpoint.method} ${endpoint.path}`;
          walked.set(key, (walked.get(key) ?? new Set()).add(status));
        });
        const walkedEach = endpoints.filter(({ method }) => {
          return method === 'GET' || !leaders.includes(caller);
        });
        expect(answers).toBeGreaterThanOrEqual(walkedEach.length * world.threads.length);
        expect(told.slice(0, 20)).toEqual([]);
        // Otherwise the walk has not come to where the texts are.
        if (caller === 'owner')
          expect(unread.filter((text) => !/^(?:redacted|bobs)/.test(text))).toEqual([]);
      },
    );

    test('the walk has come to all that the server reads for people', async () => {
      const document = await world.kit.must<{ paths: Record<string, object> }>(
        200,
        'GET',
        '/openapi.json',
      );
      const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
      );
      const known = endpoints.map(({ method, path }) => `${method} ${path}`);
      expect(documented.filter((one) => !known.includes(one))).toEqual([]);
      const reads = known.filter((one) => one.startsWith('GET ') && !isForOperators(one));
      const isReached = (one: string): boolean =>
        [...(walked.get(one) ?? [])].some((status) => status < 300);
      const unread = reads.filter((one) => !isReached(`owner: ${one}`));
      expect(unread, 'put something into the world that the owner reads there').toEqual([]);
      const isAll = threadsMax === Infinity; // of a few none may be public
      const asked = isAll ? Object.keys(questions) : [];
      expect(asked.filter((one) => !isReached(`eve: ${one}`))).toEqual([]);
    });

    test('no line of the log above debug has such a text', () => {
      const log = world.lines.join('\n');
      const canaries = world.threads.flatMap((thread) => thread.canaries);
      expect(canaries.filter((text) => log.includes(text))).toEqual([]);
    });
  });
}

/** Only an operator's key opens these. */
function isForOperators(endpoint: string): boolean {
  return endpoint.startsWith('GET /v1/keys');
}

interface Walk {
  readonly answers: number;
  /** Where the caller was told what is kept from it. */
  readonly told: readonly string[];
  /** The texts that no answer had. */
  readonly unread: readonly string[];
}

async function walk(
  world: LeakWorld,
  caller: Caller,
  note: (endpoint: Endpoint, status: number) => void,
): Promise<Walk> {
  const { kit, threads } = world;
  const random = seededRandom(seed + callerNames.indexOf(caller));
  const told = new Set<string>();
  let answers = 0;
  const unread = new Set<string>();
  for (const thread of threads) {
    const kept = new Set(thread.canaries.filter((text) => !mayRead(caller, thread, text)));
    if (thread.isOriginal) for (const text of thread.canaries) unread.add(text);
    for (const endpoint of endpoints) {
      // What their calls change would be another world.
      if (leaders.includes(caller) && endpoint.method !== 'GET') continue;
      for (const path of addressesOf(endpoint, thread, random)) {
        const json = endpoint.bodyFor(thread);
        const response = await kit.send(endpoint.method, path, {
          headers: world.headersOf(caller),
          ...(json !== undefined && { json }),
        });
        answers++;
        note(endpoint, response.status);
        const text = `${await readAll(response)} ${JSON.stringify([...response.headers])}`;
        for (const canary of new Set(text.match(anyCanary))) {
          unread.delete(canary);
          if (!kept.has(canary)) continue;
          told.add(`${endpoint.method} ${endpoint.path}, ${thread.name}: ${canary} by ${path}`);
        }
      }
    }
  }
  return { answers, told: [...told], unread: [...unread] };
}
