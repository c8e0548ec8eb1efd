import { Client } from 'pg';
import { describe, expect } from 'vitest';
import { testOfEngine } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import {
  poolerForTesting,
  type PoolerOptions,
} from '../../../test/support/engines/postgres/pooler-for-testing.ts';
import { createStore, doctor } from '../../store/index.ts';
import { postgres } from './postgres-engine.ts';
import { isOfPooler, toEngineError } from './postgres-errors.ts';

const test = testOfEngine('postgres');

/** As PgBouncer comes, told to leave settings out, and as others that keep them. */
const poolers: readonly PoolerOptions[] = [
  { settings: 'refused', sessions: 3 },
  { settings: 'left out', sessions: 3 },
  { settings: 'refused', sessions: 1 },
  { settings: 'kept', sessions: 3 },
];

describe('behind a pooler that shares sessions', () => {
  for (const options of poolers) {
    const setUp = `settings ${options.settings}, ${options.sessions} sessions`;

    test(`a store works: ${setUp}`, async () => {
      await using place = await schemaForTesting();
      await using pooler = await poolerForTesting(place.url, options);
      const engine = () => postgres({ url: pooler.url, schema: place.schema });
      await using one = await createStore({ engine: engine() });
      await using other = await createStore({ engine: engine() });
      const owner = one.project('default').as({ userId: 'u' });
      const elsewhere = other.project('default').as({ userId: 'u' });
      const [thread] = await owner.threads.create([{ title: 'T' }]);
      const append = (project: typeof owner, i: number): Promise<unknown> =>
        project.items.append(thread!.id, [{ role: 'user', text: `${i}`, key: `k${i}` }]);
      const all = Array.from({ length: 40 }, (_, i) => i);
      await Promise.all(all.map((i) => append(i % 2 === 0 ? owner : elsewhere, i)));
      await Promise.all(all.map((i) => append(i % 2 === 0 ? elsewhere : owner, i)));
      const { data } = await elsewhere.items.list(thread!.id, { limit: 100 });
      const texts = data.map(({ parts }) => Number(parts[0]!.text)).toSorted((a, b) => a - b);
      expect(texts).toEqual(all);
      expect(await elsewhere.threads.get(thread!.id)).toEqual(await owner.threads.get(thread!.id));
      await owner.threads.fork([{ threadId: thread!.id }]);
      await owner.threads.delete([thread!.id]);
      expect((await elsewhere.threads.list()).data).toHaveLength(1);
      await one.close();
      await other.close();
      const report = await doctor(engine(), { repair: false });
      expect(report.problems).toEqual([]);
    });
  }

  test('a live reader of another process goes on, though it is told nothing', async () => {
    await using place = await schemaForTesting();
    await using pooler = await poolerForTesting(place.url, { settings: 'refused', sessions: 2 });
    const engine = () => postgres({ url: pooler.url, schema: place.schema });
    await using one = await createStore({ engine: engine() });
    await using other = await createStore({ engine: engine() });
    const owner = one.project('default').as({ userId: 'u' });
    const [thread] = await owner.threads.create([{}]);
    const live = other.project('default').as({ userId: 'u' }).threads.live(thread!.id);
    await live.next(); // it has begun
    await owner.items.append(thread!.id, [{ role: 'user', text: 'Hello' }]);
    for await (const event of live) if (event.type === 'item') break;
  });

  test('nothing that the engine sets reaches other clients', async () => {
    await using place = await schemaForTesting();
    await using pooler = await poolerForTesting(place.url, { settings: 'left out', sessions: 1 });
    await using store = await createStore({
      engine: postgres({ url: pooler.url, schema: place.schema }),
    });
    const owner = store.project('default').as({ userId: 'u' });
    const [thread] = await owner.threads.create([{}]);
    await owner.items.append(thread!.id, [{ role: 'user', text: 'Hello' }]);
    const client = new Client(pooler.url);
    await client.connect();
    const { rows } = await client.query(
      "SELECT name FROM pg_settings WHERE source = 'session' AND name ~ '^(enable_|lock_|plan_|sync)'",
    );
    const prepared = await client.query('SELECT name FROM pg_prepared_statements');
    expect([rows, prepared.rows]).toEqual([[], []]);
    await client.end();
  });

  test('servers that are connected directly tell each other', async () => {
    await using place = await schemaForTesting();
    await using pooler = await poolerForTesting(place.url, { settings: 'refused', sessions: 2 });
    const direct = postgres({ url: place.url, schema: place.schema });
    const pooled = postgres({ url: pooler.url, schema: place.schema });
    await using _direct = await createStore({ engine: direct });
    await using _pooled = await createStore({ engine: pooled });
    expect([typeof direct.listen, typeof pooled.listen]).toEqual(['function', 'undefined']);
  });
});

describe('a pooler that cannot be used', () => {
  test('is named in the error', () => {
    const refusal = Object.assign(new Error('unsupported startup parameter: x'), {
      code: '08P01',
      severity: 'FATAL',
    });
    expect(isOfPooler(refusal)).toBe(true);
    expect(toEngineError(refusal, 'postgres://h/d').message).toMatch(
      /through this pooler.*PgBouncer/,
    );
    expect(isOfPooler(Object.assign(refusal, { routine: 'ProcessStartupPacket' }))).toBe(false);
  });
});
