import { expect, test } from 'vitest';
import { conformance } from '../../engine/conformance/conformance.ts';
import type { Table } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { testOfEngine } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { memory } from './memory-engine.ts';

const capabilities = { durable: false, atomicAcrossPartitions: true, shared: false };

// The second one splits its chunks all the time.
const configs = { memory: {}, 'memory, small chunks': { chunkRowsMax: 4 } };
for (const [name, config] of Object.entries(configs)) {
  conformance({
    name,
    test: testOfEngine('memory'),
    capabilities,
    factory: () => {
      const engine = memory(config);
      return { open: () => engine, reopen: () => engine, destroy: () => {} };
    },
  });
}

const notes: Table = {
  name: 'notes',
  id: 1,
  columns: { noteId: { type: 'string' }, rank: { type: 'int', optional: true } },
  key: ['noteId'],
  partition: 1,
  indexes: [],
};

test('an index declared at a later opening is filled from the rows', async () => {
  const engine = memory();
  const first = await OpenEngine.open(engine, [notes]);
  const rows = [{ noteId: 'a', rank: 2 }, { noteId: 'b' }, { noteId: 'c', rank: 1 }];
  await first.commit({ puts: rows.map((row) => ({ table: notes, row })) });
  await first.close();
  const indexed: Table = { ...notes, indexes: [{ name: 'byRank', id: 1, columns: ['rank'] }] };
  await OpenEngine.open(engine, [indexed]);
  const scan = { table: indexed, index: 'byRank', prefix: [], limit: 10 };
  // Bypasses the wrapper, which allows no scan by index over several partitions.
  expect(await engine.scan(scan)).toEqual([rows[2], rows[0]]);
});

test('two engines share nothing', async () => {
  const [one, other] = await Promise.all([
    OpenEngine.open(memory(), [notes]),
    OpenEngine.open(memory(), [notes]),
  ]);
  await one.commit({ puts: [{ table: notes, row: { noteId: 'a' } }] });
  expect(await other.get(notes, ['a'])).toBeUndefined();
});

test.for([1, 0, -1, 2.5, 65_537, Number.NaN])('chunks of %s rows are refused', (chunkRowsMax) => {
  expect(() => memory({ chunkRowsMax })).toThrow(TypeError);
});
