import { describe, expect, test } from 'vitest';
import { memory } from '../../engines/memory/memory-engine.ts';
import { items, overlays } from '../../records/tables.ts';
import {
  allPages,
  codeOf,
  issuesOf,
  only,
  openKit,
  textsIn,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import {
  recordCalls,
  TappedEngine,
} from '../../../test/support/store/tapped-engine-for-testing.ts';
import type { Item, ItemListOptions } from '../../api/item.ts';
import type { ProjectApi } from '../../api/project-api.ts';
import type { Thread } from '../../api/thread.ts';

async function texts(
  caller: ProjectApi,
  id: string,
  options: ItemListOptions = {},
): Promise<string> {
  const all = await allPages((after) =>
    caller.items.list(id, { limit: 3, ...options, ...(after && { after }) }),
  );
  return textsIn(all).join(' ');
}

async function fork(caller: ProjectApi, threadId: string, at?: Item): Promise<Thread> {
  return only(await caller.threads.fork([{ threadId, ...(at && { atItemId: at.id }) }]));
}

async function source(kit: StoreKit): Promise<{ id: string; said: Item[] }> {
  const { id } = await kit.thread({
    title: 'Source',
    tags: ['t'],
    metadata: { m: 1 },
    visibility: 'public',
  });
  return { id, said: await kit.say(id, 'a', 'b', 'c') };
}

describe('a fork', () => {
  test('has the log of its source up to an item, and then its own', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    kit.clock.advance(1000);
    const made = await fork(kit.owner, id, said[1]);
    expect(made).toEqual({
      ...(await kit.owner.threads.get(id)),
      id: made.id,
      visibility: 'private',
      createdAt: new Date(kit.clock.nowMs).toISOString(),
      updatedAt: new Date(kit.clock.nowMs).toISOString(),
      version: 1,
      itemCount: 2,
      lastItemId: said[1]!.id,
      lastPreview: 'b',
      forkedFrom: { threadId: id, itemId: said[1]!.id },
    });
    await kit.say(made.id, 'x');
    await kit.say(id, 'd');
    expect(await texts(kit.owner, made.id)).toBe('a b x');
    expect(await texts(kit.owner, made.id, { order: 'desc' })).toBe('x b a');
    expect(await texts(kit.owner, id)).toBe('a b c d');
    const { data } = await kit.owner.items.list(made.id);
    expect(new Set(data.map(({ threadId }) => threadId))).toEqual(new Set([made.id]));
    expect(data.map((item) => item.id)).toEqual(data.map((item) => item.id).toSorted());
    expect((await kit.owner.threads.get(made.id)).itemCount).toBe(3);
    expect(await kit.owner.items.get(made.id, said[0]!.id)).toMatchObject({ threadId: made.id });
    expect(await codeOf(kit.owner.items.get(made.id, said[2]!.id))).toBe('not_found');
  });

  test('is at the newest item if none is named', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    expect((await fork(kit.owner, id)).forkedFrom?.itemId).toBe(said[2]!.id);
  });

  test('has ids greater than its fork point, whatever the clock says', async () => {
    await using kit = await openKit();
    const { id } = await source(kit);
    kit.clock.advance(-3_600_000);
    const made = await fork(kit.owner, id);
    await kit.say(made.id, 'x', 'y');
    expect(await texts(kit.owner, made.id)).toBe('a b c x y');
  });

  test('of a fork of a fork reads through all of them', async () => {
    await using kit = await openKit();
    let { id } = await source(kit);
    for (let depth = 0; depth < 10; depth++) {
      ({ id } = await fork(kit.owner, id));
      await kit.say(id, `${depth}`, 'left behind');
      const { data } = await kit.owner.items.list(id, { limit: 1000 });
      ({ id } = await fork(kit.owner, id, data.at(-2)));
    }
    const expected = ['a', 'b', 'c', ...times(10, String)];
    expect(await texts(kit.owner, id)).toBe(expected.join(' '));
    expect(await texts(kit.owner, id, { order: 'desc' })).toBe(expected.toReversed().join(' '));
    expect(await kit.owner.threads.get(id)).toMatchObject({ itemCount: 13, lastPreview: '9' });
  });

  test('at an inherited item is one of the thread that the item belongs to', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const first = await fork(kit.owner, id);
    await kit.say(first.id, 'x');
    const second = await fork(kit.owner, first.id, said[0]);
    expect(second.forkedFrom).toEqual({ threadId: first.id, itemId: said[0]!.id });
    await kit.say(second.id, 'y');
    expect(await texts(kit.owner, second.id)).toBe('a y');
    await kit.owner.threads.delete([first.id]);
    expect(await texts(kit.owner, second.id)).toBe('a y');
  });

  test('of a chain too long is a conflict', async () => {
    await using kit = await openKit();
    let { id } = await source(kit);
    for (let depth = 0; depth < 64; depth++) {
      ({ id } = await fork(kit.owner, id));
      await kit.say(id, 'x');
    }
    expect(await codeOf(fork(kit.owner, id))).toBe('conflict');
    expect((await texts(kit.owner, id)).length).toBe(2 * (3 + 64) - 1);
  });

  test('keeps the keys of inherited items', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const item = await kit.append(id, { text: 'a', key: 'k' });
    const made = await fork(kit.owner, id);
    expect((await kit.append(made.id, { text: 'a', key: 'k' })).id).toBe(item.id);
    expect(await codeOf(kit.append(made.id, { text: 'b', key: 'k' }))).toBe('key_conflict');
    await kit.append(id, { text: 'c', key: 'later' });
    expect((await kit.append(made.id, { text: 'd', key: 'later' })).threadId).toBe(made.id);
  });

  test('filters and pages over its stretches as over one log', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const say = (to: string, from: number): Promise<Item[]> =>
      kit.owner.items.append(
        to,
        times(7, (i) => ({
          role: 'user',
          text: `${from + i}`,
          runId: (from + i) % 2 ? 'odd' : 'even',
        })),
      );
    await say(id, 10);
    const b = await fork(kit.owner, id);
    const [last] = await say(b.id, 17);
    const c = await fork(kit.owner, b.id, last);
    await say(c.id, 18);
    const all = times(15, (i) => `${10 + i}`);
    for (const limit of [1, 2, 3, 4, 7, 50]) {
      expect(await texts(kit.owner, c.id, { limit })).toBe(all.join(' '));
      const odd = all.filter((text) => Number(text) % 2 === 1);
      expect(await texts(kit.owner, c.id, { limit, runId: 'odd' })).toBe(odd.join(' '));
      expect(await texts(kit.owner, c.id, { limit, runId: 'odd', order: 'desc' })).toBe(
        odd.toReversed().join(' '),
      );
    }
    const { data } = await kit.owner.items.list(c.id);
    for (const [i, item] of data.entries()) {
      const after = await kit.owner.items.list(c.id, { after: item.id });
      expect(textsIn(after.data)).toEqual(all.slice(i + 1));
      const before = await kit.owner.items.list(c.id, { before: item.id, order: 'desc' });
      expect(textsIn(before.data)).toEqual(all.slice(i + 1).toReversed());
    }
  });
});

