import { expect, test } from 'vitest';
import type { ProjectApi } from '../../api/project-api.ts';
import { createStore } from '../../store/create-store.ts';
import { doctor } from '../../store/doctor/doctor.ts';
import type { Store } from '../../store/store.ts';
import {
  allPages,
  codeOf,
  only,
  textsIn,
  times,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  describeSqlEngines,
  type DatabaseForTesting,
} from '../../../test/support/engines/sql/sql-engines-for-testing.ts';
import { holdLongTimers, until } from '../../../test/support/shared/waits-for-testing.ts';

type Create = () => Promise<DatabaseForTesting>;

/** Two stores on one database, like two servers. */
async function withStores(
  create: Create,
  run: (owner: ProjectApi, second: ProjectApi, stores: readonly [Store, Store]) => Promise<void>,
): Promise<void> {
  await using database = await create();
  await using first = await createStore({ engine: database.createEngine() });
  await using second = await createStore({ engine: database.createEngine() });
  const of = (store: Store): ProjectApi => store.project('project').as({ userId: 'owner' });
  await run(of(first), of(second), [first, second]);
}

function texts(count: number, from = 0): { role: 'user'; text: string }[] {
  return times(count, (i) => ({ role: 'user', text: `text ${from + i}` }));
}

describeSqlEngines('a store', (create) => {
  test('creates, appends, lists in pages, updates, forks and deletes', async () => {
    await withStores(create, async (owner, second) => {
      const thread = only(
        await owner.threads.create([{ title: 'Hello', tags: ['a'], metadata: { n: 1 } }]),
      );
      await owner.items.append(thread.id, texts(120));
      const items = await allPages((after) => {
        return second.items.list(thread.id, { limit: 50, ...(after !== undefined && { after }) });
      });
      expect(textsIn(items)).toEqual(texts(120).map(({ text }) => text));
      const [updated] = await second.threads.update([{ id: thread.id, title: 'New' }]);
      expect(updated).toMatchObject({ title: 'New', itemCount: 120, metadata: { n: 1 } });
      const fork = only(
        await owner.threads.fork([{ threadId: thread.id, atItemId: items[9]!.id }]),
      );
      expect((await second.items.list(fork.id)).data).toHaveLength(10);
      expect((await owner.threads.list({ tag: 'a' })).data.map(({ id }) => id)).toContain(
        thread.id,
      );
      await owner.threads.delete([thread.id]);
      expect(await codeOf(second.threads.get(thread.id))).toBe('not_found');
      expect((await second.items.list(fork.id)).data).toHaveLength(10);
    });
  });

  test('keeps any JSON and any text exactly', async () => {
    await withStores(create, async (owner, second) => {
      const odd = JSON.parse(
        '{"z":1,"a":["\\u0000","\\ud800",1e21,5e-324,null],"__proto__":{"x":1}}',
      ) as never; // JSON
      const thread = only(await owner.threads.create([{ metadata: { odd }, title: 'é 😀 "\\' }]));
      const part = { type: 'custom', text: 'a\u0000b\u0001', odd };
      const [item] = await owner.items.append(thread.id, [{ role: 'user', parts: [part] }]);
      const read = await second.items.get(thread.id, item!.id);
      expect(JSON.stringify(read.parts)).toBe(JSON.stringify([part]));
      const found = await second.threads.get(thread.id);
      expect(JSON.stringify(found.metadata)).toBe(JSON.stringify({ odd }));
      expect(found.title).toBe('é 😀 "\\');
    });
  });

  test('answers a repeated request from either server with the first answer', async () => {
    await withStores(create, async (owner, second) => {
      const options = { idempotencyKey: 'once' };
      const thread = only(await owner.threads.create([{ title: 'One' }], options));
      expect(only(await second.threads.create([{ title: 'One' }], options)).id).toBe(thread.id);
      expect(await codeOf(second.threads.create([{ title: 'Two' }], options))).toBe('key_conflict');
      const keyed = [{ role: 'user', text: 'hi', key: 'k' }] as const;
      const both = await Promise.all(
        [owner, second].map((by) => by.items.append(thread.id, keyed)),
      );
      expect(both[0]![0]!.id).toBe(both[1]![0]!.id);
      expect((await owner.threads.get(thread.id)).itemCount).toBe(1);
    });
  });

  test('takes appends of two servers to the same threads: each once, in one order, heads exact', async () => {
    await withStores(create, async (owner, second, [store]) => {
      const threads = await owner.threads.create(times(3, () => ({})));
      await Promise.all(
        times(12, async (writer) => {
          const by = writer % 2 === 0 ? owner : second;
          for (let i = 0; i < 10; i++) {
            await by.items.append(threads[i % 3]!.id, [{ role: 'user', text: `${writer} ${i}` }]);
          }
        }),
      );
      const lists = await Promise.all(
        threads.map(({ id }) => owner.items.list(id, { limit: 1000 })),
      );
      const all = lists.flatMap(({ data }) => textsIn(data));
      expect(new Set(all).size).toBe(120);
      expect(all).toHaveLength(120);
      const heads = await Promise.all(threads.map(({ id }) => second.threads.get(id)));
      expect(heads.map(({ itemCount }) => itemCount)).toEqual(lists.map(({ data }) => data.length));
      expect(heads.map(({ lastItemId }) => lastItemId)).toEqual(
        lists.map(({ data }) => data.at(-1)?.id),
      );
      expect(store.capabilities.shared).toBe(true);
    });
  });

  test('goes by what the other server has changed a moment ago', async () => {
    await withStores(create, async (owner, second, [first, other]) => {
      const guest = other.project('project').as({ userId: 'guest' });
      const host = first.project('project').as({ userId: 'u', isServer: true });
      const say = { role: 'user', text: 'hi' } as const;
      const [room] = await owner.threads.create([{ mode: 'public', visibility: 'public' }]);
      const { id } = room!;
      // The servers write in turns, so that each remembers the thread from before the other's
      // change.
      for (let i = 0; i < 5; i++) {
        await guest.items.append(id, [say]);
        await owner.participants.update(id, [{ userId: 'guest', state: 'banned' }]);
        await owner.threads.update([{ id, visibility: 'private' }]);
        expect(await codeOf(guest.items.append(id, [say]))).toBe('not_found');
        await owner.threads.update([{ id, visibility: 'public' }]);
        expect(await codeOf(guest.items.append(id, [say]))).toBe('forbidden');
        await owner.participants.update(id, [{ userId: 'guest', state: 'joined' }]);
        const { version } = await second.threads.get(id);
        await guest.items.append(id, [{ ...say, key: `k${i}` }]);
        const stale = owner.threads.update([{ id, title: 'late', ifVersion: version }]);
        expect(await codeOf(stale)).toBe('precondition_failed');
        await owner.threads.update([{ id, title: `${i}`, ifVersion: version + 1 }]);
        const [again] = await host.items.append(id, [{ ...say, key: `k${i}`, authorId: 'guest' }]);
        expect(again!.authorId).toBe('guest');
      }
      expect((await second.threads.get(id)).itemCount).toBe(10);
      await owner.threads.delete([id]);
      expect(await codeOf(guest.items.append(id, [say]))).toBe('not_found');
      expect(await codeOf(second.threads.update([{ id, title: 'late' }]))).toBe('not_found');
    });
  });

  test('wakes a live reader of another server at once', async () => {
    using _held = holdLongTimers(); // no reader looks by itself
    await withStores(create, async (owner, second) => {
      const thread = only(await owner.threads.create([{}]));
      const seen: string[] = [];
      const stop = new AbortController();
      const begun = Promise.withResolvers<void>();
      const reading = (async () => {
        for await (const event of second.threads.live(thread.id, { signal: stop.signal })) {
          begun.resolve();
          if (event.type !== 'item') continue;
          seen.push(...textsIn([event.item]));
          if (seen.length === 5) stop.abort();
        }
      })();
      await begun.promise;
      for (let i = 0; i < 5; i++) {
        await owner.items.append(thread.id, texts(1, i));
        await until(() => seen.length > i);
      }
      await reading;
      expect(seen).toEqual(texts(5).map(({ text }) => text));
    });
  });

  test('is found sound by the doctor', async () => {
    await using database = await create();
    await using store = await createStore({ engine: database.createEngine() });
    const owner = store.project('project').as({ userId: 'owner' });
    const threads = await owner.threads.create(times(5, (i) => ({ tags: [`tag ${i}`] })));
    for (const { id } of threads) await owner.items.append(id, texts(3));
    await owner.threads.delete([threads[0]!.id]);
    await store.close();
    const report = await doctor(database.createEngine(), { repair: false });
    expect(report.problems).toEqual([]);
  });
});
