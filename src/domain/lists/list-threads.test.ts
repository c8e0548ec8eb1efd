import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  allPages,
  codeOf,
  issuesOf,
  only,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import { tags } from '../../records/tables.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import { threadOrders, type ThreadListOptions, type Thread } from '../../api/thread.ts';

const seed = seedForTesting();

async function listed(caller: ProjectApi, options: ThreadListOptions = {}): Promise<string[]> {
  const all = await allPages((after) =>
    caller.threads.list({ limit: 3, ...options, ...(after && { after }) }),
  );
  return all.map(({ id }) => id);
}

describe("the caller's own threads", () => {
  test('come most recent first, to the second, ties by id', async () => {
    await using kit = await openKit();
    await kit.owner.threads.create([{ id: 'b' }, { id: 'a' }, { id: 'c' }]);
    kit.clock.advance(999);
    await kit.thread({ id: 'aa' });
    kit.clock.advance(1);
    await kit.thread({ id: 'z-newest' });
    expect(await listed(kit.owner)).toEqual(['z-newest', 'c', 'b', 'aa', 'a']);
    kit.clock.advance(1000);
    await kit.say('b', 'hello');
    expect(await listed(kit.owner)).toEqual(['b', 'z-newest', 'c', 'aa', 'a']);
  });

  test('are visible to no other user', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'private' });
    await kit.thread({ id: 'public', visibility: 'public' });
    expect(await listed(kit.other)).toEqual([]);
    expect(await listed(kit.foreigner)).toEqual([]);
    expect(await codeOf(kit.anonymous.threads.list())).toBe('unauthenticated');
  });

  test('are the same when the caller takes part in them', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'a' });
    expect(await listed(kit.owner, { participating: true })).toEqual(['a']);
  });

  test('omit archived threads, which have a list of their own', async () => {
    await using kit = await openKit();
    await kit.owner.threads.create(times(4, (i) => ({ id: `t${i}`, tags: ['t'] })));
    await kit.owner.threads.update([
      { id: 't1', archived: true },
      { id: 't3', archived: true },
    ]);
    for (const tag of [{}, { tag: 't' }]) {
      expect(await listed(kit.owner, tag)).toEqual(['t2', 't0']);
      expect(await listed(kit.owner, { ...tag, archived: true })).toEqual(['t3', 't1']);
    }
    await kit.owner.threads.update([{ id: 't1', archived: false }]);
    expect(await listed(kit.owner)).toEqual(['t2', 't1', 't0']);
    expect(await listed(kit.owner, { archived: true })).toEqual(['t3']);
  });

  test('omit deleted threads immediately', async () => {
    await using kit = await openKit();
    const scope = { scopeType: 's', scopeId: '1' };
    await kit.owner.threads.create(
      times(3, (i) => ({ id: `t${i}`, tags: ['t'], visibility: 'public' as const, ...scope })),
    );
    await kit.owner.threads.delete(['t1']);
    for (const options of [{}, { tag: 't' }, { visibility: 'public' } as const, scope]) {
      expect(await listed(kit.owner, options)).toEqual(['t2', 't0']);
    }
  });

  test('can be narrowed to a visibility', async () => {
    await using kit = await openKit();
    for (const visibility of ['private', 'unlisted', 'public'] as const) {
      await kit.owner.threads.create(times(4, (i) => ({ id: `${visibility}-${i}`, visibility })));
    }
    for (const visibility of ['private', 'unlisted', 'public'] as const) {
      const expected = times(4, (i) => `${visibility}-${3 - i}`);
      expect(await listed(kit.owner, { visibility })).toEqual(expected);
    }
  });
});