describe('making a fork', () => {
  test('costs the same whatever the length of the source', async () => {
    const costs = [];
    for (const length of [10, 1000, 20_000]) {
      const engine = new TappedEngine(memory());
      await using kit = await openKit({ engine });
      const { id } = await kit.thread();
      for (let i = 0; i < length; i += 1000)
        await kit.say(id, ...times(Math.min(length, 1000), String));
      const point = (await kit.owner.items.list(id, { order: 'desc', limit: 5 })).data[4];
      const before = (await kit.rows(items)).length;
      const calls = recordCalls(engine);
      const { itemCount } = await fork(kit.owner, id, point);
      expect(itemCount).toBe(length - 4);
      costs.push(
        calls.map((call) => [
          call.method,
          call.method === 'scan' ? call.scan.limit : undefined,
          call.method === 'commit' ? call.commit.puts?.length : undefined,
        ]),
      );
      expect(await kit.rows(items)).toHaveLength(before);
    }
    expect(costs[1]).toEqual(costs[0]);
    expect(costs[2]).toEqual(costs[0]);
    expect(costs[0]!.length).toBeLessThan(10);
  });

  test('twenty at once makes twenty', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const made = await kit.owner.threads.fork(
      times(20, (i) => ({ threadId: id, atItemId: said[i % 3]!.id })),
    );
    expect(made.map(({ itemCount }) => itemCount)).toEqual(times(20, (i) => (i % 3) + 1));
    expect((await kit.owner.threads.forks(id, { limit: 100 })).data).toHaveLength(20);
    expect(await kit.owner.threads.fork([])).toEqual([]);
  });

  test('shows all or nothing of a concurrent append and edit', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const [, forks] = await Promise.all([
      Promise.all(times(20, (i) => kit.append(id, { text: `edit ${i}`, replacesId: said[2]!.id }))),
      Promise.all(times(20, () => fork(kit.owner, id))),
      Promise.all(times(20, (i) => kit.say(id, `${i}`))),
    ]);
    for (const made of forks) {
      const { data } = await kit.owner.items.list(made.id, { view: 'log', limit: 1000 });
      expect(data).toHaveLength(made.itemCount);
      expect(data.at(-1)?.id).toBe(made.lastItemId);
    }
  });

  test.each<[string, object]>([
    ['atItemId', { atItemId: '019aa000-0000-7000-8000-000000000000' }],
    ['atItemId', { atItemId: 'x' }],
    ['atItemId', { atItemId: '' }],
    ['title', { title: 'x' }],
  ])('is refused for its %s, %#', async (path, input) => {
    await using kit = await openKit();
    const { id } = await source(kit);
    expect(await issuesOf(kit.owner.threads.fork([{ threadId: id, ...input }]))).toEqual([path]);
  });

  test('is refused where there is nothing, and at an item of another thread', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const { said } = await source(kit);
    expect(await issuesOf(kit.owner.threads.fork([{ threadId: id }]))).toEqual(['threadId']);
    await kit.say(id, 'x');
    expect(await issuesOf(fork(kit.owner, id, said[0]))).toEqual(['atItemId']);
    expect(await codeOf(fork(kit.owner, 'not-there'))).toBe('not_found');
    expect(await codeOf(fork(kit.owner, '/default'))).toBe('not_found');
  });

  test('is for who may read', async () => {
    await using kit = await openKit();
    const open = await source(kit);
    const hidden = await kit.thread();
    await kit.say(hidden.id, 'x');
    expect(await codeOf(fork(kit.other, hidden.id))).toBe('not_found');
    expect(await codeOf(fork(kit.foreigner, open.id))).toBe('not_found');
    expect(await codeOf(fork(kit.anonymous, open.id))).toBe('unauthenticated');
    const made = await fork(kit.other, open.id);
    expect(made).toMatchObject({ ownerId: 'other', visibility: 'private', tags: [], metadata: {} });
    expect(await codeOf(kit.owner.threads.get(made.id))).toBe('not_found');
    await kit.other.items.append(made.id, [{ role: 'assistant', text: 'mine now' }]);
    expect(await texts(kit.other, made.id)).toBe('a b c mine now');
  });
});

