import { describe, expect, test } from 'vitest';
import { seededRandom, type SeededRandom } from '../../engine/fault/seeded-random.ts';
import { seedForTesting } from '../../../test/support/store/seed-for-testing.ts';
import {
  allPages,
  codeOf,
  issuesOf,
  openKit,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { ItemListOptions, Item, NewItem } from '../../api/item.ts';
import type { ProjectApi } from '../../api/project-api.ts';

const seed = seedForTesting();
const nowhere = '019aa000-0000-7000-8000-000000000000';

async function texts(
  caller: ProjectApi,
  id: string,
  options: ItemListOptions = {},
): Promise<string[]> {
  const all = await allPages((after) =>
    caller.items.list(id, { limit: 3, ...options, ...(after && { after }) }),
  );
  return textsIn(all);
}

/** A public thread with every kind of item. Each text names its kind. */
async function variety(kit: StoreKit): Promise<{ id: string; items: Item[] }> {
  const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
  const items = [
    await kit.append(id, { text: 'plain' }),
    await kit.append(id, { text: 'hidden', visibility: 'hidden', role: 'system' }),
    await kit.append(id, { text: 'archived', visibility: 'archived' }),
    await kit.append(id, { text: 'private', private: true }),
    ...(await kit.other.items.append(id, [
      { role: 'user', text: 'theirs, private', private: true },
      { role: 'user', text: 'theirs' },
    ])),
    await kit.append(id, { text: 'edited' }),
    await kit.append(id, { text: 'redacted' }),
    await kit.append(id, { text: 'last' }),
  ];
  await kit.append(id, { text: 'edited once', replacesId: items[6]!.id });
  await kit.append(id, { text: 'edited twice', replacesId: items[6]!.id });
  await kit.owner.items.redact(id, [items[7]!.id]);
  return { id, items };
}

/** Everything that the caller reads is in one of the two lists, in order, and in no other. */
async function expectSplit(
  caller: ProjectApi,
  id: string,
  options: ItemListOptions,
): Promise<void> {
  const [all, open, secret] = await Promise.all(
    [undefined, false, true].map((isPrivate) =>
      allPages((after) =>
        caller.items.list(id, {
          ...options,
          limit: 2,
          ...(isPrivate !== undefined && { private: isPrivate }),
          ...(after && { after }),
        }),
      ),
    ),
  );
  const ids = new Set(open!.map((item) => item.id));
  expect(all!.filter((item) => ids.has(item.id))).toEqual(open);
  expect(all!.filter((item) => !ids.has(item.id))).toEqual(secret);
}

describe('the views', () => {
  test('show each caller what it may see', async () => {
    await using kit = await openKit();
    const { id } = await variety(kit);
    const middle = ['theirs', 'edited twice', '', 'last'];
    const log = ['theirs', 'edited', '', 'last', 'edited once', 'edited twice'];
    expect(await texts(kit.owner, id)).toEqual(['plain', 'private', ...middle]);
    expect(await texts(kit.other, id)).toEqual(['plain', 'theirs, private', ...middle]);
    expect(await texts(kit.anonymous, id)).toEqual(['plain', ...middle]);
    expect(await texts(kit.owner, id, { view: 'context' })).toEqual([
      ...['plain', 'hidden', 'private', 'theirs', 'edited twice', 'last'],
    ]);
    expect(await texts(kit.owner, id, { view: 'log' })).toEqual([
      ...['plain', 'hidden', 'archived', 'private', ...log],
    ]);
  });

  test('leave out what is private, or give only that, and never show more than without', async () => {
    await using kit = await openKit();
    const { id } = await variety(kit);

    await kit.host.items.append(id, [
      { role: 'assistant', text: 'saw some', sawPrivate: true },
      { role: 'assistant', text: 'saw none', sawPrivate: false },
    ]);
    for (const caller of [kit.owner, kit.other, kit.anonymous]) {
      for (const view of caller === kit.owner ? (['current', 'log', 'context'] as const) : []) {
        await expectSplit(caller, id, { view });
      }
      await expectSplit(caller, id, {});
    }
    const open = await texts(kit.owner, id, { private: false });
    expect(open).toEqual(['plain', 'theirs', 'edited twice', '', 'last', 'saw none']);
    const secret = await texts(kit.owner, id, { private: true });
    expect(secret).toEqual(['private', 'saw some']);
    expect(await texts(kit.anonymous, id, { private: true })).toEqual([]);
    const wrong = kit.owner.items.list(id, { private: 'false' as unknown as boolean });
    expect(await issuesOf(wrong)).toEqual(['private']);
    const { nextCursor } = await kit.owner.items.list(id, { limit: 2, private: false });
    const other = kit.owner.items.list(id, { private: true, after: nextCursor! });
    expect(await issuesOf(other)).toEqual(['after']);
  });

  test.each(['log', 'context', 'everything', ''] as const)(
    '%j is refused to who takes no part',
    async (view) => {
      await using kit = await openKit();
      const { id } = await variety(kit);
      for (const caller of [kit.other, kit.anonymous]) {
        expect(await issuesOf(caller.items.list(id, { view: view as 'log' }))).toEqual(['view']);
        expect(await codeOf(caller.threads.live(id, { view: view as 'log' }).next())).toBe(
          'invalid_request',
        );
      }
    },
  );

  test('are the same by id: an item in no view is not found', async () => {
    await using kit = await openKit();
    const { id, items } = await variety(kit);
    const { data } = await kit.owner.items.list(id, { view: 'log' });
    for (const item of data) expect(await kit.owner.items.get(id, item.id)).toEqual(item);
    const seen = async (caller: ProjectApi): Promise<string[]> => {
      const found = await Promise.all(
        data.map(async (item) =>
          (await codeOf(caller.items.get(id, item.id))) === 'none' ? item.id : undefined,
        ),
      );
      return found.filter((value) => value !== undefined);
    };
    const shown = (indexes: readonly number[]): string[] => indexes.map((i) => items[i]!.id);
    expect(await seen(kit.anonymous)).toEqual(shown([0, 5, 6, 7, 8]));
    expect(await seen(kit.other)).toEqual(shown([0, 5, 6, 7, 8]));
    // The list above is the owner's, which has nothing that is private from the owner.
    expect(textsIn([await kit.other.items.get(id, items[4]!.id)])).toEqual(['theirs, private']);
    expect(textsIn([await kit.anonymous.items.get(id, items[6]!.id)])).toEqual(['edited twice']);
  });

  test('of a private thread are visible to no other user', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [item] = await kit.say(id, 'secret');
    for (const caller of [kit.other, kit.foreigner]) {
      expect(await codeOf(caller.items.list(id))).toBe('not_found');
      expect(await codeOf(caller.items.get(id, item!.id))).toBe('not_found');
    }
    for (const unreadable of [id, 'not-there']) {
      expect(await codeOf(kit.anonymous.items.list(unreadable))).toBe('unauthenticated');
      expect(await codeOf(kit.anonymous.items.get(unreadable, item!.id))).toBe('unauthenticated');
    }
  });
});

