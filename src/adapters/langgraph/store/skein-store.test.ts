import {
  InMemoryStore,
  InvalidNamespaceError,
  type Operation,
} from '@langchain/langgraph-checkpoint';
import { Embeddings } from '@langchain/core/embeddings';
import { describe, expect, test } from 'vitest';
import { memory } from '../../../engines/memory/index.ts';
import { createStore } from '../../../store/create-store.ts';
import { enginePlaces } from '../../../../test/support/store/engines-for-testing.ts';
import type { Store } from '../../../store/store.ts';
import { SkeinStore, type SkeinStoreOptions } from './skein-store.ts';

/** Counts letters: similar texts have similar vectors, and equal texts have equal ones. */
class LetterEmbeddings extends Embeddings {
  constructor() {
    super({});
  }

  embedDocuments(texts: string[]): Promise<number[][]> {
    return Promise.all(texts.map((text) => this.embedQuery(text)));
  }

  embedQuery(text: string): Promise<number[]> {
    const counts = Array.from({ length: 8 }, () => 0.1);
    for (const char of text) counts[char.charCodeAt(0) % 8]! += 1 / 3;
    return Promise.resolve(counts);
  }
}

const index = { dims: 8, embeddings: new LetterEmbeddings(), fields: ['text', 'tags[*]'] };

/** A small generator of numbers, so that a seed repeats a run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const namespaces = [
  ['users'],
  ['users', 'Ada'],
  ['users', 'bob'],
  ['users', 'bob', 'notes'],
  ['docs', 'v1'],
  ['docs', 'v2', 'notes'],
  ['émile', 'notes'],
  ['%2F', 'a/b'],
];
const filters = [
  undefined,
  { n: 1 },
  { n: { $gt: 1, $lte: 3 } },
  { n: { $gte: 2 } },
  { n: { $ne: 2 } },
  { n: { $in: [1, 2] }, text: { $ne: 'b' } },
  { n: { $nin: [0] } },
  { text: { $eq: 'ab' } },
  { n: { $lt: '3' } },
  { nothing: null },
  { n: {} },
  { tags: ['a'] },
];

function randomOperation(random: (below: number) => number): Operation {
  const namespace = namespaces[random(namespaces.length)]!;
  const key = `k${random(4)}`;
  const kind = random(10);
  if (kind < 4) {
    const text = ['a', 'ab', 'b', 'hello', '1'][random(5)]!;
    const tags = [['x', 'yy'], ['zz'], []][random(3)]!;
    return { namespace, key, value: { text, tags: [...tags, 'end', 'of'], n: random(4) } };
  }
  if (kind === 4) return { namespace, key, value: null };
  if (kind === 5) return { namespace, key };
  if (kind === 6) {
    const prefix = namespace
      .map((label) => (random(4) === 0 ? '*' : label))
      .slice(0, 1 + random(2));
    const suffix = [['notes'], ['*', 'notes'], ['v1']][random(3)]!;
    const conditions = [
      { matchType: 'prefix' as const, path: prefix },
      { matchType: 'suffix' as const, path: suffix },
    ].filter(() => random(2) === 0);
    return {
      matchConditions: conditions,
      limit: 1 + random(6),
      offset: random(3),
      ...(random(2) === 0 && { maxDepth: 1 + random(3) }),
    };
  }
  const filter = filters[random(filters.length)];
  return {
    namespacePrefix: namespace.slice(0, random(3)),
    limit: 1 + random(6),
    offset: random(4),
    ...(filter && { filter }),
    ...(random(2) === 0 && { query: ['a', 'hello', 'zz'][random(3)]! }),
  };
}

/** Times differ by the time that the two stores take. */
function withoutTimes(results: unknown): unknown {
  return JSON.parse(
    JSON.stringify(results, (key, value: unknown) => (key.endsWith('edAt') ? 0 : value)),
  );
}