describe('the forks of a thread', () => {
  test('are listed by fork point, to those who may read them', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const [a, c] = [said[0], said[2]];
    const made = [
      await fork(kit.owner, id, c),
      await fork(kit.owner, id, a),
      await fork(kit.owner, id, c),
    ];
    const theirs = await fork(kit.other, id, a);
    const ids = async (caller: ProjectApi, itemId?: string): Promise<string[]> => {
      const all = await allPages((after) =>
        caller.threads.forks(id, { limit: 1, ...(itemId && { itemId }), ...(after && { after }) }),
      );
      return all.map((thread) => thread.id);
    };
    const atC = [made[0]!.id, made[2]!.id].toSorted();
    expect(await ids(kit.owner)).toEqual([made[1]!.id, ...atC]);
    expect(await ids(kit.owner, a!.id)).toEqual([made[1]!.id]);
    expect(await ids(kit.owner, c!.id)).toEqual(atC);
    expect(await ids(kit.owner, said[1]!.id)).toEqual([]);
    expect(await ids(kit.other)).toEqual([theirs.id]);
    expect(await ids(kit.anonymous)).toEqual([]);
    await kit.owner.threads.update([{ id: made[1]!.id, visibility: 'public' }]);
    expect(await ids(kit.anonymous)).toEqual([made[1]!.id]);
    await kit.owner.threads.delete([made[0]!.id]);
    expect(await ids(kit.owner, c!.id)).toEqual([made[2]!.id]);
  });

  test('at an inherited item are siblings, seen from each of them', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const one = await fork(kit.owner, id, said[1]);
    await kit.say(one.id, 'x');
    const two = await fork(kit.owner, one.id, said[1]);
    for (const from of [id, one.id, two.id]) {
      const { data } = await kit.owner.threads.forks(from, { itemId: said[1]!.id });
      expect(data.map((thread) => thread.id).toSorted()).toEqual([one.id, two.id].toSorted());
    }
    expect((await kit.owner.threads.forks(one.id)).data).toEqual([]);
  });

  test('at an item of another thread are none: it is refused', async () => {
    await using kit = await openKit();
    const { id } = await source(kit);
    const { said } = await source(kit);
    for (const itemId of [said[0]!.id, 'x', '019aa000-0000-7000-8000-000000000000']) {
      expect(await issuesOf(kit.owner.threads.forks(id, { itemId }))).toEqual(['itemId']);
    }
    const a = await fork(kit.owner, id);
    await fork(kit.owner, id);
    const { nextCursor } = await kit.owner.threads.forks(id, { limit: 1 });
    expect(await codeOf(kit.owner.threads.forks(id, { after: nextCursor! }))).toBe('none');
    expect(await issuesOf(kit.owner.threads.forks(a.id, { after: nextCursor! }))).toEqual([
      'after',
    ]);
  });
});

