import { describe, expect, test } from 'vitest';
import { allTables } from '../../records/all-tables.ts';
import { documentPaths, documents, documentVectors } from '../../records/tables.ts';
import { Records } from '../../records/records.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { enginePlaces } from '../../../test/support/store/engines-for-testing.ts';
import type { Core } from '../base/core.ts';
import { defaultLimits } from '../../api/limits.ts';
import type { DocumentsApi } from '../../api/document.ts';
import { decodeNamespace, encodeNamespace, prefixesOf } from './document-namespace.ts';
import { cosine, decodeVector, encodeVector } from './document-vector.ts';
import { createDocuments } from './documents.ts';
import { sweepDocuments } from './sweep-documents.ts';

interface Kit {
  readonly core: Core;
  readonly records: Records;
  readonly clock: { nowMs: number };
  readonly of: (projectId: string) => DocumentsApi;
}

describe.each(enginePlaces)('documents on %s', (_engine, createPlace) => {
  async function withKit(run: (kit: Kit) => Promise<void>): Promise<void> {
    await using place = await createPlace();
    const engine = await OpenEngine.open(place.open(), allTables);
    try {
      const records = new Records(engine);
      const clock = { nowMs: Date.UTC(2026, 0, 1) };
      const tasks = { sweepSoon: () => undefined };
      // The parts of a core that documents need.
      const core = {
        records,
        clock: () => clock.nowMs,
        tasks,
        limits: defaultLimits,
        memory: new Map(),
      } as unknown as Core;
      await run({ core, records, clock, of: createDocuments(core) });
    } finally {
      await engine.close();
    }
  }

  async function countRows({ records }: Kit): Promise<number[]> {
    const counts = [0, 0, 0];
    for await (const _ of records.scanTable(documents)) counts[0]!++;
    for await (const _ of records.scanTable(documentPaths)) counts[1]!++;
    for await (const _ of records.scanTable(documentVectors)) counts[2]!++;
    return counts;
  }

  test('a sweep deletes everything that has expired', () =>
    withKit(async (kit) => {
      const api = kit.of('p');
      const vectors = [{ field: 'f', vector: [1, 2] }];
      await api.put([
        { namespace: ['a', 'b'], key: '1', value: {}, ttlMs: 1000, vectors },
        { namespace: ['a', 'b'], key: '2', value: {}, ttlMs: 1000 },
        { namespace: ['a', 'c'], key: '1', value: {}, ttlMs: 1000 },
        { namespace: ['a', 'c'], key: '2', value: {}, ttlMs: 5000, vectors },
      ]);
      expect(await countRows(kit)).toEqual([4, 6, 2]);
      kit.clock.nowMs += 1001;
      expect(await api.get([{ namespace: ['a', 'b'], key: '1' }])).toEqual([undefined]);
      expect(await sweepDocuments(kit.core)).toBe(3);
      expect(await countRows(kit)).toEqual([1, 3, 1]);
      expect(await api.listNamespaces()).toEqual([['a', 'c']]);
      await api.put([{ namespace: ['a', 'b'], key: '3', value: {} }]);
      expect(await api.listNamespaces()).toEqual([
        ['a', 'b'],
        ['a', 'c'],
      ]);
    }));

  test('a sweep beside puts loses no namespace', () =>
    withKit(async (kit) => {
      const apis = [kit.of('p'), createDocuments(kit.core)('p')];
      for (let round = 0; round < 15; round++) {
        const namespace = ['r', `${round}`];
        await apis[0]!.put([{ namespace, key: 'old', value: {}, ttlMs: 1 }]);
        kit.clock.nowMs += 5;
        await Promise.all([
          sweepDocuments(kit.core),
          apis[round % 2]!.put([{ namespace, key: 'new', value: {} }]),
        ]);
        const found = await apis[0]!.search({ prefix: namespace });
        expect(found.map(({ key }) => key)).toEqual(['new']);
      }
    }));

  test('a read with refreshTtl never restores a deleted or replaced document', () =>
    withKit(async (kit) => {
      const [one, two] = [kit.of('p'), createDocuments(kit.core)('p')];
      const place = { namespace: ['n'], key: 'k' };
      for (let round = 0; round < 15; round++) {
        await one.put([{ ...place, value: { round }, ttlMs: 1000 }]);
        kit.clock.nowMs += 100;
        await Promise.all([
          one.get([place], { refreshTtl: true }),
          two.write([{ ...place, value: round % 2 === 0 ? null : { round: -1 } }]),
          one.search({ prefix: [], refreshTtl: true }),
        ]);
        const [left] = await one.get([place]);
        expect(left?.value).toEqual(round % 2 === 0 ? undefined : { round: -1 });
      }
    }));

  test('limits its input', () =>
    withKit(async ({ of }) => {
      const api = of('p');
      const refused = { code: 'invalid_request' };
      const put = (document: object): Promise<void> =>
        api.put([{ namespace: ['n'], key: 'k', value: {}, ...document }]);
      await expect(put({ ttlMs: 0 })).rejects.toMatchObject(refused);
      await expect(put({ ttlMs: 1.5 })).rejects.toMatchObject(refused);
      await expect(put({ namespace: ['x'.repeat(800)] })).rejects.toMatchObject(refused);
      await expect(put({ namespace: ['\ud800'] })).rejects.toMatchObject(refused);
      await expect(put({ key: '\ud800' })).rejects.toMatchObject(refused);
      await expect(put({ value: { x: Number.NaN } })).rejects.toMatchObject(refused);
      await expect(put({ vectors: [{ field: 'f', vector: [] }] })).rejects.toMatchObject(refused);
      await expect(put({ vectors: [{ field: 'f', vector: [Infinity] }] })).rejects.toMatchObject(
        refused,
      );
      await expect(api.search({ prefix: [], limit: -1 })).rejects.toMatchObject(refused);
      await expect(
        api.put(Array.from({ length: 1001 }, () => ({ namespace: [], key: '', value: {} }))),
      ).rejects.toMatchObject(refused);
      expect(() => of('a/b')).toThrow('slash');
      // The longest allowed, on every engine.
      await put({ namespace: ['ü'.repeat(380)], key: 'ü'.repeat(256) });
      expect(await api.search({ prefix: ['ü'.repeat(380)] })).toHaveLength(1);
      await api.put([]);
    }));
});

test('namespaces and vectors come back as they went in', () => {
  for (const labels of [[], ['a'], ['%', '/', '%2F', '%25/', ''], ['', ''], ['a.b', '\u0000']]) {
    expect(decodeNamespace(encodeNamespace(labels))).toEqual(labels);
  }
  expect(prefixesOf('a/b%2F/')).toEqual(['', 'a/', 'a/b%2F/']);
  for (const vector of [
    [0.5, -1.25, 0],
    [0.1, 1e-300, 5],
    [-0, 1],
  ]) {
    expect(decodeVector(encodeVector(vector, ''))).toEqual(vector);
  }
  expect(encodeVector([0.5], '')).toHaveLength(7);
  expect(cosine([1, 0], [1, 0, 0])).toBe(0);
  expect(cosine([0, 0], [1, 0])).toBe(0);
});
