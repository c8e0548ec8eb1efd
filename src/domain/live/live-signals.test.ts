import { describe, expect, test } from 'vitest';
import type { LiveChannelEvent, LiveThread } from '../../api/live.ts';
import type { StoreProjectApi } from '../../api/project-api.ts';
import type { Engine } from '../../engine/engine.ts';
import { memory } from '../../engines/memory/index.ts';
import { createStore, type Store } from '../../store/index.ts';
import { gate, scripted, textChunks } from '../../../test/support/domain/responders-for-testing.ts';
import { sourceOf } from '../../../test/support/domain/source-for-testing.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';
import { codeOf } from '../../../test/support/store/store-kit-for-testing.ts';
import { presenceIn } from './presence.ts';
import { createHints } from '../../records/hints.ts';
import type { Signal } from '../../records/signals.ts';
import type { Core } from '../base/core.ts';
import type { StoredThreadId } from '../../shared/ids.ts';

type People = Record<'ada' | 'bob' | 'eve', StoreProjectApi>;

function peopleOf(store: Store): People {
  const as = (userId: string): StoreProjectApi => store.project('p').as({ userId });
  return { ada: as('ada'), bob: as('bob'), eve: as('eve') };
}

async function openStore(engine: Engine = memory()): Promise<[Store, People]> {
  const store = await createStore({ engine });
  return [store, peopleOf(store)];
}

/** A reader of what a channel tells besides heads. */
class Ear implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #events: AsyncGenerator<LiveChannelEvent, void, undefined>;

  private constructor(api: StoreProjectApi, threads: readonly LiveThread[]) {
    this.#events = api.live({ threads, signal: this.#abort.signal });
  }

  /** Resolves when the channel follows its thread. */
  static async open(api: StoreProjectApi, thread: LiveThread): Promise<Ear> {
    const ear = new Ear(api, [thread]);
    await ear.#events.next(); // the head
    return ear;
  }

  async next(): Promise<string> {
    for (;;) {
      const { value: event } = await this.#events.next();
      if (event === undefined) throw new TypeError('The channel ended too early.');
      if (event.type !== 'head') return nameOf(event);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#events.return();
  }
}

function nameOf(event: LiveChannelEvent): string {
  switch (event.type) {
    case 'typing':
      return `${event.userId} types ${event.expiresInMs}`;
    case 'presence':
      return `${event.userId} is ${event.state}`;
    case 'read':
      return `${event.receipt.userId} has read`;
    case 'run':
      return `run ${event.run.status}`;
    case 'end':
      return `end ${event.code}`;
    default:
      return event.type;
  }
}

async function makeGroup({ ada }: People, others: readonly string[] = ['bob']): Promise<void> {
  const participants = others.map((userId) => ({ userId }));
  await ada.threads.create([{ id: 'g', mode: 'group', participants }]);
}

const here = { id: 'g', presence: true };

