import { describe, expect, test } from 'vitest';
import { edges } from '../../records/tables.ts';
import {
  allPages,
  codeOf,
  issuesOf,
  only,
  openKit,
  times,
  type StoreKit,
} from '../../../test/support/store/store-kit-for-testing.ts';
import type { Item } from '../../api/item.ts';
import type { EdgeListOptions, NewEdge } from '../../api/edge.ts';
import type { ProjectApi } from '../../api/project-api.ts';

const nowhere = '019aa000-0000-7000-8000-000000000000';

async function threadOf(kit: StoreKit, count: number): Promise<{ id: string; items: Item[] }> {
  const { id } = await kit.thread({ visibility: 'public', mode: 'public' });
  return { id, items: await kit.say(id, ...times(count, (i) => `${i}`)) };
}

function edge(
  from: Item | undefined,
  to: Item | undefined,
  type: NewEdge['type'] = 'depends_on',
): NewEdge {
  return { fromItemId: from!.id, toItemId: to!.id, type };
}

/** All edges as pairs of the texts of their items. */
async function pairs(
  caller: ProjectApi,
  id: string,
  items: readonly Item[],
  options: EdgeListOptions = {},
): Promise<string[]> {
  const name = (itemId: string): number => items.findIndex((item) => item.id === itemId);
  const all = await allPages((after) =>
    caller.edges.list(id, { limit: 2, ...options, ...(after && { after }) }),
  );
  return all.map(
    ({ fromItemId, toItemId, type }) => `${name(fromItemId)}>${name(toItemId)} ${type}`,
  );
}

