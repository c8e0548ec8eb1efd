import { expect, test } from 'vitest';
import type { Table } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { ConflictError } from '../../shared/error.ts';
import {
  describeSqlEngines,
  type DatabaseForTesting,
} from '../../../test/support/engines/sql/sql-engines-for-testing.ts';

const heads: Table = {
  name: 'heads',
  id: 1,
  columns: {
    id: { type: 'string' },
    version: { type: 'int' },
    note: { type: 'json', optional: true },
  },
  key: ['id'],
  partition: 1,
  indexes: [],
};

const entries: Table = {
  name: 'entries',
  id: 2,
  parent: 'heads',
  columns: { headId: { type: 'string' }, id: { type: 'int' } },
  key: ['headId', 'id'],
  partition: 1,
  indexes: [],
};

async function withEngine(
  create: () => Promise<DatabaseForTesting>,
  run: (engine: OpenEngine, second: OpenEngine) => Promise<void>,
): Promise<void> {
  await using database = await create();
  const engine = await OpenEngine.open(database.createEngine(), [heads, entries]);
  const second = await OpenEngine.open(database.createEngine(), [heads, entries]);
  try {
    await run(engine, second);
  } finally {
    await Promise.all([engine.close(), second.close()]);
  }
}

describeSqlEngines('commits that share a transaction', (create) => {
  test('fail one by one: a conflict, a missing owner, a duplicate that replaces denied', async () => {
    await withEngine(create, async (engine) => {
      const head = (id: string, version: number) => ({ table: heads, row: { id, version } });
      await engine.commit({ puts: [head('a', 5), head('b', 1), head('d', 1)] });
      const expectVersion = (id: string, version: number) => ({ table: heads, key: [id], version });
      const outcomes = await Promise.allSettled([
        engine.commit({ puts: [head('a', 6)], expects: [expectVersion('a', 4)] }),
        engine.commit({ puts: [head('b', 2)], expects: [expectVersion('b', 1)] }),
        engine.commit({ puts: [{ table: entries, row: { headId: 'nobody', id: 1 } }] }),
        engine.commit({ puts: [head('c', 1), { table: entries, row: { headId: 'c', id: 1 } }] }),
        // A wrong `replaces`, but still a put.
        engine.commit({ puts: [{ ...head('d', 2), replaces: null }] }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        'rejected',
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
      ]);
      expect(outcomes[0]).toMatchObject({ reason: expect.any(ConflictError) as unknown });
      expect(outcomes[2]).toMatchObject({ reason: expect.any(TypeError) as unknown });
      const rows = await engine.scan({ table: heads, prefix: [], maintenance: true, limit: 10 });
      expect(rows).toEqual([
        { id: 'a', version: 5 },
        { id: 'b', version: 2 },
        { id: 'c', version: 1 },
        { id: 'd', version: 2 },
      ]);
    });
  });

  test('on one row take effect in the order in which they came', async () => {
    await withEngine(create, async (engine) => {
      const commits = Array.from({ length: 50 }, (_, i) => {
        const expects = [{ table: heads, key: ['a'], version: i === 0 ? ('absent' as const) : i }];
        return engine.commit({
          puts: [{ table: heads, row: { id: 'a', version: i + 1 } }],
          expects,
        });
      });
      await Promise.all(commits);
      expect(await engine.get(heads, ['a'])).toEqual({ id: 'a', version: 50 });
    });
  });

  test('of two processes increment counters without losing one', async () => {
    await withEngine(create, async (engine, second) => {
      const ids = ['a', 'b', 'c'];
      await engine.commit({ puts: ids.map((id) => ({ table: heads, row: { id, version: 0 } })) });
      let conflicts = 0;
      const increment = async (by: OpenEngine, id: string): Promise<void> => {
        for (;;) {
          const version = Number((await by.get(heads, [id]))?.version);
          const put = { table: heads, row: { id, version: version + 1 } };
          const entry = { table: entries, row: { headId: id, id: version } };
          try {
            const expects = [{ table: heads, key: [id], version }];
            return await by.commit({ puts: [put, { ...entry, replaces: null }], expects });
          } catch (error) {
            if (!(error instanceof ConflictError)) throw error;
            conflicts++;
          }
        }
      };
      const work = ids.flatMap((id) => [engine, second, engine, second].map((by) => ({ id, by })));
      await Promise.all(
        work.map(async ({ id, by }) => {
          for (let i = 0; i < 10; i++) await increment(by, id);
        }),
      );
      for (const id of ids) {
        expect((await engine.get(heads, [id]))?.version).toBe(40);
        expect(await second.scan({ table: entries, prefix: [id], limit: 100 })).toHaveLength(40);
      }
      expect(conflicts).toBeGreaterThan(0);
    });
  });
});