describe('a channel', () => {
  test('tells others who types, and until when', async () => {
    const [store, people] = await openStore();
    await using _store = store;
    await makeGroup(people);
    await using ada = await Ear.open(people.ada, { id: 'g' });
    await people.ada.threads.typing('g'); // which ada is not told
    await people.bob.threads.typing('g');
    expect(await ada.next()).toBe('bob types 8000');
    await people.bob.threads.typing('g', { on: false });
    expect(await ada.next()).toBe('bob types 0');
  });

  test('takes typing of those who may write', async () => {
    const [store, people] = await openStore();
    await using _store = store;
    await makeGroup(people);
    expect(await codeOf(people.eve.threads.typing('g'))).toBe('not_found');
    expect(await codeOf(store.as({ projectId: 'p' }).threads.typing('g'))).toBe('unauthenticated');
    expect(await codeOf(people.bob.threads.typing('none'))).toBe('not_found');
    expect(await codeOf(people.bob.threads.typing('g', { on: 'x' as never }))).toBe(
      'invalid_request',
    );
    await people.ada.threads.create([{ id: 'c', mode: 'channel', visibility: 'public' }]);
    expect(await codeOf(people.eve.threads.typing('c'))).toBe('forbidden');
  });

  test('tells who has read, to oneself, and to others where a thread has receipts', async () => {
    const [store, people] = await openStore();
    await using _store = store;
    await makeGroup(people);
    await people.ada.threads.create([{ id: 'c', mode: 'channel', visibility: 'public' }]);
    const [item] = await people.ada.items.append('g', [{ role: 'user', text: 'Hello' }]);
    const [news] = await people.ada.items.append('c', [{ role: 'user', text: 'News' }]);
    await people.bob.participants.join('c');
    await using ada = await Ear.open(people.ada, { id: 'g' });
    await using bob = await Ear.open(people.bob, { id: 'g' });
    await people.bob.reads.mark('g', { itemId: item!.id });
    expect(await Promise.all([ada.next(), bob.next()])).toEqual(['bob has read', 'bob has read']);
    await using owner = await Ear.open(people.ada, { id: 'c' });
    await people.bob.reads.mark('c', { itemId: news!.id });
    await people.ada.threads.typing('c'); // would be told if it were another's
    await people.ada.reads.markUnread('c', { itemId: news!.id });
    expect(await owner.next()).toBe('ada has read');
  });

  test('tells of a run at its begin and its end, to those who may know of it', async () => {
    const held = gate();
    const responder = scripted(async function* () {
      yield* textChunks('answer').slice(0, 4);
      await held.opened;
    }, 'test/a');
    await using store = await createStore({ engine: memory(), responders: sourceOf(responder) });
    const people = peopleOf(store);
    await people.ada.threads.create([{ id: 'g' }]);
    await using ada = await Ear.open(people.ada, { id: 'g' });
    await people.ada.runs.start('g', { model: 'test/a', input: 'Hi' });
    const names: string[] = [];
    while (!names.includes('run running')) names.push(await ada.next());
    held.open();
    while (!names.some((name) => /run (completed|failed)/.test(name))) names.push(await ada.next());
    expect(names).toContain('item');
  });

  test('tells who is present to those who are, in threads of few people', async () => {
    const [store, people] = await openStore();
    await using _store = store;
    await makeGroup(people, ['bob', 'eve']);
    await using ada = await Ear.open(people.ada, here);
    await using hidden = await Ear.open(people.eve, { id: 'g' });
    {
      await using bob = await Ear.open(people.bob, here);
      await using second = await Ear.open(people.bob, here);
      expect(await bob.next()).toBe('ada is online');
      expect(await second.next()).toBe('ada is online');
      expect(await ada.next()).toBe('bob is online');
    }
    expect(await ada.next()).toBe('bob is offline');
    await people.bob.threads.typing('g');
    expect(await hidden.next()).toBe('bob types 8000');
  });

  test('no longer tells of one who was removed, nor to them', async () => {
    const [store, people] = await openStore();
    await using _store = store;
    await makeGroup(people);
    await using ada = await Ear.open(people.ada, here);
    await using bob = await Ear.open(people.bob, here);
    expect(await bob.next()).toBe('ada is online');
    expect(await ada.next()).toBe('bob is online');
    await people.ada.participants.remove('g', ['bob']);
    expect(await bob.next()).toBe('end not_found');
    const names = [await ada.next(), await ada.next()].toSorted();
    expect(names).toEqual(['bob is offline', 'participant']);
  });

  test('tells no one of presence in a channel or a public thread', async () => {
    const [store, people] = await openStore();
    await using _store = store;
    await people.ada.threads.create([{ id: 'g', mode: 'public', visibility: 'public' }]);
    await people.bob.participants.join('g');
    await using ada = await Ear.open(people.ada, here);
    await using _bob = await Ear.open(people.bob, here);
    await people.bob.threads.typing('g');
    expect(await ada.next()).toBe('bob types 8000');
  });
});

describe('presence', () => {
  test('ends by itself where the process that told of it was killed', () => {
    const told: Signal[] = [];
    const hints = createHints(([, , , id, lastsMs]) => {
      told.push({ kind: 'presence', id: String(id), lastsMs: Number(lastsMs) });
    });
    const { signals } = hints;
    const presence = presenceIn({ hints, memory: new Map() } as unknown as Core); // what it needs
    const threadId = 't' as StoredThreadId; // any text
    const heard: string[] = [];
    const leave = presence.enter(threadId, 'ada', (userId, isHere) => {
      heard.push(`${userId} ${isHere}`);
    });
    signals.hear(['', threadId, 'presence', 'other bob', 0.001]);
    signals.hear(['', threadId, 'presence', 'third bob', 60_000]);
    expect(told.length).toBe(3); // once by itself, and once to each process that has come
    presence.renew();
    expect(heard).toEqual(['bob true']);
    signals.hear(['', threadId, 'presence', 'third bob', 0]);
    expect(heard).toEqual(['bob true', 'bob false']);
    leave();
    expect(told.at(-1)).toMatchObject({ lastsMs: 0 });
  });
});

const places = sharedPlaces.filter(([name]) => name === 'postgres');

describe.each(places)('on two servers, on %s,', (_name, create) => {
  test('typing, presence and what was read travel', async () => {
    await using place = await create();
    const [one, first] = await openStore(place.open());
    const [two, second] = await openStore(place.open());
    await using _one = one;
    await using _two = two;
    await makeGroup(first);
    const [item] = await first.ada.items.append('g', [{ role: 'user', text: 'Hello' }]);
    await using ada = await Ear.open(first.ada, here);
    {
      await using bob = await Ear.open(second.bob, here);
      expect(await Promise.all([ada.next(), bob.next()])).toEqual([
        'bob is online',
        'ada is online',
      ]);
      await second.bob.threads.typing('g');
      expect(await ada.next()).toBe('bob types 8000');
      await second.bob.reads.mark('g', { itemId: item!.id });
      expect(await ada.next()).toBe('bob has read');
    }
    expect(await ada.next()).toBe('bob is offline');
  });
});