describe('edges', () => {
  test('come back as they were made, in order of the item that they come from', async () => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 3);
    const request = [edge(items[2], items[0]), edge(items[1], items[0], 'caused_by')];
    const made = await kit.owner.edges.create(id, request, { requestId: 'req' });
    expect(made[0]).toEqual({
      ...request[0],
      threadId: id,
      requestId: 'req',
      createdAt: new Date(kit.clock.nowMs).toISOString(),
    });
    const { data } = await kit.owner.edges.list(id);
    expect(data).toEqual([made[1], made[0]]);
    expect(await kit.owner.edges.create(id, [])).toEqual([]);
  });

  test('that exist already are returned as they are', async () => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 3);
    const first = await kit.owner.edges.createWithOutcome(id, [edge(items[0], items[1])]);
    kit.clock.advance(1000);
    const again = await kit.owner.edges.createWithOutcome(id, [edge(items[0], items[1])]);
    expect(again).toEqual({ data: first.data, replayed: true });
    const more = [edge(items[0], items[1]), edge(items[1], items[2])];
    const both = await kit.owner.edges.createWithOutcome(id, more);
    expect(both.replayed).toBe(false);
    expect(both.data[0]).toEqual(first.data[0]);
    expect(await kit.rows(edges)).toHaveLength(2);
  });

  test('made by twenty at once, or twice in one request, are one', async () => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 2);
    const twice = [edge(items[0], items[1]), edge(items[0], items[1])];
    const outcomes = await Promise.all(
      times(20, () => kit.owner.edges.createWithOutcome(id, twice)),
    );
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const all = outcomes.flatMap(({ data }) => data.map((made) => JSON.stringify(made)));
    expect(new Set(all).size).toBe(1);
    expect((await kit.owner.edges.list(id)).data.map((made) => JSON.stringify(made))).toEqual([
      all[0],
    ]);
  });

  test('of both types between two items are two', async () => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 2);
    await kit.owner.edges.create(id, [
      edge(items[0], items[1]),
      edge(items[0], items[1], 'caused_by'),
      edge(items[1], items[0]),
    ]);
    expect(await pairs(kit.owner, id, items)).toEqual([
      ...['0>1 caused_by', '0>1 depends_on', '1>0 depends_on'],
    ]);
  });

  test('are found by either end, page by page', async () => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 8);
    const request = items.flatMap((from, i) => items.slice(0, i).map((to) => edge(from, to)));
    await kit.owner.edges.create(id, request);
    const all = items.flatMap((_, i) => times(i, (j) => `${i}>${j} depends_on`));
    expect(await pairs(kit.owner, id, items)).toEqual(all);
    expect(await pairs(kit.owner, id, items, { fromItemId: items[5]!.id })).toEqual(
      times(5, (j) => `5>${j} depends_on`),
    );
    expect(await pairs(kit.owner, id, items, { toItemId: items[5]!.id })).toEqual([
      ...['6>5 depends_on', '7>5 depends_on'],
    ]);
    const page = await kit.owner.edges.list(id, { limit: 10 });
    const next = await kit.owner.edges.list(id, { limit: 10, after: page.nextCursor! });
    const back = await kit.owner.edges.list(id, { limit: 10, before: next.prevCursor! });
    expect(back.data).toEqual(page.data);
  });

  test.each<[string, (items: readonly Item[], elsewhere: Item) => unknown]>([
    ['edges', () => ({})],
    ['edges', () => times(1001, () => ({}))],
    ['edges.0', () => [null]],
    ['edges.0.fromItemId', ([, b]) => [{ ...edge(b, b), fromItemId: 'x' }]],
    ['edges.0.fromItemId', ([, b]) => [{ ...edge(b, b), fromItemId: nowhere }]],
    ['edges.0.toItemId', ([a, b]) => [{ ...edge(a, b), toItemId: 7 }]],
    ['edges.0.toItemId', ([a]) => [edge(a, a)]],
    ['edges.1.toItemId', ([a, b], elsewhere) => [edge(a, b), edge(a, elsewhere)]],
    ['edges.0.fromItemId', ([a], elsewhere) => [edge(elsewhere, a)]],
    ['edges.0.type', ([a, b]) => [{ ...edge(a, b), type: 'likes' }]],
    ['edges.0.weight', ([a, b]) => [{ ...edge(a, b), weight: 1 }]],
  ])('are refused for %s, %#', async (path, make) => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 2);
    const { items: elsewhere } = await threadOf(kit, 1);
    const request = make(items, elsewhere[0]!) as NewEdge[];
    expect(await issuesOf(kit.owner.edges.create(id, request))).toEqual([path]);
    expect(await kit.rows(edges)).toEqual([]);
  });

  test.each(['fromItemId', 'toItemId'] as const)(
    'listed by %s take an item of the thread only',
    async (field) => {
      await using kit = await openKit();
      const { id } = await threadOf(kit, 2);
      const { items: elsewhere } = await threadOf(kit, 1);
      for (const wrong of ['x', nowhere, elsewhere[0]!.id]) {
        expect(await issuesOf(kit.owner.edges.list(id, { [field]: wrong }))).toEqual([field]);
      }
    },
  );

  test('take no foreign cursor, and not both ends', async () => {
    await using kit = await openKit();
    const [a, b] = [await threadOf(kit, 4), await threadOf(kit, 4)];
    for (const { id, items } of [a, b]) {
      const request = items.slice(1).map((from) => edge(from, items[0]));
      await kit.owner.edges.create(id, request);
    }
    const { nextCursor } = await kit.owner.edges.list(a.id, { limit: 1 });
    const after = nextCursor!;
    expect(await codeOf(kit.owner.edges.list(a.id, { after }))).toBe('none');
    expect(await issuesOf(kit.owner.edges.list(b.id, { after }))).toEqual(['after']);
    const ends = { fromItemId: a.items[1]!.id, toItemId: a.items[0]!.id };
    expect(await issuesOf(kit.owner.edges.list(a.id, { after, toItemId: ends.toItemId }))).toEqual([
      'after',
    ]);
    expect(await issuesOf(kit.owner.edges.list(a.id, ends))).toEqual(['toItemId']);
  });

  test('are made by who may append and seen by who may see both ends', async () => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 3);
    const hidden = await kit.append(id, { text: 'hidden', visibility: 'hidden' });
    const secret = await kit.append(id, { text: 'secret', private: true });
    const all = [...items, hidden, secret];
    await kit.owner.edges.create(id, [
      edge(items[1], items[0]),
      edge(hidden, items[0]),
      edge(secret, items[0]),
    ]);
    expect(await codeOf(kit.other.edges.create(id, [edge(items[2], items[1])]))).toBe('none');
    expect(await codeOf(kit.anonymous.edges.create(id, [edge(items[2], items[0])]))).toBe(
      'unauthenticated',
    );
    expect(await pairs(kit.owner, id, all)).toHaveLength(4);
    for (const caller of [kit.other, kit.anonymous]) {
      expect(await pairs(caller, id, all)).toEqual(['1>0 depends_on', '2>1 depends_on']);
    }
    const closed = await kit.thread();
    expect(await codeOf(kit.other.edges.list(closed.id))).toBe('not_found');
    expect(await codeOf(kit.foreigner.edges.list(id))).toBe('not_found');
  });

  test('of a source are inherited, up to the fork, and a fork has its own', async () => {
    await using kit = await openKit();
    const { id, items } = await threadOf(kit, 4);
    await kit.owner.edges.create(id, [edge(items[1], items[0]), edge(items[3], items[2])]);
    const made = only(await kit.owner.threads.fork([{ threadId: id, atItemId: items[2]!.id }]));
    await kit.owner.edges.create(id, [edge(items[2], items[0])]);
    const own = await kit.say(made.id, 'own');
    await kit.owner.edges.create(made.id, [edge(own[0], items[0]), edge(items[2], items[1])]);
    const all = [...items.slice(0, 3), ...own];
    expect(await pairs(kit.owner, made.id, all)).toEqual([
      // Those of the source first, then those of the fork.
      ...['1>0 depends_on', '2>0 depends_on', '2>1 depends_on', '3>0 depends_on'],
    ]);
    expect(await pairs(kit.owner, made.id, all, { toItemId: items[0]!.id })).toEqual([
      ...['1>0 depends_on', '2>0 depends_on', '3>0 depends_on'],
    ]);
    expect(await codeOf(kit.owner.edges.create(made.id, [edge(own[0], items[3])]))).toBe(
      'invalid_request',
    );
    const known = await kit.owner.edges.createWithOutcome(made.id, [edge(items[1], items[0])]);
    expect(known.replayed).toBe(true);
    expect(await pairs(kit.owner, made.id, all)).toHaveLength(4);
    const { data, nextCursor } = await kit.owner.edges.list(made.id, { limit: 3 });
    const rest = await kit.owner.edges.list(made.id, { limit: 3, after: nextCursor! });
    expect(rest.data).toHaveLength(1);
    const back = await kit.owner.edges.list(made.id, { limit: 3, before: rest.prevCursor! });
    expect(back.data).toEqual(data);
  });
});

