import { MemoryLevel } from 'memory-level';
import { describe, expect, test } from 'vitest';
import type { LiveChannel, LiveChannelEvent, LiveThread } from '../../api/live.ts';
import type { StoreProjectApi } from '../../api/project-api.ts';
import type { Engine } from '../../engine/engine.ts';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { lsm } from '../../engines/lsm/lsm-engine.ts';
import { memory } from '../../engines/memory/memory-engine.ts';
import { changes, items } from '../../records/tables.ts';
import { nameOf, cursorOf } from '../../../test/support/domain/live-kit-for-testing.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  codeOf,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';

function callerOf(kit: StoreKit, userId: string): StoreProjectApi {
  return kit.store.project('project').as({ userId });
}

/** Opens a channel and stops it at the end of the test. */
class Opened implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly channel: LiveChannel;

  constructor(api: StoreProjectApi, threads: readonly LiveThread[]) {
    this.channel = api.live({ threads, signal: this.#abort.signal });
  }

  async next(): Promise<LiveChannelEvent> {
    const { value } = await this.channel.next();
    if (value === undefined) throw new TypeError('The channel ended too early.');
    return value;
  }

  /** The next events, by name. */
  async names(count: number): Promise<string[]> {
    const names: string[] = [];
    for (let i = 0; i < count; i++) names.push(channelName(await this.next()));
    return names;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.channel.return();
  }
}

function channelName(event: LiveChannelEvent): string {
  const what =
    'cursor' in event ? nameOf(event).split(' ')[0]! : `${event.type} ${codeOrRef(event)}`;
  return `${event.threadId}: ${what}`;
}

function codeOrRef(event: Exclude<LiveChannelEvent, { readonly cursor: string }>): string {
  if (event.type === 'end') return event.code;
  if (event.type === 'begin') return event.ref;
  if (event.type === 'run') return event.run.status;
  if (event.type === 'read') return event.receipt.userId;
  return `${event.userId} ${event.type === 'typing' ? event.expiresInMs : event.state}`;
}

describe('a channel', () => {
  test('tells of each thread under its id, and of threads that are added later', async () => {
    await using kit = await openKit();
    for (const id of ['a', 'b', 'c']) await kit.thread({ id });
    await kit.say('a', 'before');
    const after = await cursorOf(kit.owner, 'a');
    await using opened = new Opened(callerOf(kit, 'owner'), [{ id: 'a', after }, { id: 'b' }]);
    expect(await opened.names(1)).toEqual(['b: head']);
    await kit.say('a', 'one');
    expect(await opened.names(2)).toEqual(['a: item', 'a: head']);
    opened.channel.subscribe([{ id: 'c' }]);
    expect(await opened.names(1)).toEqual(['c: head']);
    opened.channel.unsubscribe(['a', 'nowhere']);
    await kit.say('a', 'two');
    await kit.say('c', 'three');
    expect(await opened.names(2)).toEqual(['c: item', 'c: head']);
  });

  test('names the threads that cannot be followed, and goes on with the others', async () => {
    await using kit = await openKit();
    for (const id of ['a', 'b']) await kit.thread({ id });
    await kit.thread({ id: 'open', visibility: 'public' });
    const foreign = await cursorOf(kit.owner, 'b');
    const threads = [
      { id: 'a', after: foreign },
      { id: 'missing' },
      { id: 'not an id' },
      { id: 'b', after: 'no-cursor' },
    ];
    await using mine = new Opened(callerOf(kit, 'owner'), [...threads, { id: 'open' }]);
    expect((await mine.names(5)).toSorted()).toEqual([
      'a: end invalid_request',
      'b: end invalid_request',
      'missing: end not_found',
      'not an id: end not_found',
      'open: head',
    ]);
    await kit.say('open', 'on');
    expect(await mine.names(2)).toEqual(['open: item', 'open: head']);
    await using others = new Opened(callerOf(kit, 'other'), [{ id: 'a' }, { id: 'open' }]);
    expect((await others.names(2)).toSorted()).toEqual(['a: end not_found', 'open: head']);
    const anonymous = kit.store.project('project');
    await using strangers = new Opened(anonymous, [{ id: 'a' }, { id: 'missing' }]);
    expect((await strangers.names(2)).toSorted()).toEqual([
      'a: end unauthenticated',
      'missing: end unauthenticated',
    ]);
  });

  test('ends a thread whose reader may no longer read it, and only that', async () => {
    await using kit = await openKit();
    for (const id of ['left', 'hidden', 'gone', 'kept']) {
      await kit.thread({ id, mode: 'group', participants: [{ userId: 'other' }] });
    }
    await kit.owner.threads.update([{ id: 'hidden', visibility: 'public' }]);
    const threads = ['left', 'hidden', 'gone', 'kept'].map((id) => ({ id }));
    await using opened = new Opened(callerOf(kit, 'other'), threads);
    await opened.names(4);
    await kit.owner.participants.remove('left', ['other']);
    expect(await opened.names(1)).toEqual(['left: end not_found']);
    await kit.owner.threads.delete(['gone']);
    expect(await opened.names(1)).toEqual(['gone: end not_found']);
    await kit.say('left', 'unheard');
    await kit.say('kept', 'heard');
    expect(await opened.names(2)).toEqual(['kept: item', 'kept: head']);
    await using stranger = new Opened(callerOf(kit, 'stranger'), [{ id: 'hidden' }]);
    expect(await stranger.names(1)).toEqual(['hidden: head']);
    await kit.owner.threads.update([{ id: 'hidden', visibility: 'private' }]);
    expect(await stranger.names(1)).toEqual(['hidden: end not_found']);
  });

  test('tells when a thread that is followed again begins', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'a' });
    const after = await cursorOf(kit.owner, 'a');
    await kit.say('a', 'one');
    await using opened = new Opened(callerOf(kit, 'owner'), [{ id: 'a', after, ref: '1' }]);
    expect(await opened.names(2)).toEqual(['a: begin 1', 'a: item']);
    opened.channel.subscribe([{ id: 'a', after, ref: '2' }]);
    expect(await opened.names(3)).toEqual(['a: begin 2', 'a: item', 'a: head']);
    opened.channel.subscribe([{ id: 'b', ref: '3' }]);
    expect(await opened.next()).toMatchObject({ type: 'end', threadId: 'b', ref: '3' });
  });

  test('refuses what no channel takes', async () => {
    await using kit = await openKit({ limits: { liveThreadsMax: 3 } });
    const { live } = callerOf(kit, 'owner');
    const bad: readonly unknown[] = [
      { threads: 'a' },
      { threads: [{}] },
      { threads: [{ id: 1 }] },
      { threads: [{ id: 'a', after: 1 }] },
      { threads: [{ id: 'a', until: 'x' }] },
      { threads: [{ id: 'a' }, { id: 'a' }] },
      { threads: times(4, (i) => ({ id: `t${i}` })) },
      { other: true },
    ];
    for (const options of bad) {
      const opening = Promise.resolve(options as { threads: LiveThread[] }).then(live);
      expect(await codeOf(opening), JSON.stringify(options)).toBe('invalid_request');
    }
    const channel = live({ threads: times(3, (i) => ({ id: `t${i}` })) });
    expect(() => channel.subscribe([{ id: 't9' }])).toThrow('at most 3');
    channel.subscribe([{ id: 't1' }]);
    channel.unsubscribe(['t1']);
    channel.subscribe([{ id: 't9' }]);
    await channel.return();
  });
});

