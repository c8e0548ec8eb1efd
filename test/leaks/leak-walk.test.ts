/**
 * Walks all routes, as every caller, over threads of every mode and visibility that hold texts
 * which were private, hidden, edited away, redacted, or a provider's. No answer, event or line of
 * the log above `debug` may tell one to a caller who may not read it. Routes come from the table,
 * so that a new one is walked, too: what its parameters refer to must be known here.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createChatMount, type ChatMount } from '../../src/adapters/ai-sdk/chat/chat-mount.ts';
import { chatEndpoints } from '../../src/api/operations/chat.ts';
import type { Item, NewItem } from '../../src/api/item.ts';
import type { ProjectApi } from '../../src/api/project-api.ts';
import type { Responder } from '../../src/api/responder.ts';
import { threadModes, threadVisibilities } from '../../src/api/thread.ts';
import { seededRandom, type SeededRandom } from '../../src/engine/fault/seeded-random.ts';
import { memory } from '../../src/engines/memory/index.ts';
import { splitEndpoint } from '../../src/protocol/path.ts';
import { jsonSchemaOf } from '../../src/protocol/wire-schemas.ts';
import { routes } from '../../src/server/routes.ts';
import { RunFailure } from '../../src/shared/run-failure.ts';
import { textOf } from '../../src/shared/parts.ts';
import { scripted, textChunks } from '../support/domain/responders-for-testing.ts';
import { sourceOf } from '../support/domain/source-for-testing.ts';
import { HttpKitForTesting } from '../support/server/http-kit-for-testing.ts';
import { seedForTesting } from '../support/store/seed-for-testing.ts';

const seed = seedForTesting();

/** What becomes of texts that not everybody may read: their names begin with it. */
const kinds = ['private', 'hidden', 'edited', 'provider', 'bobs', 'redacted'] as const;

/** Finds such texts in one look at an answer, however many there are in the world. */
const anyCanary = new RegExp(`(?:${kinds.join('|')})-[0-9a-z]+-canary`, 'g');

/** The callers, with the texts that each may read by the beginning of their names. */
const callers = {
  owner: /^(?:private|hidden|edited|provider)/,
  bob: /^bobs/,
  eve: /^$/,
  anonymous: /^$/,
  keyAlone: /^$/,
  foreigner: /^$/,
} as const;
type Caller = keyof typeof callers;
const callerNames = Object.keys(callers) as Caller[]; // of the object above

interface Walked {
  readonly id: string;
  readonly name: string;
  /** Not another user's fork. */
  readonly isOriginal: boolean;
  /** Values of path and query parameters in this thread, by the parameter's name. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** Texts that not everybody may read. */
  readonly canaries: readonly string[];
}

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly queryNames: readonly string[];
  readonly body: unknown;
}