describe('in the order of creation', () => {
  const scope = { scopeType: 's', scopeId: '1' };
  const order = 'created';

  /** Threads whose ids tell nothing of when they were created. */
  async function create(kit: StoreKit): Promise<void> {
    for (const id of ['m', 'z', 'a', 'q']) {
      await kit.thread({ id, tags: ['x'], visibility: 'public', ...scope });
      kit.clock.advance(1);
    }
    await kit.thread({ id: 'plain' });
  }

  test('the newest threads come first, whatever changes later, ties by id', async () => {
    await using kit = await openKit();
    await create(kit);
    await kit.owner.threads.create([{ id: 'tie-1' }, { id: 'tie-3' }, { id: 'tie-2' }]);
    kit.clock.advance(5000);
    for (const id of ['a', 'm']) await kit.say(id, 'hello');
    await kit.owner.threads.update([{ id: 'z', title: 'Renamed', tags: ['y'] }]);
    const ties = ['tie-3', 'tie-2', 'tie-1'];
    const named = ties.concat('plain', 'q', 'a', 'z', 'm');
    expect((await listed(kit.owner, { order })).join()).toBe(named.join());
    expect(await listed(kit.owner, { order: 'updated' })).toEqual(await listed(kit.owner));
  });

  test('each list has its own threads', async () => {
    await using kit = await openKit();
    await create(kit);
    await kit.owner.threads.update([
      { id: 'z', tags: [] },
      { id: 'q', archived: true },
      { id: 'm', visibility: 'private' },
    ]);
    const other = await kit.other.threads.create([{ id: 'theirs', visibility: 'public' }]);
    expect(other).toHaveLength(1);
    expect(await listed(kit.owner, { order, tag: 'x' })).toEqual(['a', 'm']);
    expect(await listed(kit.owner, { order, archived: true })).toEqual(['q']);
    expect(await listed(kit.owner, { order, ...scope })).toEqual(['a', 'z', 'm']);
    expect(await listed(kit.other, { order, ...scope })).toEqual(['a', 'z']);
    const open = { order, visibility: 'public' } as const;
    expect(await listed(kit.anonymous, open)).toEqual(['theirs', 'a', 'z']);
    expect(await listed(kit.other, { order })).toEqual(['theirs']);
    expect(await codeOf(kit.anonymous.threads.list({ order }))).toBe('unauthenticated');
  });

  test('deleted threads are in no list, however many they are', async () => {
    await using kit = await openKit();
    await create(kit);
    const gone = times(2100, (i) => ({ id: `gone-${i}`, visibility: 'public' as const, ...scope }));
    await kit.owner.threads.create(gone);
    await kit.owner.threads.delete(gone.map(({ id }) => id));
    const firstTwo = async (options: ThreadListOptions): Promise<string> => {
      const page = await kit.owner.threads.list({ order, limit: 2, ...options });
      return page.data.map(({ id }) => id).join();
    };
    expect(await firstTwo({})).toBe('plain,q');
    expect(await firstTwo(scope)).toBe('q,a');
    expect(await firstTwo({ visibility: 'public' })).toBe('q,a');
  });
});

describe('a tag', () => {
  test('lists the threads that have it now', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'a', tags: ['x', 'y'] });
    await kit.thread({ id: 'b', tags: ['y'] });
    const under = async (): Promise<unknown> => ({
      x: await listed(kit.owner, { tag: 'x' }),
      y: await listed(kit.owner, { tag: 'y' }),
      z: await listed(kit.owner, { tag: 'z' }),
    });
    expect(await under()).toEqual({ x: ['a'], y: ['b', 'a'], z: [] });
    await kit.owner.threads.update([{ id: 'a', tags: ['y', 'z'] }]);
    expect(await under()).toEqual({ x: [], y: ['b', 'a'], z: ['a'] });
    kit.clock.advance(2000);
    await kit.say('a', 'newer');
    expect(await under()).toEqual({ x: [], y: ['a', 'b'], z: ['a'] });
    await kit.owner.threads.update([{ id: 'a', tags: [] }]);
    expect(await under()).toEqual({ x: [], y: ['b'], z: [] });
    expect(await kit.rows(tags)).toHaveLength(1);
  });

  test('is nothing to others, whatever they may read', async () => {
    await using kit = await openKit();
    await kit.thread({ tags: ['x'], visibility: 'public' });
    expect(await listed(kit.other, { tag: 'x' })).toEqual([]);
    expect(await codeOf(kit.anonymous.threads.list({ tag: 'x' }))).toBe('unauthenticated');
  });

  test('combines with a scope and a visibility', async () => {
    await using kit = await openKit();
    const scope = { scopeType: 's', scopeId: '1' };
    await kit.thread({ id: 'a', tags: ['x'], ...scope });
    await kit.thread({ id: 'b', tags: ['x'], visibility: 'public' });
    await kit.thread({ id: 'c', ...scope });
    expect(await listed(kit.owner, { tag: 'x', ...scope })).toEqual(['a']);
    expect(await listed(kit.owner, { tag: 'x', visibility: 'public' })).toEqual(['b']);
  });

  test('moves its row at most once a second', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread({ tags: ['x'] });
    for (let i = 0; i < 50; i++) {
      kit.clock.advance(100);
      await kit.say(id, 'hello');
    }
    const { listedAt } = only(await kit.rows(tags));
    expect(listedAt).toBe(kit.clock.nowMs - (kit.clock.nowMs % 1000));
  });
});