describe('the graph', () => {
  /** A run that splits work into parts, does them in parallel, and combines the results. */
  async function mapReduce(kit: StoreKit, width: number): Promise<string> {
    const { id } = await kit.thread({ visibility: 'public' });
    const say = async (spanId: string, text: string): Promise<Item> =>
      kit.append(id, { role: 'assistant', text, runId: 'run', spanId });
    const split = await say('split', 'splits');
    const mapped: Item[] = [];
    for (let i = 0; i < width; i++) {
      const begin = await say(`map ${i}`, 'begins');
      const end = await say(`map ${i}`, 'ends');
      await kit.owner.edges.create(id, [edge(begin, split, 'caused_by'), edge(end, begin)]);
      mapped.push(end);
    }
    const reduced = await say('reduce', 'puts together');
    await kit.owner.edges.create(
      id,
      mapped.map((end) => edge(reduced, end)),
    );
    await kit.append(id, { text: 'of another run', runId: 'other', spanId: 'split' });
    await kit.append(id, { text: 'of no run', spanId: 'alone' });
    await kit.append(id, { text: 'of no span', runId: 'run' });
    return id;
  }

  test('of a map and reduce has its shape', async () => {
    await using kit = await openKit();
    const id = await mapReduce(kit, 5);
    const { nodes, edges: drawn, truncated } = await kit.owner.threads.graph(id, { runId: 'run' });
    expect(truncated).toBe(false);
    expect(nodes.map(({ spanId, runId, itemIds }) => [spanId, runId, itemIds.length])).toEqual([
      ['split', 'run', 1],
      ...times(5, (i) => [`map ${i}`, 'run', 2]),
      ['reduce', 'run', 1],
    ]);
    expect(
      drawn.map(({ fromSpanId, toSpanId, type }) => `${fromSpanId} ${type} ${toSpanId}`),
    ).toEqual([
      ...times(5, (i) => `map ${i} caused_by split`),
      ...times(5, (i) => `reduce depends_on map ${i}`),
    ]);
  });

  test('of all runs keeps equal span names of different runs apart', async () => {
    await using kit = await openKit();
    const id = await mapReduce(kit, 2);
    const { nodes } = await kit.owner.threads.graph(id);
    expect(nodes.map(({ spanId, runId }) => `${runId} ${spanId}`)).toEqual([
      ...['run split', 'run map 0', 'run map 1', 'run reduce', 'other split', 'null alone'],
    ]);
  });

  test('of a run that is not there is empty', async () => {
    await using kit = await openKit();
    const id = await mapReduce(kit, 1);
    expect(await kit.owner.threads.graph(id, { runId: 'none' })).toEqual({
      nodes: [],
      edges: [],
      truncated: false,
    });
    expect(await issuesOf(kit.owner.threads.graph(id, { runId: '' }))).toEqual(['runId']);
  });

  test('shows each caller what it may see, also through a fork', async () => {
    await using kit = await openKit();
    const id = await mapReduce(kit, 2);
    const { data } = await kit.owner.items.list(id);
    await kit.owner.items.update(id, [{ id: data[0]!.id, visibility: 'hidden' }]);
    const seen = await kit.anonymous.threads.graph(id, { runId: 'run' });
    expect(seen.nodes.map(({ spanId }) => spanId)).toEqual(['map 0', 'map 1', 'reduce']);
    expect(seen.edges.map(({ type }) => type)).toEqual(['depends_on', 'depends_on']);
    const made = only(await kit.other.threads.fork([{ threadId: id }]));
    expect(await kit.other.threads.graph(made.id, { runId: 'run' })).toEqual(seen);
    const closed = await kit.thread();
    expect(await codeOf(kit.other.threads.graph(closed.id))).toBe('not_found');
  });

  test('of too much says that it is not all', async () => {
    await using kit = await openKit();
    const { id } = await kit.thread();
    for (let i = 0; i < 11; i++) {
      await kit.owner.items.append(
        id,
        times(1000, (j) => ({ role: 'tool', text: '', spanId: `span ${(i * 1000 + j) % 7}` })),
      );
    }
    const { nodes, truncated } = await kit.owner.threads.graph(id);
    expect(truncated).toBe(true);
    expect(nodes).toHaveLength(7);
    expect(nodes.reduce((sum, { itemIds }) => sum + itemIds.length, 0)).toBe(10_000);
  });
});