describe('an item', () => {
  test('of another thread, or of none, is not found', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [elsewhere] = await kit.say((await kit.thread()).id, 'elsewhere');
    for (const itemId of [elsewhere!.id, nowhere, 'x', '', '../x', elsewhere!.id.toUpperCase()]) {
      expect(await codeOf(kit.owner.items.get(id, itemId))).toBe('not_found');
      expect(await codeOf(kit.owner.items.redact(id, [itemId]))).toBe('not_found');
      const update = { id: itemId, visibility: 'hidden' } as const;
      expect(await codeOf(kit.owner.items.update(id, [update]))).toBe('not_found');
    }
  });
});

describe('a page', () => {
  test('of an empty thread is empty', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    for (const order of ['asc', 'desc'] as const) {
      const page = await kit.owner.items.list(id, { order });
      expect(page).toMatchObject({ data: [], nextCursor: null, prevCursor: null });
    }
  });

  test('begins with the oldest, or in descending order with the newest', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, ...times(120, String));
    const page = async (options: ItemListOptions): Promise<string[]> =>
      textsIn((await kit.owner.items.list(id, options)).data);
    expect(await page({})).toEqual(times(50, String));
    expect(await page({ order: 'desc' })).toEqual(times(50, (i) => String(119 - i)));
    expect(await page({ limit: 1000 })).toHaveLength(120);
  });

  test('continues from a cursor or an item, in either order and direction', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const items = await kit.say(id, ...times(10, String));
    const page = async (options: ItemListOptions): Promise<string> =>
      textsIn((await kit.owner.items.list(id, { limit: 3, ...options })).data).join('');
    const at = items[5]!.id;
    expect(await page({ after: at })).toBe('678');
    expect(await page({ before: at })).toBe('234');
    expect(await page({ order: 'desc', after: at })).toBe('432');
    expect(await page({ order: 'desc', before: at })).toBe('876');
    expect(await page({ after: items[3]!.id, before: at })).toBe('4');
    expect(await page({ after: at, before: at })).toBe('');
    const first = await kit.owner.items.list(id, { limit: 3 });
    expect(await page({ after: first.nextCursor! })).toBe('345');
    expect(await page({ order: 'desc', before: first.nextCursor! })).toBe('543');
  });

  test('continues from a revision at the place of its original', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const items = await kit.say(id, ...times(6, String));
    const edit = await kit.append(id, { text: 'edit of 2', replacesId: items[2]!.id });
    const { data } = await kit.owner.items.list(id, { after: edit.id });
    expect(textsIn(data)).toEqual(['3', '4', '5']);
    expect((await kit.owner.items.list(id, { view: 'log', after: edit.id })).data).toEqual([]);
  });

  test.each<[string, object]>([
    ['limit', { limit: 0 }],
    ['limit', { limit: -1 }],
    ['limit', { limit: 1001 }],
    ['order', { order: 'up' }],
    ['view', { view: 'all' }],
    ['after', { after: nowhere }],
    ['after', { after: 'x' }],
    ['before', { before: '' }],
    ['spanId', { runId: 'a', spanId: 'b' }],
    ['parentId', { spanId: 'a', parentId: 'b' }],
    ['parentId', { parentId: nowhere }],
    ['parentId', { parentId: 'x' }],
    ['runId', { runId: '' }],
    ['runId', { runId: 'a\u0000b' }],
  ])('is refused for its %s, %#', async (path, options) => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    await kit.say(id, 'x');
    expect(await issuesOf(kit.owner.items.list(id, options))).toEqual([path]);
  });

  test("takes no cursor of another thread, view or filter, and no other thread's item", async () => {
    await using kit = await openKit();
    const [a, b] = [await kit.thread(), await kit.thread()];
    for (const { id } of [a, b]) {
      await kit.owner.items.append(
        id,
        times(4, (i) => ({ role: 'user', text: `${i}`, runId: 'r', spanId: 's' })),
      );
    }
    const lists: ItemListOptions[] = [
      {},
      { view: 'log' },
      { view: 'context' },
      { runId: 'r' },
      { spanId: 's' },
      { spanId: 'r' },
    ];
    const cursors = await Promise.all(
      lists.map(async (options) => {
        const page = await kit.owner.items.list(a.id, { ...options, limit: 2 });
        return page.nextCursor ?? page.cursor;
      }),
    );
    for (const [i, options] of lists.entries()) {
      for (const [j, cursor] of cursors.entries()) {
        const isOwn = i === j && i < 5; // nothing has the span r, so there is no such cursor
        const code = await codeOf(kit.owner.items.list(a.id, { ...options, after: cursor }));
        expect([i, j, code]).toEqual([i, j, isOwn ? 'none' : 'invalid_request']);
        for (const side of ['after', 'before']) {
          const elsewhere = kit.owner.items.list(b.id, { ...options, [side]: cursor });
          expect(await issuesOf(elsewhere)).toEqual([side]);
        }
      }
    }
    const item = (await kit.owner.items.list(a.id)).data[0]!.id;
    expect(await issuesOf(kit.owner.items.list(b.id, { after: item }))).toEqual(['after']);
  });
});