describe('amendments', () => {
  test('of a fork do not show in its source, nor in its siblings', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const [one, two] = [await fork(kit.owner, id), await fork(kit.owner, id)];
    await kit.append(one.id, { text: 'A', replacesId: said[0]!.id });
    await kit.owner.items.update(one.id, [{ id: said[1]!.id, visibility: 'hidden' }]);
    expect(await texts(kit.owner, one.id)).toBe('A c');
    expect(await texts(kit.owner, one.id, { view: 'context' })).toBe('A b c');
    expect(await texts(kit.owner, id)).toBe('a b c');
    expect(await texts(kit.owner, two.id)).toBe('a b c');
  });

  test('made before the fork show in it, edits made after it do not', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    await kit.append(id, { text: 'A', replacesId: said[0]!.id });
    const made = await fork(kit.owner, id);
    await kit.append(id, { text: 'AA', replacesId: said[0]!.id });
    await kit.append(id, { text: 'B', replacesId: said[1]!.id });
    expect(await texts(kit.owner, made.id)).toBe('A b c');
    expect(await texts(kit.owner, id)).toBe('AA B c');
    const early = await fork(kit.owner, id, said[1]);
    expect(await texts(kit.owner, early.id)).toBe('a b');
    expect(early.lastPreview).toBe('b');
  });

  test('of visibility in the source show in the fork, unless that has its own', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const made = await fork(kit.owner, id);
    const set = (
      to: string,
      item: Item | undefined,
      visibility: 'hidden' | 'visible',
    ): Promise<unknown> => kit.owner.items.update(to, [{ id: item!.id, visibility }]);
    await set(id, said[2], 'hidden');
    expect(await texts(kit.owner, made.id)).toBe('a b');
    expect((await kit.owner.threads.get(made.id)).lastPreview).toBe('b');
    await set(made.id, said[2], 'visible');
    expect(await texts(kit.owner, made.id)).toBe('a b c');
    expect((await kit.owner.threads.get(made.id)).lastPreview).toBe('c');
    expect(await texts(kit.owner, id)).toBe('a b');
    await set(made.id, said[0], 'hidden');
    await set(id, said[0], 'hidden');
    await set(id, said[0], 'visible');
    expect(await texts(kit.owner, made.id)).toBe('b c');
  });

  test('hiding an inherited item that was edited before the fork hides the edit', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    await kit.append(id, { text: 'A', replacesId: said[0]!.id });
    const made = await fork(kit.owner, id);
    await kit.owner.items.update(made.id, [{ id: said[0]!.id, visibility: 'hidden' }]);
    expect(await texts(kit.owner, made.id)).toBe('b c');
    expect(await texts(kit.owner, id)).toBe('A b c');
  });

  test('hiding in the source hides what the fork still inherits', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    await kit.append(id, { text: 'A', replacesId: said[0]!.id });
    const made = await fork(kit.owner, id);
    await kit.append(id, { text: 'AA', replacesId: said[0]!.id });
    await kit.owner.items.update(id, [{ id: said[0]!.id, visibility: 'hidden' }]);
    expect(await texts(kit.owner, made.id)).toBe('b c');
  });

  test('an edit of an item that the fork has hidden stays hidden', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const made = await fork(kit.owner, id);
    await kit.owner.items.update(made.id, [{ id: said[0]!.id, visibility: 'hidden' }]);
    const edit = await kit.append(made.id, { text: 'A', replacesId: said[0]!.id });
    expect(edit.visibility).toBe('hidden');
    expect(await texts(kit.owner, made.id)).toBe('b c');
    await kit.owner.items.update(made.id, [{ id: edit.id, visibility: 'visible' }]);
    expect(await texts(kit.owner, made.id)).toBe('A b c');
  });

  test('an edit and a hiding of one inherited item in one batch are both kept', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    for (const isEditFirst of [true, false]) {
      const made = await fork(kit.owner, id);
      const edit = (): Promise<unknown> =>
        kit.append(made.id, { text: 'A', replacesId: said[0]!.id });
      const hide = (): Promise<unknown> =>
        kit.owner.items.update(made.id, [{ id: said[0]!.id, visibility: 'hidden' }]);
      await Promise.all([
        kit.say(made.id, 'first of the batch, so that the others wait'),
        ...(isEditFirst ? [edit(), hide()] : [hide(), edit()]),
      ]);
      expect(await texts(kit.owner, made.id, { limit: 1 })).toMatch(/^b c first/);
      await kit.owner.items.update(made.id, [{ id: said[0]!.id, visibility: 'visible' }]);
      expect(await texts(kit.owner, made.id)).toMatch(/^A b c first/);
    }
  });

  test('made in between show in a fork of the fork like its own', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const one = await fork(kit.owner, id);
    await kit.append(one.id, { text: 'A', replacesId: said[0]!.id });
    await kit.owner.items.update(one.id, [{ id: said[1]!.id, visibility: 'hidden' }]);
    await kit.say(one.id, 'x');
    const two = await fork(kit.owner, one.id);
    expect(await texts(kit.owner, two.id)).toBe('A c x');
    // Later edits do not show, but later hiding does.
    await kit.append(one.id, { text: 'AA', replacesId: said[0]!.id });
    await kit.append(one.id, { text: 'C', replacesId: said[2]!.id });
    expect(await texts(kit.owner, two.id)).toBe('A c x');
    await kit.owner.items.update(one.id, [{ id: said[2]!.id, visibility: 'hidden' }]);
    expect(await texts(kit.owner, two.id)).toBe('A x');
    // What the fork in between has hidden stays hidden under an edit.
    const edit = await kit.append(two.id, { text: 'B', replacesId: said[1]!.id });
    expect(edit.visibility).toBe('hidden');
    expect(await texts(kit.owner, two.id)).toBe('A x');
  });

  test('of one between that had amended nothing before are seen, too', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const one = await fork(kit.owner, id);
    await kit.say(one.id, 'x');
    const two = await fork(kit.owner, one.id);
    await kit.owner.items.update(one.id, [{ id: said[0]!.id, visibility: 'hidden' }]);
    expect(await texts(kit.owner, two.id)).toBe('b c x');
  });
});

