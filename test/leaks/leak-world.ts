/**
 * A store for the walk: threads of every mode and visibility that hold texts which were private,
 * hidden, edited away, redacted, or a provider's, and callers of every kind.
 */
import { createChatMount, type ChatMount } from '../../src/adapters/ai-sdk/chat/chat-mount.ts';
import type { Item, NewItem } from '../../src/api/item.ts';
import type { ProjectApi } from '../../src/api/project-api.ts';
import type { Responder } from '../../src/api/responder.ts';
import { threadModes, threadVisibilities, type ThreadMode } from '../../src/api/thread.ts';
import type { SeededRandom } from '../../src/engine/fault/seeded-random.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { RunFailure } from '../../src/shared/run-failure.ts';
import { textOf } from '../../src/shared/parts.ts';
import { scripted, textChunks } from '../support/domain/responders-for-testing.ts';
import { sourceOf } from '../support/domain/source-for-testing.ts';
import type { EnginePlace } from '../support/engine/engine-in-place-for-testing.ts';
import { HttpKitForTesting } from '../support/server/http-kit-for-testing.ts';
import { until } from '../support/shared/waits-for-testing.ts';
import { users, type Caller, type kinds } from './leak-callers.ts';

export interface Walked {
  readonly id: string;
  readonly name: string;
  /** Others take part, and an agent that answers them. */
  readonly hasPeople: boolean;
  /** Not another user's fork. */
  readonly isOriginal: boolean;
  /** Values of path and query parameters in this thread, by the parameter's name. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** Texts that not everybody may read. */
  readonly canaries: readonly string[];
  /** Those of them that are gone for good. */
  readonly redacted: readonly string[];
}

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

/** The same model as an agent that takes part in threads. */
const agent: Responder = { ...parrot, kind: 'agent', name: 'parrot' };

/** The secrets of keys and tokens. */
type Secrets = Readonly<Record<'default' | 'elsewhere' | 'expired', string>>;

export class LeakWorld implements AsyncDisposable {
  readonly kit: HttpKitForTesting;
  readonly lines: readonly string[];
  readonly threads: Walked[] = [];
  readonly #secrets: Secrets;

  private constructor(kit: HttpKitForTesting, lines: string[], secrets: Secrets) {
    this.kit = kit;
    this.lines = lines;
    this.#secrets = secrets;
  }