describe('filters', () => {
  test('find the items of a run, a span, a parent', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const root = await kit.append(id, { text: 'root' });
    for (let i = 0; i < 12; i++) {
      const item: Partial<NewItem> = {
        text: `${i}`,
        ...(i % 2 === 0 && { runId: 'even' }),
        ...(i % 3 === 0 && { spanId: 'third' }),
        ...(i % 4 === 0 && { parentId: root.id }),
      };
      await kit.append(id, item);
    }
    expect(await texts(kit.owner, id, { runId: 'even' })).toEqual(['0', '2', '4', '6', '8', '10']);
    expect(await texts(kit.owner, id, { spanId: 'third', order: 'desc' })).toEqual([
      '9',
      '6',
      '3',
      '0',
    ]);
    expect(await texts(kit.owner, id, { parentId: root.id })).toEqual(['0', '4', '8']);
    for (const none of [{ runId: 'eve' }, { runId: 'evenn' }, { spanId: 'even' }]) {
      expect(await texts(kit.owner, id, none)).toEqual([]);
    }
  });

  test('keep an edited item under the run of its original', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const item = await kit.append(id, { text: 'a', runId: 'r' });
    await kit.append(id, { text: 'b', runId: 'q', replacesId: item.id });
    expect(await texts(kit.owner, id, { runId: 'r' })).toEqual(['b']);
    expect(await texts(kit.owner, id, { runId: 'q' })).toEqual([]);
    expect(await texts(kit.owner, id, { runId: 'q', view: 'log' })).toEqual(['b']);
  });
});

