import { describe, expect, test } from 'vitest';
import { isEngineChosen } from '../../../test/support/engine/chosen-engines-for-testing.ts';
import { OpenEngine } from '../../engine/open-engine.ts';
import { createStore } from '../../store/create-store.ts';
import { textsIn } from '../../../test/support/store/store-kit-for-testing.ts';
import { postgres } from './index.ts';
import {
  AppenderForTesting,
  entries,
  entriesIn,
  heads,
} from '../../../test/support/engines/postgres/appender-for-testing.ts';
import { schemaForTesting } from '../../../test/support/engines/postgres/database-for-testing.ts';
import { proxyForTesting } from '../../../test/support/engines/postgres/proxy-for-testing.ts';
import { holdLongTimers, until } from '../../../test/support/shared/waits-for-testing.ts';

const tables = [heads, entries];
const answerTimeoutMs = 2000;
/** Never gives up before a call has found a connection that is not silent. */
const patient = {
  answerTimeoutMs,
  patienceMs: 600_000,
  connection: { connectionTimeoutMillis: 600_000 },
};

// Without a bound of its own, a call over a silent connection waits for many minutes, and its test
// fails. How long it takes with one depends on the machine.
describe.runIf(isEngineChosen('postgres'))('when connections fall silent', () => {
  test('all calls are answered rightly, over new ones', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const { schema } = database;
    const config = { url: proxy.url, schema, connectionsMax: 6, ...patient };
    const engine = await OpenEngine.open(postgres(config), tables);
    const appenders = Array.from(
      { length: 8 },
      (_, i) => new AppenderForTesting(engine, `writer ${i}`),
    );
    const ids = Array.from({ length: 5 }, (_, i) => `head ${i}`);
    let isWriting = true;
    /** Resolves when each writer has written some more. */
    const goOn = async (): Promise<void> => {
      const before = appenders.map(({ acknowledged }) => acknowledged.length);
      const more = () => appenders.every((one, i) => one.acknowledged.length > before[i]! + 3);
      await until(more);
    };
    const work = appenders.map(async (appender, i) => {
      for (let count = 0; isWriting; count++) {
        const id = ids[(i + count) % ids.length]!;
        await engine.scan({ table: entries, prefix: [id], limit: 10 });
        await appender.append(id, count);
      }
    });
    for (let stalls = 0; stalls < 2; stalls++) {
      await goOn();
      const before = proxy.swallowed.length;
      proxy.stall();
      await goOn();
      expect(proxy.swallowed.length).toBeGreaterThan(before);
    }
    isWriting = false;
    await Promise.all(work);
    await engine.close();
    const all = (list: 'acknowledged' | 'unknown'): string[] =>
      appenders.flatMap((one) => one[list]);
    expect(all('unknown')).toEqual([]);
    expect((await entriesIn(database)).toSorted()).toEqual(all('acknowledged').toSorted());
  });

  test('one silence is enough to drop the idle connections', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const config = { url: proxy.url, schema: database.schema, ...patient };
    const engine = await OpenEngine.open(postgres(config), tables);
    const scan = () => engine.scan({ table: entries, prefix: ['a'], limit: 10 });
    await Promise.all(Array.from({ length: 8 }, scan));
    proxy.stall();
    /** The scans that were sent in vain: the message `Bind` runs a prepared statement. */
    const inVain = (): number => proxy.swallowed.filter((text) => text.startsWith('B')).length;
    expect(await scan()).toEqual([]);
    expect(inVain()).toBe(1);
    // None of the others meets another silent one.
    for (let i = 0; i < 8; i++) expect(await scan()).toEqual([]);
    expect(inVain()).toBe(1);
    await engine.close();
  });

  test('and new ones, too, calls are unavailable, and closing does not wait for ever', async () => {
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const connection = { connectionTimeoutMillis: 500 };
    const config = { url: proxy.url, schema: database.schema, patienceMs: 1000, answerTimeoutMs };
    // It soon gives up, which a busy machine makes it do while nothing is silent, too.
    const open = () => OpenEngine.open(postgres({ ...config, connection }), tables);
    let opened: OpenEngine | undefined;
    await until(async () => (opened = await open().catch(() => undefined)) !== undefined);
    const engine = opened!;
    engine.listen(() => undefined);
    const appender = new AppenderForTesting(engine, 'writer');
    const appendAtLast = (version: number): Promise<void> =>
      until(async () => {
        await appender.append('a', version).catch(() => undefined);
        const row = await engine.get(heads, ['a']).catch(() => undefined);
        return Number(row?.version) >= version;
      });
    await appendAtLast(1);
    proxy.stall();
    proxy.stallsNew = true;
    await expect(engine.get(heads, ['a'])).rejects.toMatchObject({ code: 'unavailable' });
    await expect(
      engine.commit({ puts: [{ table: heads, row: { id: 'b', version: 1 } }] }),
    ).rejects.toMatchObject({ code: 'unavailable' });
    proxy.stallsNew = false;
    await appendAtLast(2);
    proxy.stall();
    proxy.stallsNew = true;
    await engine.close();
  });

  test('live readers continue', async () => {
    using _held = holdLongTimers(); // only hints wake them
    await using database = await schemaForTesting();
    await using proxy = await proxyForTesting(database.url);
    const { schema, url } = database;
    await using writing = await createStore({ engine: postgres({ url, schema }) });
    const config = { url: proxy.url, schema, ...patient };
    await using reading = await createStore({ engine: postgres(config) });
    const owner = writing.project('p').as({ userId: 'u' });
    const [thread] = await owner.threads.create([{}]);
    const stop = new AbortController();
    const texts: string[] = [];
    const begun = Promise.withResolvers<void>();
    const live = (async () => {
      const reader = reading.project('p').as({ userId: 'u' });
      for await (const event of reader.threads.live(thread!.id, { signal: stop.signal })) {
        begun.resolve();
        if (event.type === 'item') texts.push(...textsIn([event.item]));
      }
    })();
    const append = (text: string) => owner.items.append(thread!.id, [{ role: 'user', text }]);
    await begun.promise;
    await append('one');
    await until(() => texts.length === 1);
    proxy.stall();
    await append('two');
    await until(() => texts.length === 2);
    // The connection that listens is a new one.
    for (let i = 0; i < 3; i++) {
      await append(`more ${i}`);
      await until(() => texts.at(-1) === `more ${i}`);
    }
    expect(texts).toEqual(['one', 'two', 'more 0', 'more 1', 'more 2']);
    stop.abort();
    await live;
  });
});