const endpoints: readonly Endpoint[] = [
  ...routes.map(({ method, path, query, body }) => ({
    method,
    path,
    queryNames: query === undefined ? [] : Object.keys(jsonSchemaOf(query).properties ?? {}),
    body: body?.example,
  })),
  ...Object.values(chatEndpoints).map((endpoint) => {
    const { method, path } = splitEndpoint(endpoint);
    const body = method === 'POST' && path === '/api/chat' ? { messages: [] } : undefined;
    return { method, path, queryNames: [], body };
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
  private: ['true', 'false'],
  scopeType: ['ticket'],
  scopeId: ['1'],
  tag: ['tagged'],
  key: ['k'],
  spanId: ['span'],
  userId: ['owner', 'eve'],
  keyId: ['0'.repeat(16)],
};

/** Fails and repeats all that it was sent, as some providers do. */
const failing = scripted(({ items }) => {
  const texts = items.map(({ parts }) => textOf(parts)).join(' ');
  const message = `provider said: ${texts}`;
  throw new RunFailure({ code: 'invalid_request', message, retryable: false });
}, 'lab/failing');
/** Repeats what is private of all that it was sent. */
const parrot = scripted(({ items }) => {
  const texts = items.map(({ parts }) => textOf(parts)).join(' ');
  return textChunks('heard ', (texts.match(/\b(?:private|bobs)-\w+-canary/g) ?? []).join(' '));
}, 'lab/parrot');

class World implements AsyncDisposable {
  readonly kit: HttpKitForTesting;
  readonly lines: readonly string[];
  readonly threads: Walked[] = [];
  readonly #keys: Readonly<Record<'default' | 'elsewhere', string>>;

  private constructor(
    kit: HttpKitForTesting,
    lines: string[],
    keys: Readonly<Record<'default' | 'elsewhere', string>>,
  ) {
    this.kit = kit;
    this.lines = lines;
    this.#keys = keys;
  }

  static async open(): Promise<World> {
    const lines: string[] = [];
    const note = (object: object, message: string): void => {
      lines.push(JSON.stringify({ ...object, message }, errorsToo));
    };
    const logger = { error: note, info: note, debug: () => undefined };
    const later: { chat?: ChatMount } = {}; // it needs the store
    const mount: ChatMount = {
      path: '/api/chat',
      handler: (request, identity, call) => later.chat!.handler(request, identity, call),
    };
    const kit = await HttpKitForTesting.open(
      memory(),
      { auth: { mode: 'tokens' }, logger, mounts: [mount] },
      { responders: sourceOf(parrot, failing) },
    );
    later.chat = createChatMount({ store: kit.store });
    const keys = { default: '', elsewhere: '' };
    for (const projectId of ['default', 'elsewhere'] as const) {
      keys[projectId] = (await kit.store.keys.create({ name: projectId, projectId })).secret;
    }
    return new World(kit, lines, keys);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kit[Symbol.asyncDispose]();
  }

  headersOf(caller: Caller): Record<string, string> {
    const { default: key, elsewhere } = this.#keys;
    if (caller === 'anonymous') return {};
    if (caller === 'keyAlone') return { authorization: `Bearer ${key}` };
    const isForeign = caller === 'foreigner';
    return {
      authorization: `Bearer ${isForeign ? elsewhere : key}`,
      'x-user-id': isForeign ? 'owner' : caller,
    };
  }
}

function errorsToo(_key: string, value: unknown): unknown {
  return value instanceof Error ? `${value.stack} ${String(value.cause)}` : value;
}

/** A thread while it is filled. */
class Filling {
  readonly id: string;
  readonly owner: ProjectApi;
  readonly canaries: string[] = [];
  readonly #random: SeededRandom;

  constructor(owner: ProjectApi, id: string, random: SeededRandom) {
    this.owner = owner;
    this.id = id;
    this.#random = random;
  }

  canary(kind: (typeof kinds)[number]): string {
    const text = `${kind}-${this.#random.below(2 ** 31).toString(36)}-canary`;
    this.canaries.push(text);
    return text;
  }

  async append(item: Partial<NewItem>, caller: ProjectApi = this.owner): Promise<Item> {
    const [made] = await caller.items.append(this.id, [{ role: 'user', spanId: 'span', ...item }]);
    return made!;
  }

  async ask(input: Partial<NewItem>, responder = parrot, caller = this.owner): Promise<void> {
    const run = { input: [{ role: 'user', ...input } as const], responder };
    await (
      await caller.runs.start(this.id, run)
    ).done;
  }

  /** A model that fails, with this text of its provider's own. */
  telling(): Responder {
    const message = this.canary('provider');
    return scripted(() => {
      throw new RunFailure({ code: 'provider_error', message, retryable: true });
    }, 'lab/telling');
  }
}

/** A thread with every kind of text that not everybody may read. */
async function fill({ kit }: World, thread: object, random: SeededRandom): Promise<Walked> {
  const owner = kit.store.project('default').as({ userId: 'owner' });
  const [created] = await owner.threads.create([{ ...thread, tags: ['tagged'] }]);
  const { id, mode, visibility } = created!;
  const filling = new Filling(owner, id, random);
  await filling.append({ text: 'hello', key: 'k' });
  const redacted = await sayWhatIsRedacted(filling);
  await sayInPrivate(filling);
  await sayAndHide(filling);
  await sayAndEdit(filling);
  // A redaction takes the words of all providers away.
  if (mode !== 'public' && mode !== 'group') await owner.items.redact(id, [redacted.id]);
  else {
    filling.canaries.splice(0, 1); // it is not redacted
    await filling.ask({ text: 'and' }, filling.telling());
    if (mode === 'public' && visibility !== 'private') {
      const bob = kit.store.project('default').as({ userId: 'bob' });
      await filling.append({ text: filling.canary('bobs'), private: true }, bob);
      await filling.ask({ text: 'bob asks' }, filling.telling(), bob);
    }
  }
  return walkedOf(filling, `${mode}, ${visibility}`);
}

async function sayWhatIsRedacted(filling: Filling): Promise<Item> {
  const redacted = await filling.append({ text: filling.canary('redacted') });
  await filling.ask({ text: 'go' }, failing);
  return redacted;
}

async function sayInPrivate(filling: Filling): Promise<void> {
  const { owner, id } = filling;
  const secret = (): NewItem => ({ role: 'user', text: filling.canary('private'), private: true });
  const mine = await filling.append(secret());
  await filling.ask(secret());
  await filling.ask(secret(), failing);
  await filling.append({ role: 'assistant', text: filling.canary('private'), sawPrivate: true });
  await filling.ask({ text: 'openly' });
  const models = ['lab/parrot', 'lab/failing'] as const;
  await (
    await owner.comparisons.create(id, { prompt: secret(), models })
  ).done;
  await (
    await owner.comparisons.create(id, { prompt: 'openly', models })
  ).done;
  const open = await filling.append({ text: 'open' });
  await owner.edges.create(id, [{ fromItemId: mine.id, toItemId: open.id, type: 'depends_on' }]);
}

async function sayAndHide(filling: Filling): Promise<void> {
  await filling.append({ text: filling.canary('hidden'), visibility: 'hidden' });
  await filling.append({ text: filling.canary('hidden'), visibility: 'archived' });
  const later = await filling.append({ text: filling.canary('hidden') });
  await filling.owner.items.update(filling.id, [{ id: later.id, visibility: 'hidden' }]);
}

async function sayAndEdit(filling: Filling): Promise<void> {
  const { owner, id } = filling;
  const text = filling.canary('edited');
  const edited = await filling.append({ text, metadata: { a: filling.canary('edited') } });
  await filling.append({ text: 'mended', replacesId: edited.id });
  const said = filling.canary('edited');
  await filling.ask(
    { text: 'again' },
    scripted(() => textChunks(said), 'lab/wrong'),
  );
  const [answer] = (await owner.items.list(id, { order: 'desc', limit: 1 })).data;
  await filling.append({ role: 'assistant', text: 'right', replacesId: answer!.id });
}

async function walkedOf({ owner, id, canaries }: Filling, name: string): Promise<Walked> {
  const { data: all } = await owner.items.list(id, { view: 'log', limit: 1000 });
  const { data: runs } = await owner.runs.list(id, { limit: 100 });
  const { data: comparisons } = await owner.comparisons.list(id);
  const links = [await owner.shares.create(id), await owner.shares.create(id, { frozen: true })];
  const itemIds = all.map((item) => item.id);
  const named = ['after', 'before', 'parentId', 'fromItemId', 'toItemId', 'inputItemId'];
  return {
    id,
    name,
    isOriginal: true,
    canaries,
    values: {
      threadId: [id],
      itemId: itemIds,
      runId: runs.map((one) => one.id),
      messageId: runs.map((one) => one.messageId),
      streamId: runs.map((one) => one.streamId),
      comparisonId: comparisons.map((one) => one.id),
      token: links.map(({ token }) => token),
      shareId: links.map(({ share }) => share.id),
      ...Object.fromEntries(named.map((parameter) => [parameter, itemIds])),
    },
  };
}

/** A stranger's own fork, of which the stranger is the owner. */
async function forkedByEve({ kit }: World, thread: Walked): Promise<Walked> {
  const eve = kit.store.project('default').as({ userId: 'eve' });
  const [fork] = await eve.threads.fork([{ threadId: thread.id }]);
  const values = { ...thread.values, threadId: [fork!.id] };
  return { ...thread, id: fork!.id, name: `fork of ${thread.name}`, isOriginal: false, values };
}

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

/** The body as far as it comes by itself: a live tail has told all with its first head. */
async function readAll(response: Response): Promise<string> {
  const isTail = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (!isTail || response.body === null) return response.text();
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    if (/event: head\n(?:.*\n)*\n$/.test(text)) break;
  }
  return text;
}

describe('over all routes and callers', () => {
  let world: World;

  beforeAll(async () => {
    const random = seededRandom(seed);
    world = await World.open();
    for (const mode of threadModes) {
      for (const visibility of threadVisibilities) {
        const scope = mode === 'feed' ? { scopeType: 'ticket', scopeId: '1' } : {};
        const thread = await fill(world, { mode, visibility, ...scope }, random);
        world.threads.push(thread);
        if (visibility !== 'private') world.threads.push(await forkedByEve(world, thread));
      }
    }
  });
  afterAll(() => world[Symbol.asyncDispose]());

  test.each(callerNames)(
    `%s reads no text that is kept from that caller (SEED=${seed})`,
    async (caller) => {
      const random = seededRandom(seed + callerNames.indexOf(caller));
      const { kit, threads } = world;
      const told = new Set<string>();
      let answers = 0;
      const unread = new Set<string>();
      for (const thread of threads) {
        const kept = new Set(thread.canaries.filter((text) => !callers[caller].test(text)));
        if (thread.isOriginal) for (const text of thread.canaries) unread.add(text);
        for (const endpoint of endpoints) {
          // What the owner's calls change would be another world.
          if (caller === 'owner' && endpoint.method !== 'GET') continue;
          for (const path of addressesOf(endpoint, thread, random)) {
            const response = await kit.send(endpoint.method, path, {
              headers: world.headersOf(caller),
              ...(endpoint.body !== undefined && { json: endpoint.body }),
            });
            answers++;
            const text = `${await readAll(response)} ${JSON.stringify([...response.headers])}`;
            for (const canary of new Set(text.match(anyCanary))) {
              unread.delete(canary);
              if (!kept.has(canary)) continue;
              told.add(`${endpoint.method} ${endpoint.path}, ${thread.name}: ${canary} by ${path}`);
            }
          }
        }
      }
      expect(answers).toBeGreaterThan(endpoints.length * threads.length);
      expect([...told].slice(0, 20)).toEqual([]);
      // Otherwise the walk has not come to where the texts are.
      if (caller === 'owner')
        expect([...unread].filter((text) => !/^(?:redacted|bobs)/.test(text))).toEqual([]);
    },
  );

  test('no line of the log above debug has such a text', () => {
    const log = world.lines.join('\n');
    const canaries = world.threads.flatMap((thread) => thread.canaries);
    expect(canaries.filter((text) => log.includes(text))).toEqual([]);
  });
});