  static async open(place: EnginePlace): Promise<LeakWorld> {
    const lines: string[] = [];
    let behindMs = 3_600_000;
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
      place.open(),
      { auth: { mode: 'tokens' }, logger, mounts: [mount] },
      { responders: sourceOf(parrot, failing, agent), clock: () => systemClock() - behindMs },
    );
    later.chat = createChatMount({ store: kit.store });
    const secrets = { default: '', elsewhere: '', expired: '' };
    for (const projectId of ['default', 'elsewhere'] as const) {
      secrets[projectId] = (await kit.store.keys.create({ name: projectId, projectId })).secret;
    }
    const minted = await kit.must<{ token: string }>(201, 'POST', '/v1/tokens', {
      json: { userId: users.owner, ttlSeconds: 60 },
      headers: { authorization: `Bearer ${secrets.default}` },
    });
    secrets.expired = minted.token;
    for (const id of Object.values(users).filter((one) => one !== undefined)) {
      await kit.must(200, 'PUT', `/v1/users/${id}`, {
        json: { displayName: 'Someone' },
        headers: { authorization: `Bearer ${secrets.default}` },
      });
    }
    behindMs = 0;
    return new LeakWorld(kit, lines, secrets);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kit[Symbol.asyncDispose]();
  }

  headersOf(caller: Caller): Record<string, string> {
    const { default: key, elsewhere, expired } = this.#secrets;
    if (caller === 'anonymous') return {};
    if (caller === 'expired') return { authorization: `Bearer ${expired}` };
    if (caller === 'foreigner') {
      return { authorization: `Bearer ${elsewhere}`, 'x-user-id': users.owner };
    }
    const userId = users[caller];
    return { authorization: `Bearer ${key}`, ...(userId && { 'x-user-id': userId }) };
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

  /** Each calls those who may not read it. */
  async append(
    { text, ...item }: Partial<NewItem>,
    caller: ProjectApi = this.owner,
  ): Promise<Item> {
    const called = [users.bob, users.eve].map((userId) => ({ type: 'mention' as const, userId }));
    const parts = [{ type: 'text' as const, text: text ?? '' }, ...called];
    const [made] = await caller.items.append(this.id, [
      { role: 'user', spanId: 'span', parts, ...item },
    ]);
    return made!;
  }

  /** A reaction and feedback that tell of the item, and a pin. */
  async attachTo({ id: itemId }: Item, kind: (typeof kinds)[number]): Promise<void> {
    const emoji = `:${this.canary(kind)}:`;
    await this.owner.reactions.add(this.id, [{ itemId, emoji }]);
    await this.owner.pins.add(this.id, [itemId]);
    const comment = this.canary(kind);
    await this.owner.feedback.set(this.id, [{ itemId, rating: 'down', comment }]);
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
async function fill({ kit }: LeakWorld, thread: object, random: SeededRandom): Promise<Walked> {
  const owner = kit.store.project('default').as({ userId: users.owner });
  const [created] = await owner.threads.create([{ ...thread, tags: ['tagged'] }]);
  const { id, mode, visibility } = created!;
  const filling = new Filling(owner, id, random);
  await filling.append({ text: 'hello', key: 'k' });
  const redacted = await sayWhatIsRedacted(filling);
  await sayInPrivate(filling);
  await sayAndHide(filling);
  await sayAndEdit(filling);
  // A redaction takes the words of all providers away.
  const isRedacted = mode !== 'public' && mode !== 'group';
  if (isRedacted) await owner.items.redact(id, [redacted.id]);
  else {
    filling.canaries.splice(0, 3); // it is not redacted, nor what tells of it
    await filling.ask({ text: 'and' }, filling.telling());
    if (mode === 'public' && visibility !== 'private') {
      const bob = kit.store.project('default').as({ userId: users.bob });
      await filling.append({ text: filling.canary('bobs'), private: true }, bob);
      await filling.ask({ text: 'bob asks' }, filling.telling(), bob);
    }
  }
  const gone = isRedacted ? filling.canaries.slice(0, 2) : [];
  const hasPeople = mode === 'group' || mode === 'channel';
  if (hasPeople) await gather(kit, filling, mode);
  const bob = kit.store.project('default').as({ userId: users.bob });
  const isBobs = hasPeople || (mode === 'public' && visibility !== 'private');
  const callers = isBobs ? [owner, bob] : [owner];
  return walkedOf(filling, callers, { name: `${mode}, ${visibility}`, hasPeople, redacted: gone });
}

/** Others take part from now on: some lead, some may not write or read, one is an agent. */
async function gather(
  { store }: HttpKitForTesting,
  filling: Filling,
  mode: ThreadMode,
): Promise<void> {
  const { owner, id } = filling;
  const { bob: bobId, moderator, muted, banned, gone } = users;
  await owner.participants.add(id, [
    ...[bobId, muted, banned, gone].map((userId) => ({ userId })),
    { userId: moderator, role: 'moderator' },
    { userId: 'agent:parrot', answers: 'always' },
  ]);
  const mutedUntil = '2099-01-01T00:00:00.000Z';
  await owner.participants.update(id, [
    { userId: muted, mutedUntil },
    { userId: banned, state: 'banned' },
  ]);
  await owner.participants.remove(id, [gone]);
  const bob = store.project('default').as({ userId: bobId });
  const asker = mode === 'group' ? bob : owner; // only those who lead a channel write there
  const secret = { text: filling.canary(mode === 'group' ? 'bobs' : 'private'), private: true };
  for (const [i, question] of [secret, { text: 'aloud' }].entries()) {
    await filling.append(question, asker);
    await until(async () => {
      const { data } = await asker.runs.list(id, { status: 'completed', limit: 100 });
      return data.filter((run) => run.agent === 'parrot').length > i;
    });
  }
}

async function sayWhatIsRedacted(filling: Filling): Promise<Item> {
  const redacted = await filling.append({ text: filling.canary('redacted') });
  await filling.attachTo(redacted, 'redacted');
  await filling.ask({ text: 'go' }, failing);
  return redacted;
}

async function sayInPrivate(filling: Filling): Promise<void> {
  const { owner, id } = filling;
  const secret = (): NewItem => ({ role: 'user', text: filling.canary('private'), private: true });
  const mine = await filling.append(secret());
  await filling.attachTo(mine, 'private');
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
  await filling.attachTo(later, 'hidden');
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

async function walkedOf(
  { owner, id, canaries }: Filling,
  callers: readonly ProjectApi[],
  about: Pick<Walked, 'name' | 'hasPeople' | 'redacted'>,
): Promise<Walked> {
  const lists = callers.map(async (caller) => {
    const view = caller === owner ? 'log' : 'current';
    const { data: items } = await caller.items.list(id, { view, limit: 1000 });
    const { data: runs } = await caller.runs.list(id, { limit: 100 });
    return { items, runs };
  });
  const known = await Promise.all(lists);
  const itemIds = [...new Set(known.flatMap(({ items }) => items.map((item) => item.id)))];
  const runs = [...new Map(known.flatMap((one) => one.runs.map((run) => [run.id, run]))).values()];
  const { data: comparisons } = await owner.comparisons.list(id);
  const links = await linksTo(owner, id);
  const named = ['after', 'before', 'around', 'parentId', 'fromItemId', 'toItemId', 'inputItemId'];
  return {
    ...{ id, canaries, ...about },
    isOriginal: true,
    values: {
      threadId: [id],
      thread: [id, ...itemIds.slice(0, 5).map((itemId) => `${id}@${itemId}`)],
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

/** Live and frozen; a talk of two has none, and what looks like one opens nothing. */
async function linksTo(owner: ProjectApi, id: string): Promise<readonly Link[]> {
  const { mode } = await owner.threads.get(id);
  if (mode === 'direct') return [{ token: 'sks_none', share: { id: 'none' } }];
  return [await owner.shares.create(id), await owner.shares.create(id, { frozen: true })];
}

interface Link {
  readonly token: string;
  readonly share: { readonly id: string };
}

/** A stranger's own fork, of which the stranger is the owner. */
async function forkedByEve({ kit }: LeakWorld, thread: Walked): Promise<Walked> {
  const eve = kit.store.project('default').as({ userId: users.eve });
  const [fork] = await eve.threads.fork([{ threadId: thread.id }]);
  const values = { ...thread.values, threadId: [fork!.id], thread: [fork!.id] };
  const name = `fork of ${thread.name}`;
  return { ...thread, id: fork!.id, name, isOriginal: false, hasPeople: false, values };
}

/** Threads of every mode and visibility, and a stranger's forks of those that can be read. */
export async function fillLeakWorld(
  world: LeakWorld,
  random: SeededRandom,
  threadsMax: number,
): Promise<void> {
  const kinds = threadModes.flatMap((mode) =>
    threadVisibilities.map((visibility) => ({ mode, visibility })),
  );
  while (kinds.length > threadsMax) kinds.splice(random.below(kinds.length), 1);
  for (const { mode, visibility } of kinds) {
    const scope = mode === 'feed' ? { scopeType: 'ticket', scopeId: '1' } : {};
    const thread = await fill(world, { mode, visibility, ...scope }, random);
    world.threads.push(thread);
    if (visibility !== 'private') world.threads.push(await forkedByEve(world, thread));
  }
}