describe('against a brute-force oracle', () => {
  test(`every page of every list is a slice of the oracle's list (SEED=${seed})`, async () => {
    await using kit = await openKit();
    const random = seededRandom(seed);
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const oracle: OracleItem[] = [];
    for (let step = 0; step < 250; step++) await randomWrite(kit, id, oracle, random);
    const callers = [
      ['owner', kit.owner],
      ['other', kit.other],
      ['', kit.anonymous],
    ] as const;
    for (let round = 0; round < 250; round++) {
      const [userId, caller] = random.pick(callers);
      const options = randomList(random, userId, oracle);
      const expected = oracleList(oracle, userId, options);
      const page = await caller.items.list(id, options);
      expect([round, options, page.data.map((item) => item.id)]).toEqual([
        round,
        options,
        expected,
      ]);
    }
  });
});

interface OracleItem {
  readonly id: string;
  readonly author: string;
  readonly original: string | undefined;
  readonly runId: string | undefined;
  readonly isPrivate: boolean;
  visibility: string;
  isRedacted: boolean;
}

async function randomWrite(
  kit: StoreKit,
  threadId: string,
  oracle: OracleItem[],
  random: SeededRandom,
): Promise<void> {
  const named = oracle.length > 0 && random.chance(0.45) ? random.pick(oracle) : undefined;
  const originalId = named?.original ?? named?.id;
  const family = oracle.filter((row) => row.id === originalId || row.original === originalId);
  const kind = random.below(3);
  if (named && kind === 0) {
    const visibility = random.pick(['visible', 'hidden', 'archived'] as const);
    await callerOf(kit, named).items.update(threadId, [{ id: named.id, visibility }]);
    for (const row of family) row.visibility = visibility;
  } else if (named && kind === 1 && random.chance(0.3)) {
    await callerOf(kit, named).items.redact(threadId, [named.id]);
    for (const row of family) row.isRedacted = true;
  } else {
    await randomAppend(
      kit,
      threadId,
      oracle,
      random,
      family.some((row) => row.isRedacted) ? undefined : named,
    );
  }
}