describe('a scope', () => {
  test('lists what each caller may see', async () => {
    await using kit = await openKit();
    const scope = { scopeType: 'ticket', scopeId: 'T-1' };
    await kit.thread({ id: 'private', ...scope });
    await kit.thread({ id: 'unlisted', visibility: 'unlisted', ...scope });
    await kit.thread({ id: 'public', visibility: 'public', ...scope });
    await kit.other.threads.create([{ id: 'theirs', ...scope }]);
    await kit.thread({ id: 'elsewhere', scopeType: 'ticket', scopeId: 'T-2' });
    expect(await listed(kit.owner, scope)).toEqual(['unlisted', 'public', 'private']);
    expect(await listed(kit.other, scope)).toEqual(['theirs', 'public']);
    expect(await listed(kit.anonymous, scope)).toEqual(['public']);
    expect(await listed(kit.foreigner, scope)).toEqual([]);
  });

  test('shows pages that are short, but not the end, where much is not for the caller', async () => {
    await using kit = await openKit();
    const scope = { scopeType: 's', scopeId: '1' };
    await kit.owner.threads.create(times(30, (i) => ({ id: `a${i + 10}`, ...scope })));
    await kit.thread({ id: 'a-last', visibility: 'public', ...scope });
    expect(await listed(kit.other, { ...scope, limit: 1 })).toEqual(['a-last']);
  });

  test('is both halves or none', async () => {
    await using kit = await openKit();
    expect(await issuesOf(kit.owner.threads.list({ scopeType: 's' }))).toEqual(['scopeId']);
    expect(await issuesOf(kit.owner.threads.list({ scopeId: 's' }))).toEqual(['scopeType']);
  });
});

describe('the public list', () => {
  test('is open to every user of one project', async () => {
    await using kit = await openKit();
    await kit.thread({ id: 'a', visibility: 'public' });
    await kit.thread({ id: 'b', visibility: 'unlisted' });
    await kit.thread({ id: 'c' });
    await kit.other.threads.create([{ id: 'd', visibility: 'public' }]);
    for (const caller of [kit.owner, kit.other, kit.anonymous]) {
      expect(await listed(caller, { visibility: 'public' })).toEqual(['d', 'a']);
    }
    expect(await listed(kit.foreigner, { visibility: 'public' })).toEqual([]);
    await kit.owner.threads.update([
      { id: 'a', visibility: 'private' },
      { id: 'b', visibility: 'public' },
    ]);
    expect(await listed(kit.anonymous, { visibility: 'public' })).toEqual(['d', 'b']);
  });

  test.each(['private', 'unlisted'] as const)(
    'of %s threads belongs to no particular user',
    async (visibility) => {
      await using kit = await openKit();
      await kit.thread({ visibility });
      expect(await codeOf(kit.anonymous.threads.list({ visibility }))).toBe('unauthenticated');
      expect(await listed(kit.other, { visibility })).toEqual([]);
    },
  );
});

describe('paging', () => {
  const scope = { scopeType: 's', scopeId: '1' };
  const lists: readonly (readonly [string, ThreadListOptions])[] = [
    ['own', {}],
    ['tag', { tag: 'x' }],
    ['scope', scope],
    ['public', { visibility: 'public' }],
    ['archived', { archived: true }],
    ['created', { order: 'created' }],
    ['tag, created', { order: 'created', tag: 'x' }],
    ['scope, created', { order: 'created', ...scope }],
    ['public, created', { order: 'created', visibility: 'public' }],
  ];

  async function fill(kit: StoreKit): Promise<void> {
    for (let i = 0; i < 60; i++) {
      if (i % 7 === 0) kit.clock.advance(1000);
      await kit.thread({ id: `t${i}`, tags: ['x'], visibility: 'public', ...scope });
    }
    const updates = times(30, (i) => ({ id: `t${i * 2}`, archived: true }));
    await kit.owner.threads.update(updates.slice(0, 20));
  }

  test.each(lists)('through the list "%s" both ways returns all, once', async (_name, options) => {
    await using kit = await openKit();
    await fill(kit);
    const all = await listed(kit.owner, { ...options, limit: 1000 });
    expect(all.length).toBe(options.archived === true ? 20 : 40);
    for (const limit of [1, 7, 50]) {
      expect(await listed(kit.owner, { ...options, limit })).toEqual(all);
      const last = await kit.owner.threads.list({ ...options, limit: 1000 });
      expect(last.nextCursor).toBeNull();
    }
    const pages: Thread[][] = [];
    let page = await kit.owner.threads.list({ ...options, limit: 13 });
    while (page.nextCursor !== null) {
      page = await kit.owner.threads.list({ ...options, limit: 13, after: page.nextCursor });
    }
    for (let count = 0; count < 10; count++) {
      pages.unshift([...page.data]);
      if (page.prevCursor === null) break;
      page = await kit.owner.threads.list({ ...options, limit: 13, before: page.prevCursor });
    }
    expect(pages.flat().map(({ id }) => id)).toEqual(all);
  });

  test('takes a cursor of the same list only', async () => {
    await using kit = await openKit();
    await fill(kit);
    const cursors = new Map<string, string>();
    for (const [name, options] of [
      ...lists,
      ['archived tag', { tag: 'x', archived: true }] as const,
    ]) {
      cursors.set(name, (await kit.owner.threads.list({ ...options, limit: 2 })).nextCursor!);
    }
    for (const [name, options] of lists) {
      for (const [other, cursor] of cursors) {
        const reading = kit.owner.threads.list({ ...options, after: cursor });
        if (name === other) expect(await codeOf(reading)).toBe('none');
        else expect([name, other, await issuesOf(reading)]).toEqual([name, other, ['after']]);
        expect(await codeOf(kit.other.threads.list({ ...options, before: cursor }))).toBe(
          'invalid_request',
        );
      }
    }
    for (const cursor of ['', 'x', 't1', 'WyJ4Il0']) {
      expect(await issuesOf(kit.owner.threads.list({ after: cursor }))).toEqual(['after']);
      expect(await issuesOf(kit.owner.threads.list({ before: cursor }))).toEqual(['before']);
    }
  });

  test('continues from a thread that has moved or been deleted since', async () => {
    await using kit = await openKit();
    await kit.owner.threads.create(times(9, (i) => ({ id: `t${i}` })));
    const first = await kit.owner.threads.list({ limit: 3 });
    expect(first.data.map(({ id }) => id)).toEqual(['t8', 't7', 't6']);
    kit.clock.advance(5000);
    await kit.say('t6', 'moves to the top');
    await kit.owner.threads.delete(['t5']);
    const second = await kit.owner.threads.list({ limit: 3, after: first.nextCursor! });
    expect(second.data.map(({ id }) => id)).toEqual(['t4', 't3', 't2']);
  });

  test.each<[string, object]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: 1001 }],
    ['tag', { tag: '' }],
    ['tag', { tag: 'x'.repeat(65) }],
    ['visibility', { visibility: 'secret' }],
    ['archived', { archived: 'true' }],
    ['participating', { participating: 1 }],
    ['order', { order: 'newest' }],
    ['order', { order: '' }],
  ])('refuses a wrong %s', async (path, options) => {
    await using kit = await openKit();
    expect(await issuesOf(kit.owner.threads.list(options))).toEqual([path]);
  });
});

