import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { createStore, type Store } from '../../store/index.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import { sharedPlaces } from '../../../test/support/store/shared-places-for-testing.ts';
import { times } from '../../../test/support/store/store-kit-for-testing.ts';
import { someTurns } from '../../../test/support/shared/turns-for-testing.ts';
import {
  LiveSocketForTesting,
  type Said,
} from '../../../test/support/server/live-socket-for-testing.ts';
import { serve } from '../serve.ts';

const seed = seedForTesting();
const ids = times(5, (i) => `t${i}`);
const roundCount = 12;

type Caller = ReturnType<Store['as']>;

function callerOf(store: Store): Caller {
  return store.as({ projectId: 'default', userId: 'ada' });
}

/** Reads threads over one socket after another, and keeps what it was told of each. */
class Reader {
  readonly told: ReadonlyMap<string, string[]> = new Map(ids.map((id) => [id, []]));
  readonly #cursors: Map<string, string>;
  /** The subscription of each followed thread, and whether its events have begun. */
  readonly #followed = new Map<string, { readonly ref: string; hasBegun: boolean }>();
  readonly #done = new Set<string>();
  #refs = 0;

  constructor(cursors: ReadonlyMap<string, string>) {
    this.#cursors = new Map(cursors);
  }

  get isDone(): boolean {
    return this.#done.size === ids.length;
  }

  begin(socket: LiveSocketForTesting, threadIds: readonly string[]): void {
    this.#followed.clear();
    this.follow(socket, threadIds);
  }

  follow(socket: LiveSocketForTesting, threadIds: readonly string[]): void {
    const threads = threadIds.map((id) => {
      const ref = String(this.#refs++);
      this.#followed.set(id, { ref, hasBegun: false });
      return { id, after: this.#cursors.get(id), view: 'log', ref };
    });
    socket.say({ type: 'subscribe', threads });
  }

  leave(socket: LiveSocketForTesting, id: string): void {
    this.#followed.delete(id);
    socket.say({ type: 'unsubscribe', ids: [id] });
  }

  hear({ type, threadId, ref, cursor, item }: Said): void {
    const id = String(threadId);
    const followed = this.#followed.get(id);
    if (type === 'begin' && ref === followed?.ref) followed!.hasBegun = true;
    if (typeof cursor !== 'string' || !followed?.hasBegun) return;
    this.#cursors.set(id, cursor);
    if (type !== 'item') return;
    const { id: itemId, key } = item as { readonly id: string; readonly key?: string };
    this.told.get(id)!.push(itemId);
    if (key === 'end') this.#done.add(id);
  }
}

describe.each(sharedPlaces)('sockets of two servers on %s', (_name, create) => {
  test(`cut at random while one server goes away tell each event once, in order (SEED=${seed})`, async () => {
    const random = seededRandom(seed);
    await using place = await create();
    await using one = await createStore({ engine: place.open() });
    await using two = await createStore({ engine: place.open() });
    // Signs of life let a reader go on that follows only threads in which nothing happens.
    const options = { port: 0, liveCommentIntervalMs: 100 };
    const servers = [
      await serve({ store: one, ...options }),
      await serve({ store: two, ...options }),
    ];
    const cursors = new Map<string, string>();
    for (const id of ids) {
      await callerOf(one).threads.create([{ id }]);
      cursors.set(id, (await callerOf(one).items.list(id, { order: 'desc' })).cursor);
    }
    const reader = new Reader(cursors);
    const cuts: unknown[] = [];
    const urls = servers.map(({ url }) => url);

    const write = async (id: string): Promise<void> => {
      for (let round = 0; round < roundCount; round++) {
        const writer = callerOf(random.chance(0.5) ? one : two);
        const texts = times(1 + random.below(3), (i) => `${round}.${i}`);
        await writer.items.append(
          id,
          texts.map((text) => ({ role: 'user', text })),
        );
        await someTurns(random.below(20));
      }
      await callerOf(two).items.append(id, [{ role: 'user', text: 'end', key: 'end' }]);
    };

    /** Until the socket is cut, by the reader or by its server. */
    const readOnce = async (url: string): Promise<void> => {
      await using socket = await LiveSocketForTesting.open(url, { 'x-user-id': 'ada' });
      const some = ids.filter(() => random.chance(0.6));
      reader.begin(socket, some.length > 0 ? some : ids);
      for (let left = 3 + random.below(40); left > 0 && !reader.isDone; left--) {
        reader.hear(await socket.next());
        if (random.chance(0.15)) reader.follow(socket, [random.pick(ids)]);
        if (random.chance(0.05)) reader.leave(socket, random.pick(ids));
        if (left % 10 === 0) reader.follow(socket, ids);
      }
    };

    const read = async (): Promise<void> => {
      while (!reader.isDone) {
        await readOnce(random.pick(urls)).catch((error: unknown) => {
          cuts.push(error); // by the server that goes away, or since an answer to a ping was late
        });
      }
    };

    const goAway = async (): Promise<void> => {
      await write(ids[0]!);
      urls.length = 1;
      await servers[1]!.close();
    };

    await Promise.all([...ids.slice(1).map(write), goAway(), read()]);
    for (const id of ids) {
      const { data } = await callerOf(one).items.list(id, { order: 'asc', limit: 1000 });
      expect(reader.told.get(id), `${id}, ${cuts.length} cuts`).toEqual(
        data.map((item) => item.id),
      );
    }
    await servers[0]!.close();
  });
});
