import { expect, test } from 'vitest';
import type { Engine, Table } from '../../engine/engine.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { allTables } from '../../records/all-tables.ts';
import { SkeinError } from '../../shared/error.ts';
import {
  describeSqlEngines,
  type DatabaseForTesting,
} from '../../../test/support/engines/sql/sql-engines-for-testing.ts';

const owners: Table = {
  name: 'owners',
  id: 1,
  columns: {
    id: { type: 'string' },
    version: { type: 'int' },
    rank: { type: 'number', optional: true },
  },
  key: ['id'],
  partition: 1,
  indexes: [{ name: 'byRank', id: 1, columns: ['rank'] }],
};

const pets: Table = {
  name: 'pets',
  id: 2,
  parent: 'owners',
  columns: { ownerId: { type: 'string' }, name: { type: 'string' }, bornAt: { type: 'timestamp' } },
  key: ['ownerId', 'name'],
  partition: 1,
  indexes: [],
};

const tables = [pets, owners]; // the owner comes last, so that the order of creation matters

async function refusal(engine: Engine, declared: readonly Table[] = tables): Promise<string> {
  try {
    const opened = await OpenEngine.open(engine, declared);
    await opened.close();
  } catch (error) {
    if (error instanceof SkeinError && error.code === 'unavailable') return error.message;
    throw error;
  }
  throw new Error('it opened');
}

async function openOnce(
  database: DatabaseForTesting,
  declared: readonly Table[] = tables,
): Promise<void> {
  const opened = await OpenEngine.open(database.createEngine(), declared);
  await opened.close();
}

describeSqlEngines('migrations', (create) => {
  test('create the declared tables, once, and log it with numbers', async () => {
    await using database = await create();
    await openOnce(database);
    const before = await database.names();
    expect(before).toEqual(
      expect.arrayContaining(['owners', 'owners_byRank', 'pets', 'skein_meta']),
    );
    await openOnce(database);
    expect(await database.names()).toEqual(before);
    const log = await database.run(
      'SELECT "number", "name" FROM skein_migrations ORDER BY "number"',
    );
    expect(log.map(({ number, name }) => [Number(number), name])).toEqual([
      [1, 'the marker and the log of migrations'],
      [2, 'create owners'],
      [3, 'create pets'],
    ]);
  });

  test('add optional columns and indexes to tables that have rows', async () => {
    await using database = await create();
    const opened = await OpenEngine.open(database.createEngine(), tables);
    await opened.commit({ puts: [{ table: owners, row: { id: 'a', version: 1, rank: 2 } }] });
    await opened.close();
    const grown: Table = {
      ...owners,
      columns: { ...owners.columns, city: { type: 'string', optional: true } },
      indexes: [...owners.indexes, { name: 'byCity', id: 2, columns: ['city', 'rank'] }],
    };
    const again = await OpenEngine.open(database.createEngine(), [grown, pets]);
    try {
      expect(await again.get(grown, ['a'])).toEqual({ id: 'a', version: 1, rank: 2 });
      const row = { id: 'b', version: 1, rank: 1, city: 'Bern' };
      await again.commit({ puts: [{ table: grown, row }] });
      const scan = { table: grown, index: 'byCity', prefix: ['Bern'], limit: 10 };
      expect(await again.scan(scan)).toEqual([row]);
    } finally {
      await again.close();
    }
    expect(await refusal(database.createEngine())).toMatch(/newer version.*owners has columns/);
  });

  test('twenty programs may open an empty database at once', async () => {
    await using database = await create();
    const engines = Array.from({ length: 20 }, () => database.createEngine());
    const opened = await Promise.all(engines.map((engine) => OpenEngine.open(engine, allTables)));
    await Promise.all(opened.map((engine) => engine.close()));
    const [row] = await database.run(
      "SELECT count(*) AS count FROM skein_migrations WHERE name = 'create threads'",
    );
    expect(Number(row?.count)).toBe(1);
  });

  test('refuse a database of a newer format, and of a program with more tables', async () => {
    await using database = await create();
    await openOnce(database);
    expect(await refusal(database.createEngine(), [owners])).toMatch(/newer version.*table pets/);
    await database.run(`UPDATE skein_meta SET "value" = '2' WHERE "name" = 'format'`);
    expect(await refusal(database.createEngine())).toMatch(/newer version.*format is 2/);
    await database.run(`UPDATE skein_meta SET "value" = '1' WHERE "name" = 'format'`);
    await openOnce(database);
  });

  test('refuse tables that differ in what cannot be added', async () => {
    await using database = await create();
    await openOnce(database);
    const others: Table[] = [
      { ...owners, columns: { ...owners.columns, rank: { type: 'int', optional: true } } },
      { ...owners, columns: { ...owners.columns, city: { type: 'string' } } },
      { ...owners, indexes: [{ name: 'byRank', id: 1, columns: ['version', 'rank'] }] },
    ];
    for (const other of others) {
      expect(await refusal(database.createEngine(), [other, pets])).toMatch(
        /owners differs from this program's declaration/,
      );
    }
    await openOnce(database);
  });

  test.each(['owners', 'owners_byRank', 'skein_migrations'])(
    'refuse a database in which another program has something named %s, and write nothing',
    async (name) => {
      await using database = await create();
      // The engine creates the schema itself.
      await openOnce(database, []);
      for (const table of await database.names()) await database.run(`DROP TABLE ${table}`);
      await database.run(`CREATE TABLE "${name}" (a int PRIMARY KEY)`);
      const before = await database.names();
      expect(await refusal(database.createEngine())).toMatch(
        `something named ${name} that is not Skein's`,
      );
      expect(await database.names()).toEqual(before);
    },
  );

  test('leave nothing behind when one fails', async () => {
    await using database = await create();
    await openOnce(database, [owners]);
    const before = await database.names();
    const broken: Table = { ...pets, indexes: [{ name: 'byName', id: 1, columns: ['name'] }] };
    await database.run('CREATE TABLE "pets_byName" (a int)');
    expect(await refusal(database.createEngine(), [owners, broken])).toMatch('could not be used');
    await database.run('DROP TABLE "pets_byName"');
    expect(await database.names()).toEqual(before);
    await openOnce(database, [owners, broken]);
  });

  test('make foreign keys that cascade, and rows without their owner are refused, alone', async () => {
    await using database = await create();
    const opened = await OpenEngine.open(database.createEngine(), tables);
    try {
      const pet = (ownerId: string) => ({ table: pets, row: { ownerId, name: 'Rex', bornAt: 0 } });
      const owner = { table: owners, row: { id: 'a', version: 1 } };
      const outcomes = await Promise.allSettled([
        opened.commit({ puts: [pet('a'), owner] }), // in either order
        opened.commit({ puts: [pet('nobody')] }),
        opened.commit({ puts: [{ table: owners, row: { id: 'b', version: 1 } }] }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      await expect(opened.commit({ puts: [pet('nobody')] })).rejects.toThrow(TypeError);
      expect(await opened.get(pets, ['a', 'Rex'])).toBeDefined();
      await opened.commit({ deletes: [{ table: owners, key: ['a'] }] });
      expect(await opened.get(pets, ['a', 'Rex'])).toBeUndefined();
    } finally {
      await opened.close();
    }
  });
});