const selections = [true, false].flatMap((archived) =>
  threadOrders.map((order) => [archived, order] as const),
);

test(`every list agrees with an oracle under random writes (SEED=${seed})`, async () => {
  await using kit = await openKit();
  const random = seededRandom(seed);
  const model = new Map<
    string,
    { tags: string[]; archived: boolean; visibility: string; at: number; madeAt: number }
  >();
  const anyTags = (): string[] => ['x', 'y', 'z'].filter(() => random.chance(0.4));
  type Times = { readonly at: number; readonly madeAt: number };
  const orderBy =
    (time: 'at' | 'madeAt') =>
    (a: [string, Times], b: [string, Times]): number =>
      b[1][time] - a[1][time] || (a[0] < b[0] ? 1 : -1);
  for (let step = 0; step < 400; step++) {
    kit.clock.advance(random.below(700));
    const at = Math.floor(kit.clock.nowMs / 1000);
    const id = `t${random.below(25)}`;
    const known = model.get(id);
    const visibility = random.pick(['private', 'unlisted', 'public'] as const);
    if (known === undefined) {
      const tags = anyTags();
      if ((await codeOf(kit.thread({ id, tags, visibility }))) === 'none') {
        const madeAt = Date.parse((await kit.owner.threads.get(id)).createdAt);
        model.set(id, { tags, archived: false, visibility, at, madeAt });
      }
    } else if (random.chance(0.05)) {
      await kit.owner.threads.delete([id]);
      model.delete(id);
    } else if (random.chance(0.4)) {
      const patch = { tags: anyTags(), archived: random.chance(0.5), visibility };
      await kit.owner.threads.update([{ id, ...patch }]);
      model.set(id, { ...known, ...patch, at });
    } else {
      await kit.say(id, 'hello');
      known.at = at;
    }
    if (step % 10 !== 9) continue;
    for (const [archived, order] of selections) {
      const expected = (
        keep: (thread: { tags: string[]; visibility: string }) => boolean,
      ): string[] =>
        [...model]
          .filter(([, thread]) => thread.archived === archived && keep(thread))
          .toSorted(orderBy(order === 'created' ? 'madeAt' : 'at'))
          .map(([key]) => key);
      expect(await listed(kit.owner, { archived, order })).toEqual(expected(() => true));
      expect(await listed(kit.owner, { archived, order, tag: 'x' })).toEqual(
        expected(({ tags }) => tags.includes('x')),
      );
      expect(await listed(kit.anonymous, { archived, order, visibility: 'public' })).toEqual(
        expected(({ visibility }) => visibility === 'public'),
      );
    }
  }
});