/** The owner leads the thread, and yet does not know of what others keep private. */
function callerOf(kit: StoreKit, { isPrivate, author }: OracleItem): ProjectApi {
  return isPrivate && author === 'other' ? kit.other : kit.owner;
}

async function randomAppend(
  kit: StoreKit,
  threadId: string,
  oracle: OracleItem[],
  random: SeededRandom,
  replaced: OracleItem | undefined,
): Promise<void> {
  const original = oracle.find(({ id }) => id === (replaced?.original ?? replaced?.id));
  const writer = random.chance(0.6) ? 'owner' : 'other';
  // What is private is edited by its author alone, what others see by the owner's server, too.
  const author = original === undefined ? writer : original.isPrivate ? original.author : 'owner';
  const runId = random.chance(0.5) ? random.pick(['r1', 'r2']) : undefined;
  const caller = kit.store.project('project').as({ userId: author, isServer: true });
  const input: NewItem = {
    role: 'user',
    text: `text ${oracle.length}`,
    ...(runId !== undefined && { runId }),
    ...(replaced ? { replacesId: replaced.id } : { private: random.chance(0.2) }),
    ...(!replaced && { visibility: random.pick(['visible', 'visible', 'hidden', 'archived']) }),
  };
  const [item] = await caller.items.append(threadId, [input]);
  oracle.push({
    id: item!.id,
    author,
    original: original?.id,
    runId,
    isPrivate: original?.isPrivate ?? input.private ?? false,
    visibility: original?.visibility ?? item!.visibility,
    isRedacted: false,
  });
}

function randomList(
  random: SeededRandom,
  userId: string,
  oracle: readonly OracleItem[],
): ItemListOptions {
  const view = userId === 'owner' ? random.pick(['current', 'log', 'context'] as const) : 'current';
  return {
    view,
    order: random.pick(['asc', 'desc']),
    limit: 1 + random.below(30),
    ...(random.chance(0.3) && { runId: random.pick(['r1', 'r2', 'r3']) }),
    ...(random.chance(0.4) && { after: random.pick(oracle).id }),
    ...(random.chance(0.3) && { before: random.pick(oracle).id }),
  };
}

function oracleList(
  oracle: readonly OracleItem[],
  userId: string,
  { view, order, limit = 50, runId, after, before }: ItemListOptions,
): string[] {
  const anchor = (id: string | undefined): string | undefined => {
    const row = oracle.find((candidate) => candidate.id === id);
    return view === 'log' ? row?.id : (row?.original ?? row?.id);
  };
  const [low, high] = order === 'asc' ? [after, before] : [before, after];
  const [from, to] = [anchor(low), anchor(high)];
  const all = oracle
    .filter((row) => runId === undefined || row.runId === runId)
    .filter((row) => (from === undefined || row.id > from) && (to === undefined || row.id < to))
    .map((row) => ({ row, shown: oracleShown(oracle, view, row) }))
    .filter(({ row, shown }) => {
      if (shown.isPrivate && ![row.author, shown.author].includes(userId)) return false;
      if (view === 'log') return true;
      if (row.original !== undefined) return false;
      return view === 'context'
        ? shown.visibility !== 'archived' && !shown.isRedacted
        : shown.visibility === 'visible';
    })
    .map(({ shown }) => shown.id);
  const list = order === 'asc' ? all : all.toReversed();
  const isBackward = after === undefined && before !== undefined;
  return isBackward ? list.slice(-limit) : list.slice(0, limit);
}

function oracleShown(
  oracle: readonly OracleItem[],
  view: ItemListOptions['view'],
  row: OracleItem,
): OracleItem {
  if (view === 'log') return row;
  return oracle.findLast(({ original }) => original === row.id) ?? row;
}