/** The names of everything in a thread's log, in commit order. */
async function logOf(kit: StoreKit, id: string): Promise<string[]> {
  const said = (await kit.rows(items, [id])).map((row) => [`item ${row.id}`, row.commitVersion]);
  const amended = (await kit.rows(changes, [id])).map((row) => [
    `change ${row.version}`,
    row.version,
  ]);
  const all = [...said, ...amended] as [string, number][]; // as made just now
  return all.toSorted(([, a], [, b]) => a - b).map(([name]) => name);
}

const engines: [string, () => Engine][] = [
  ['memory', () => memory()],
  ['lsm over memory-level', () => lsm({ store: new MemoryLevel() })],
];
const seed = seedForTesting();

describe.each(engines)('a channel on %s', (_name, createEngine) => {
  test(`cut at random, with threads that come and go: each event of a thread once, in order (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    await using kit = await openKit({ engine: createEngine() });
    const owner = callerOf(kit, 'owner');
    const ids = times(6, (i) => `t${i}`);
    const told = new Map<string, string[]>();
    const cursors = new Map<string, string>();
    for (const id of ids) {
      await kit.thread({ id });
      told.set(id, []);
      cursors.set(id, await cursorOf(kit.owner, id));
    }
    const ended = new Set<string>();
    const isDone = (): boolean => ended.size === ids.length;
    const threadOf = (id: string): LiveThread => ({ id, after: cursors.get(id)!, view: 'log' });

    const write = async (id: string): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        const [item] = await kit.say(id, ...times(1 + random.below(3), (i) => `${round}.${i}`));
        if (random.below(3) === 0) await kit.owner.items.redact(id, [item!.id]);
        await someTurns(random.below(20));
      }
      await kit.append(id, { text: 'end', key: 'end' });
    };

    /** Adds and takes away threads, and cuts the channel in the end. */
    const disturb = async (channel: LiveChannel, followed: Set<string>): Promise<void> => {
      for (let step = random.below(8); step > 0; step--) {
        await someTurns(random.below(30));
        const id = random.pick(ids);
        if (followed.delete(id)) channel.unsubscribe([id]);
        else {
          followed.add(id);
          channel.subscribe([threadOf(id)]);
        }
      }
    };

    const read = async (): Promise<void> => {
      while (!isDone()) {
        const abort = new AbortController();
        const followed = new Set(ids.filter(() => random.chance(0.5)));
        const channel = owner.live({ threads: [...followed].map(threadOf), signal: abort.signal });
        const disturbing = disturb(channel, followed).then(() => abort.abort());
        for await (const event of channel) {
          if (!('cursor' in event)) throw new TypeError(channelName(event));
          expect(followed).toContain(event.threadId);
          cursors.set(event.threadId, event.cursor);
          if (event.type !== 'head') told.get(event.threadId)!.push(nameOf(event));
          if (event.type === 'item' && event.item.key === 'end') ended.add(event.threadId);
          if (random.chance(0.05)) break;
        }
        await disturbing;
      }
    };

    await Promise.all([...ids.map(write), read()]);
    for (const id of ids) expect(told.get(id), id).toEqual(await logOf(kit, id));
  });
});