async function compareRuns(
  store: Store,
  projectId: string,
  seed: number,
  options: Omit<SkeinStoreOptions, 'store'>,
): Promise<void> {
  const random = randomFrom(seed);
  const ours = new SkeinStore({ store, projectId, ...options });
  const theirs = new InMemoryStore(options.index ? { index: options.index } : {});
  for (let step = 0; step < 60; step++) {
    const operations = Array.from({ length: 1 + random(4) }, () => randomOperation(random));
    // InMemoryStore returns its own objects: a put of the same batch would show in the result of a
    // get.
    const isWrite = operations.some((operation) => 'value' in operation);
    const batch = operations.filter((one) => !isWrite || 'value' in one || !('key' in one));
    const [found, expected] = [await ours.batch(batch), await theirs.batch(batch)];
    const label = `seed ${seed}, step ${step}: ${JSON.stringify(batch)}`;
    expect(withoutTimes(found), label).toEqual(withoutTimes(expected));
  }
}

describe.each(enginePlaces)('SkeinStore on %s', (_engine, createPlace) => {
  async function withStore(
    run: (store: Store, clock: { nowMs: number }) => Promise<void>,
  ): Promise<void> {
    await using place = await createPlace();
    const clock = { nowMs: Date.UTC(2026, 0, 1) };
    await using store = await createStore({ engine: place.open(), clock: () => clock.nowMs });
    await run(store, clock);
  }

  test('answers random operations as InMemoryStore does', () =>
    withStore(async (store) => {
      const first = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
      for (let i = 0; i < 6; i++) {
        await compareRuns(store, `p${i}`, first + i, i % 2 === 0 ? {} : { index });
      }
    }));

  test('keeps projects and sibling namespaces apart', () =>
    withStore(async (store) => {
      const one = new SkeinStore({ store });
      const two = new SkeinStore({ store, projectId: 'two' });
      await one.put(['user', '1'], 'k', { of: 1 });
      await one.put(['user', '10'], 'k', { of: 10 });
      await two.put(['user', '1'], 'k', { of: 2 });
      const found = await one.search(['user', '1']);
      expect(found.map(({ value }) => value)).toEqual([{ of: 1 }]);
      expect(await two.listNamespaces()).toEqual([['user', '1']]);
    }));

  test('gives documents a lifetime, which reading restarts', () =>
    withStore(async (store, clock) => {
      const minute = 60_000;
      const memory = new SkeinStore({ store, ttl: { defaultTtl: 10 } });
      await memory.put(['a'], 'default', { x: 1 });
      await memory.put(['a'], 'short', { x: 1 }, undefined, { ttl: 0.5 });
      clock.nowMs += minute;
      expect(await memory.get(['a'], 'short')).toBeNull();
      clock.nowMs += 6 * minute;
      expect((await memory.search(['a'])).map(({ key }) => key)).toEqual(['default']);
      clock.nowMs += 9 * minute;
      expect(await memory.get(['a'], 'default', { refreshTtl: false })).not.toBeNull();
      clock.nowMs += minute;
      expect(await memory.get(['a'], 'default')).toBeNull();
      // After a new put it is a new document.
      await memory.put(['a'], 'default', { x: 2 });
      const item = await memory.get(['a'], 'default');
      expect(item?.createdAt).toEqual(new Date(clock.nowMs));
    }));

  test('refuses an invalid lifetime or document; null is for ever', () =>
    withStore(async (store, clock) => {
      const memory = new SkeinStore({ store, ttl: { defaultTtl: 10 } });
      await memory.put(['a'], 'kept', { x: 1 }, undefined, { ttl: null });
      for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const putting = memory.put(['a'], 'b', { x: 1 }, undefined, { ttl });
        await expect(putting).rejects.toThrow(
          new TypeError('ttl must be a number of minutes above 0.'),
        );
        expect(() => new SkeinStore({ store, ttl: { defaultTtl: ttl } })).toThrow(TypeError);
      }
      // Plain JavaScript may pass this.
      const nothing = undefined as unknown as Record<string, unknown>;
      const putting = memory.put(['a'], 'b', nothing);
      await expect(putting).rejects.toThrow('null deletes');
      const operations = [{ namespace: ['a'], key: 'c', value: { x: 1 } }];
      const both = memory.batch([...operations, { ...operations[0]!, value: nothing }]);
      await expect(both).rejects.toThrow(TypeError);
      clock.nowMs += 24 * 3_600_000;
      expect((await memory.search(['a'])).map(({ key }) => key)).toEqual(['kept']);
    }));

  test('replaces and removes the texts by which a document is found', () =>
    withStore(async (store) => {
      const memory = new SkeinStore({ store, index });
      await memory.put(['d'], 'one', { text: 'aaaa' });
      await memory.put(['d'], 'two', { text: 'bbbb' });
      const [near] = await memory.search(['d'], { query: 'aaaa', limit: 1 });
      expect(near?.key).toBe('one');
      expect(near?.score).toBeCloseTo(1, 10);
      await memory.put(['d'], 'one', { text: 'aaaa' }, false);
      const found = await memory.search(['d'], { query: 'aaaa' });
      expect(found.map(({ key, score }) => [key, score === undefined])).toEqual([
        ['two', false],
        ['one', true],
      ]);
    }));

  test('reads far into many documents', () =>
    withStore(async (store) => {
      const memory = new SkeinStore({ store });
      const batch = Array.from({ length: 450 }, (_, i) => ({
        namespace: ['many', `n${i % 3}`],
        key: `k${i}`,
        value: { i },
      }));
      await memory.batch(batch);
      const page = await memory.search(['many'], { offset: 298, limit: 4 });
      expect(page.map(({ value }) => value.i)).toEqual([445, 448, 2, 5]);
      const filtered = await memory.search(['many'], { filter: { i: { $gte: 440 } }, limit: 3 });
      expect(filtered.map(({ value }) => value.i)).toEqual([441, 444, 447]);
    }));

  test('puts of one document at once leave one whole document', () =>
    withStore(async (store) => {
      const memories = [new SkeinStore({ store, index }), new SkeinStore({ store, index })];
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          memories[i % 2]!.put(['c'], 'k', { text: `t${i}`, i }),
        ),
      );
      const [found] = await memories[0]!.search(['c'], { query: 'x' });
      expect(found?.value.text).toBe(`t${found?.value.i}`);
    }));

  test('refuses namespaces as the base class does, and embeddings that do not fit', () =>
    withStore(async (store) => {
      const memory = new SkeinStore({ store, index: { ...index, dims: 3 } });
      for (const namespace of [[], ['a.b'], ['a', ''], ['langgraph', 'x']]) {
        await expect(memory.put(namespace, 'k', {})).rejects.toBeInstanceOf(InvalidNamespaceError);
      }
      await expect(memory.put(['a'], 'k', { text: 'x' })).rejects.toBeInstanceOf(TypeError);
      await expect(memory.put(['a'], 'k'.repeat(600), {})).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }));

  test('keeps values exactly, hostile ones too', () =>
    withStore(async (store) => {
      const memory = new SkeinStore({ store });
      const value = JSON.parse(
        '{"__proto__":{"x":1},"\\u0000":"\\ud800","n":[1.5,null,{}]}',
      ) as object;
      await memory.put(['__proto__', '\u0000'], '', { ...value, at: new Date(0), gone: undefined });
      const item = await memory.get(['__proto__', '\u0000'], '');
      expect(JSON.stringify(item?.value)).toBe(
        JSON.stringify({ ...value, at: '1970-01-01T00:00:00.000Z' }),
      );
    }));
});

test.each([
  ['$other', { $other: 1 }],
  ['$regex', { $gt: 1, $regex: 'a' }],
  ['a', { $gt: 1, a: 2 }],
])('an unknown operator in a filter is refused, and not taken for no match: %s', async (...row) => {
  const [name, wanted] = row;
  await using store = await createStore({ engine: memory() });
  const documents = new SkeinStore({ store });
  await documents.put(['notes'], 'a', { n: 1 });
  const searching = documents.search(['notes'], { filter: { n: wanted } });
  await expect(searching).rejects.toMatchObject({
    code: 'invalid_request',
    issues: [{ path: `filter.n.${name}` }],
  });
});