describe('a redaction', () => {
  async function secrets(kit: StoreKit): Promise<string[]> {
    const rows = await kit.rows(items);
    return rows
      .filter((row) => JSON.stringify(row.parts).includes('secret'))
      .map((row) => row.threadId);
  }

  test('in the source reaches every fork and its edits', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    const [a] = await kit.say(id, 'secret', 'b');
    const one = await fork(kit.owner, id);
    await kit.append(one.id, { text: 'secret 1', replacesId: a!.id });
    const two = await fork(kit.owner, one.id);
    await kit.append(two.id, { text: 'secret 2', replacesId: a!.id });
    const elsewhere = await fork(kit.owner, id, a);
    await kit.append(elsewhere.id, { text: 'secret 3', replacesId: a!.id });
    await kit.owner.items.redact(id, [a!.id]);
    expect(await secrets(kit)).toEqual([]);
    for (const thread of [one, two, elsewhere]) {
      const { data } = await kit.owner.items.list(thread.id);
      expect(data[0]).toMatchObject({ parts: [] });
      expect((await kit.owner.threads.get(thread.id)).lastPreview).not.toContain('secret');
    }
  });

  test('through a fork is one of the source, by who may do that there', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const theirs = await fork(kit.other, id);
    expect(await codeOf(kit.other.items.redact(theirs.id, [said[0]!.id]))).toBe('forbidden');
    const own = await fork(kit.owner, id);
    const [redacted] = await kit.owner.items.redact(own.id, [said[0]!.id]);
    expect(redacted).toMatchObject({ id: said[0]!.id, threadId: own.id, parts: [] });
    for (const [caller, thread] of [
      [kit.owner, id],
      [kit.owner, own.id],
      [kit.other, theirs.id],
    ] as const) {
      expect(await texts(caller, thread)).toBe(' b c');
    }
    await kit.owner.threads.update([{ id, visibility: 'private' }]);
    expect(await codeOf(kit.other.items.redact(theirs.id, [said[1]!.id]))).toBe('forbidden');
  });

  test("of a fork's own edit is the fork's", async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const made = await fork(kit.owner, id);
    const edit = await kit.append(made.id, { text: 'secret', replacesId: said[0]!.id });
    await kit.owner.items.redact(made.id, [edit.id]);
    expect(await secrets(kit)).toEqual([]);
    expect(await texts(kit.owner, made.id)).toBe(' b c');
    expect(await texts(kit.owner, id)).toBe('a b c');
  });
});

describe('a fork of a thread that the caller may only read', () => {
  /** Items that the public does not see, and whose ids the fork's creator could know. */
  async function limited(kit: StoreKit): Promise<{ id: string; unseen: Item[]; seen: Item[] }> {
    const { id } = await kit.thread({ mode: 'public', visibility: 'public' });
    const seen = await kit.say(id, 'a', 'edited away', 'c');
    const unseen = [
      seen[1]!,
      await kit.append(id, { text: 'hidden', visibility: 'hidden' }),
      await kit.append(id, { text: 'archived', visibility: 'archived' }),
      await kit.append(id, { text: 'private', private: true }),
    ];
    await kit.append(id, { text: 'B', replacesId: seen[1]!.id });
    unseen.push(await kit.append(id, { text: 'hidden, and the last', visibility: 'hidden' }));
    return { id, unseen, seen };
  }

  async function checkNothingShines(
    kit: StoreKit,
    threadId: string,
    unseen: readonly Item[],
  ): Promise<void> {
    const leaked = /edited away|hidden|archived|private/;
    for (const view of ['current', 'log', 'context'] as const) {
      const page = await kit.other.items.list(threadId, { view });
      expect(textsIn(page.data).join(' ')).not.toMatch(leaked);
    }
    for (const item of unseen) {
      const found = await kit.other.items.get(threadId, item.id).catch(() => undefined);
      expect(JSON.stringify(found?.parts ?? '')).not.toMatch(leaked);
    }
    const { lastPreview, title } = await kit.other.threads.get(threadId);
    expect(`${lastPreview} ${title}`).not.toMatch(leaked);
  }

  test('shows only the public view, in every view', async () => {
    await using kit = await openKit();
    const { id, unseen } = await limited(kit);
    const made = await fork(kit.other, id);
    expect(await texts(kit.other, made.id)).toBe('a B c');
    await checkNothingShines(kit, made.id, unseen);
    const again = await fork(kit.other, made.id);
    await checkNothingShines(kit, again.id, unseen);
  });

  test('cannot reveal what the public does not see', async () => {
    await using kit = await openKit();
    const { id, unseen } = await limited(kit);
    const made = await fork(kit.other, id);
    for (const item of unseen.slice(1)) {
      const update = { id: item.id, visibility: 'visible' } as const;
      expect(await codeOf(kit.other.items.update(made.id, [update]))).toBe('not_found');
      expect(await codeOf(fork(kit.other, made.id, item))).toBe('invalid_request');
      expect(await codeOf(kit.other.items.redact(made.id, [item.id]))).not.toBe('none');
    }
    await checkNothingShines(kit, made.id, unseen);
    const shown = await kit.other.items.update(made.id, [
      { id: unseen[0]!.id, visibility: 'hidden' },
    ]);
    expect(JSON.stringify(shown)).not.toContain('edited away');
    await kit.other.items.update(made.id, [{ id: unseen[0]!.id, visibility: 'visible' }]);
    expect(await texts(kit.other, made.id)).toBe('a B c');
  });

  test('loses what the owner hides later', async () => {
    await using kit = await openKit();
    const { id, seen } = await limited(kit);
    const made = await fork(kit.other, id);
    for (const visibility of ['hidden', 'visible'] as const) {
      await kit.other.items.update(made.id, [{ id: seen[0]!.id, visibility }]);
    }
    await kit.owner.items.update(id, [{ id: seen[0]!.id, visibility: 'hidden' }]);
    expect(await texts(kit.other, made.id)).toBe('B c');
    await kit.owner.items.update(id, [{ id: seen[0]!.id, visibility: 'visible' }]);
    expect(await texts(kit.other, made.id)).toBe('a B c');
  });

  test('stays so when the source is deleted', async () => {
    await using kit = await openKit();
    const { id, unseen, seen } = await limited(kit);
    const made = await fork(kit.other, id);
    const again = await fork(kit.other, made.id);
    await kit.other.items.append(made.id, [{ role: 'user', text: 'mine', visibility: 'hidden' }]);
    const own = await fork(kit.other, made.id);
    // Edited only after the fork, which keeps showing the earlier text.
    await kit.append(id, { text: 'A, too late', replacesId: seen[0]!.id });
    await kit.owner.threads.delete([id]);
    await kit.store.close();
    await using later = await openKit({ engine: kit.engine });
    expect(await texts(later.other, made.id)).toBe('a B c');
    expect(await texts(later.other, made.id, { view: 'context' })).toBe('a B c mine');
    expect(await texts(later.other, own.id, { view: 'context' })).toBe('a B c mine');
    expect(await texts(later.other, again.id)).toBe('a B c');
    for (const thread of [made, again]) {
      const leaked = unseen.filter((item) => item.visibility !== 'visible' || item.private);
      await checkNothingShines(later, again.id, leaked);
      const rows = await later.rows(items, [thread.id]);
      expect(textsIn(rows).join()).not.toMatch(/edited away|archived|private|hidden/);
    }
  });

  test('does not see what its source had hidden of its own inherited items', async () => {
    await using kit = await openKit();
    const { id, said } = await source(kit);
    const between = await fork(kit.owner, id);
    await kit.owner.threads.update([{ id: between.id, visibility: 'public' }]);
    await kit.owner.items.update(between.id, [{ id: said[0]!.id, visibility: 'hidden' }]);
    await kit.append(between.id, { text: 'B', replacesId: said[1]!.id });
    const made = await fork(kit.other, between.id);
    expect(await texts(kit.other, made.id)).toBe('B c');
    await kit.owner.threads.delete([between.id]);
    await kit.store.close();
    await using later = await openKit({ engine: kit.engine });
    expect(await texts(later.other, made.id)).toBe('B c');
    const update = { id: said[0]!.id, visibility: 'visible' } as const;
    expect(await codeOf(later.other.items.update(made.id, [update]))).toBe('not_found');
    expect(await texts(later.other, made.id)).toBe('B c');
  });
});

test('an amendment that fails leaves no overlay', async () => {
  await using kit = await openKit();
  const { id, said } = await source(kit);
  const made = await fork(kit.owner, id);
  const updates = [
    { id: said[0]!.id, visibility: 'hidden' as const },
    { id: '019aa000-0000-7000-8000-000000000000', visibility: 'hidden' as const },
  ];
  await Promise.all([
    kit.say(made.id, 'first of the batch, so that the others wait'),
    kit.say(made.id, 'x'),
    codeOf(kit.owner.items.update(made.id, updates)),
  ]);
  expect(await kit.rows(overlays)).toEqual([]);
});
